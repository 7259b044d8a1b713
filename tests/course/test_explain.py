"""`grade --explain`: one exercise of one student is run again, what decided its mark is shown, and nothing is recorded."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from handed_in import hand_in
from submissions.case import GRAY, exercises, solved

from dcgan_course.instructor.grading import command
from dcgan_course.instructor.grading.explain import find_student
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.refused import Refused

COURSE = Path(__file__).resolve().parents[2]
HELPER = """# EXERCISE 2.2 scale_images
def scale_images(images):
    halved = to_float(images) / HALF
    return halved.minus(1)  # \x1b[2J"""


def handed_in(student, file="hw.ipynb", lms_id=""):
    return SimpleNamespace(identity=student, student=student, lms_id=lms_id, file=f"{student}/{file}")


@pytest.fixture
def roster(tmp_path):
    lines = ["name,id,email", "김민지,2026001,minji@x.kr", "김민지,2026002,kim2@x.kr", '"Lee, Jun",2026003,jun@x.kr']
    (tmp_path / "class.csv").write_text("\n".join(lines), "utf-8")
    return Roster(tmp_path / "class.csv")


def test_a_student_is_found_by_the_whole_id_name_or_email_however_it_is_written(roster):
    for text in ("2026003", "Lee, Jun", "Jun Lee", "JUN LEE", "jun@x.kr", "lee jun", "2026003_Jun Lee"):
        assert find_student(text, roster, []) == "2026003", text
    for text in ("2026001", "minji@x.kr", "2026001 김민지"):
        assert find_student(text, roster, []) == "2026001", text


def test_a_part_of_a_name_is_nobody_and_two_of_one_name_are_both_named(roster):
    with pytest.raises(
        Refused, match=r"'김민지' may be 2 students: 김민지 \(2026001\), 김민지 \(2026002\)\. Give the id"
    ):
        find_student("김민지", roster, [])
    with pytest.raises(Refused, match=r"nobody has the whole name, id or e-mail 'Jun'\. Is it Lee, Jun \(2026003\)"):
        find_student("Jun", roster, [])
    with pytest.raises(Refused, match=r"'2026004'\. Is it .*2026001"):
        find_student("2026004", roster, [])
    with pytest.raises(Refused, match=r"The table of --dry-run has all names"):
        find_student("qqq", roster, [])


def test_without_a_class_list_or_outside_of_it_the_folder_names_the_student(roster):
    there = [handed_in("Kim Minji"), handed_in("Kim Min", lms_id="771")]
    for text in ("kim minji", "KimMinji", "Kim_Minji"):
        assert find_student(text, Roster(), there) == "Kim Minji"
        assert find_student(text, roster, there) == "Kim Minji"
    assert find_student("771", Roster(), there) == "Kim Min"
    with pytest.raises(Refused, match="Is it Kim Min") as refused:
        find_student("Kim Min\x1b", Roster(), there)
    assert "\x1b" not in str(refused.value)


def run(folder, *options):
    return subprocess.run(
        [sys.executable, "-m", "dcgan_course", "grade", "class", "--output", "grades", *options],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(COURSE)},
        timeout=600,
    )


def released_cell(key):
    return exercises(GRAY)[key].stub


@pytest.mark.slow
def test_what_cannot_be_explained_ends_in_one_sentence_and_nothing_is_run(tmp_path):
    hand_in(tmp_path, "Kim", solved(GRAY, ex22=released_cell("2.2"), ex23="x = 1", ex24=released_cell("2.4") + "\n("))
    (tmp_path / "class" / "Lee").mkdir()
    said = {
        ("Kim", "2.2"): "is as it was given out",
        ("Kim", "2.4"): "is not Python",
        ("Kim", "1.1"): "Kim has handed in no 01_mnist. There is Kim/hw.ipynb: 02_faces_grayscale",
        ("Kim", "9.9"): "there is no exercise '9.9'",
        ("Kim", "2.2,2.4"): "one exercise is shown at a time. Received: '2.2,2.4'",
        ("Lee", "2.2"): "Lee has handed in nothing",
        ("Kimm", "2.2"): "Is it Kim?",
    }
    for asked, sentence in said.items():
        ended = run(tmp_path, "--isolation", "none", "--explain", *asked)
        assert ended.returncode == 2 and ended.stdout == "", ended
        assert sentence in ended.stderr and ended.stderr.count("\n") == 1
    assert not (tmp_path / "grades").exists()


def test_it_grades_nobody_so_the_options_for_a_class_are_refused(tmp_path):
    (tmp_path / "class").mkdir()
    for options in (["--dry-run"], ["--regrade", "2.3"]):
        ended = run(tmp_path, "--explain", "Kim", "2.3", *options)
        assert ended.returncode == 2 and "give it without --regrade and --dry-run" in ended.stderr


@pytest.mark.slow
def test_it_shows_what_was_run_what_came_and_the_mark_in_the_record_and_writes_nothing(tmp_path):
    wrong = exercises(GRAY)["2.3"].solution.replace("LeakyReLU(negative_slope=0.2)", '"relu"')
    notebook = solved(GRAY, ex22=HELPER, ex23=wrong)
    notebook.cells[0].source, notebook.cells[0].cell_type = "HALF = 127.5\ndef to_float(x):\n    return x * 1.0", "code"
    hand_in(tmp_path, "Kim Minji", notebook)
    graded = run(tmp_path, "--workers", "1")
    assert graded.returncode in (0, 1), graded.stderr
    before = {path: path.read_bytes() for path in (tmp_path / "grades").rglob("*") if path.is_file()}

    error = run(tmp_path, "--explain", "kimminji", "2.2")
    assert error.returncode == 0, error.stderr
    text = error.stdout
    assert "\x1b" not in text and r"\x1b" in text
    along, answer = text.index("What came along"), text.index("The answer, as it stands")
    assert "def to_float(x)" in text[along:answer] and "HALF = 127.5" in text[along:answer]
    assert text.index("import numpy as np") < along and "halved.minus(1)" in text[answer:]
    (seed,) = re.findall(r'check\("2\.2", scale_images, seed=(\d+)\)', text)
    assert int(seed) >= 1_000
    assert "How it ended: error" in text and "AttributeError: 'numpy.ndarray' object has no attribute 'minus'" in text
    assert "in the line: return halved.minus(1)" in text
    assert "Nothing could be measured; our solution gives" in text and "scaled: shape" in text
    assert "Now: 0 of 2, error" in text and "In the record: 0 of 2, error" in text
    assert "seed=22)" not in text and "2.3" not in text.split("== How it ended")[0].split("check(")[-1]

    wrong_values = run(tmp_path, "--explain", "Kim Minji", "2.3").stdout
    assert "How it ended: wrong" in wrong_values and "3 of 7 lines differ" in wrong_values
    assert "known mistake 'ReLU': The values are those of ReLU" in wrong_values
    assert re.search(r"^generator: values +\[.*\.\.\. +\[", wrong_values, re.M)

    right = run(tmp_path, "--explain", "Kim Minji", "2.1").stdout
    assert "How it ended: right" in right and ": 0 of " in right and "Now: 2 of 2, right" in right
    assert {path: path.read_bytes() for path in (tmp_path / "grades").rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_it_says_how_an_answer_was_ended(tmp_path):
    hand_in(
        tmp_path, "Kim", solved(GRAY, ex22="# EXERCISE 2.2\ndef scale_images(images):\n    while True:\n        pass")
    )
    ended = run(tmp_path, "--timeout", "4", "--explain", "Kim", "2.2")
    assert ended.returncode == 0, ended.stderr
    assert "How it ended: timeout" in ended.stdout and "It was ended: it took longer than the time-out." in ended.stdout
    assert "Now: 0 of 2, timeout" in ended.stdout


def test_it_says_that_it_needs_a_student_and_an_exercise(capsys):
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["class", "--explain", "Kim"])
    assert "expected 2 arguments" in capsys.readouterr().err
    assert "--explain STUDENT EXERCISE" in parser.format_help()


def test_a_ledger_is_only_read(tmp_path):
    from dcgan_course.instructor.grading.marks.assembly import read_masters
    from dcgan_course.instructor.grading.results.ledger import Ledger

    path = tmp_path / "ledger.jsonl"
    path.write_bytes(json.dumps({"kind": "attempt"}).encode())  # Another process is in the middle of a line.
    Ledger(path, read_masters(COURSE / "notebooks"))
    assert path.read_bytes() == b'{"kind": "attempt"}'
