"""What a class may hand in, through the command for real: each case must get the marks that it says."""

import csv
import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from submissions import cells, cheats, files, red_team, runs, variants
from submissions.case import SECRET

COURSE = Path(__file__).resolve().parents[2]
ALL = [case for module in (files, cells, runs, cheats, red_team, variants) for case in module.CASES]
# Some telling ones, as a run costs ten seconds; `make test-slow` runs all.
TELLING_NAMES = (
    "all right",
    "untouched",
    "colab",
    "empty",
    "zip leads outside",
    "nothing",
    "network",
    "hard-coded print",
)
TELLING = [case for case in ALL if case.name in TELLING_NAMES]


def grade(cases, folder, *options):
    """Hands the cases in as one class and grades it; returns the rows of `grades.json` by student."""
    for case in cases:
        case.write(folder / "handed in")
    command = ["grade", str(folder / "handed in"), "--output", str(folder / "grades"), *options]
    result = subprocess.run(
        [sys.executable, "-m", "dcgan_course", *command],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, SECRET: "seen", "PYTHONPATH": str(COURSE)},
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    rows = json.loads((folder / "grades" / "grades.json").read_text("utf-8"))
    return {row["student"]: row for row in rows}


def composed(text):
    return unicodedata.normalize("NFC", text)


def marks(row):
    """Returns a student's status, and points by exercise."""
    exercises = [item for entry in row["notebooks"].values() for item in entry["exercises"].items()]
    return row["status"], {key: exercise["points"] for key, exercise in exercises} or None


def differences(cases, rows):
    """Says of each case that got other marks than it must: what came of it, and why."""
    lines = []
    for case in cases:
        row = rows[composed(case.name)]
        if marks(row) != (case.status, case.points):
            lines.append(
                f"{case.name} ({case.intent}): must get {case.status}, {case.points}. {json.dumps(row)[:3000]}"
            )
    return lines


def test_telling_submissions_get_the_marks_they_must(tmp_path):
    assert len(TELLING) == len(TELLING_NAMES)
    rows = grade(TELLING, tmp_path, "--timeout", "20", "--memory", "2")
    assert differences(TELLING, rows) == []


@pytest.mark.slow
def test_all_submissions_get_the_marks_they_must(tmp_path):
    names = [composed(case.name) for case in ALL]
    assert len(set(names)) == len(names)
    assert sum(len(written) for keys in variants.VARIANTS.values() for written in keys.values()) >= 25
    rows = grade(ALL, tmp_path, "--timeout", "10", "--memory", "2")
    assert differences(ALL, rows) == []
    assert set(rows) == set(names)
    with open(tmp_path / "grades" / "grades.csv", encoding="utf-8-sig", newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    assert all(table["'" + name if name.startswith("=") else name]["status"] for name in names)
    assert not (COURSE / "left_behind.txt").exists()
