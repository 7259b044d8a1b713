"""The command from the outside: killed and started again, run again with more, and without a sandbox."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from handed_in import hand_in, results
from submissions.case import MNIST, full, solved

COURSE = Path(__file__).resolve().parents[2]
WRONG = "# EXERCISE 1.2 generator_shapes\ndef generator_shapes(image_shape):\n    return [(1,)] * 9"


def start(folder, *options):
    command = ["grade", str(folder / "class"), "--output", str(folder / "grades"), "--workers", "1", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "dcgan_course", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(COURSE)},
    )


def grade(folder, *options):
    process = start(folder, *options)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode in (0, 1), printed
    rows = json.loads((folder / "grades" / "grades.json").read_text("utf-8"))
    return {row["student"]: row for row in rows}, printed


@pytest.mark.slow
def test_a_killed_batch_goes_on_and_a_later_attempt_is_kept_beside_the_earlier(tmp_path):
    hand_in(tmp_path, "Kim", solved(MNIST))
    hand_in(tmp_path, "Lee", solved(MNIST, ex12=WRONG))
    process = start(tmp_path)
    until = time.monotonic() + 300
    while not results(tmp_path):
        assert process.poll() is None and time.monotonic() < until, process.stdout.read()
        time.sleep(0.05)
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(family, timeout=60)
    assert alive == []
    first = results(tmp_path)

    rows, printed = grade(tmp_path)
    assert results(tmp_path)[: len(first)] == first
    assert {name: row["points"] for name, row in rows.items()} == {"Kim": 4.0, "Lee": 2.0}

    before = (tmp_path / "grades" / "ledger.jsonl").read_bytes()
    rows, printed = grade(tmp_path)
    assert "0 graded now" in printed
    assert (tmp_path / "grades" / "ledger.jsonl").read_bytes() == before

    hand_in(tmp_path, "Lee", solved(MNIST))
    rows, printed = grade(tmp_path)
    # The same content as Kim's has Kim's mark, and is not run again.
    assert re.search(r"^0 graded now \(.*\), 1 before, 1 the same as another file\.$", printed, re.MULTILINE)
    assert rows["Lee"]["points"] == 4.0
    assert len(rows["Lee"]["notebooks"][MNIST]["attempts"]) == 2
    assert any("same as those of Kim" in flag for flag in rows["Lee"]["flags"])


@pytest.mark.slow
def test_without_isolation_it_grades_the_same_and_says_so_at_the_top(tmp_path):
    hand_in(tmp_path, "Kim", solved(MNIST, ex12=WRONG))
    rows, _ = grade(tmp_path, "--isolation", "none")
    exercises = rows["Kim"]["notebooks"][MNIST]["exercises"]
    assert {key: exercise["points"] for key, exercise in exercises.items()} == full(MNIST, ex12=0)
    page = (tmp_path / "grades" / "index.html").read_text("utf-8")
    assert "Graded without isolation" in page


def test_without_bubblewrap_nothing_is_run_and_one_sentence_says_what_to_do(tmp_path):
    hand_in(tmp_path, "Kim", solved(MNIST))
    run = subprocess.run(
        [sys.executable, "-m", "dcgan_course", "grade", str(tmp_path / "class"), "--output", str(tmp_path / "grades")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(COURSE), "PATH": str(tmp_path)},
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "apt-get install bubblewrap" in run.stderr
    assert not (tmp_path / "grades" / "grades.csv").exists()
