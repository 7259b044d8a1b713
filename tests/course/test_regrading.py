"""An exercise is graded again with a corrected check: both marks stay, the newer one counts, and who moved is shown."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from submissions.case import MNIST, exercises, solved, to_bytes

from dcgan_course.instructor.grading.marks import measure_source as sources
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.submission_result import Marks, SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.regrading import due_exercises, find_due, read_keys, say_earlier
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.moved import find_moved, print_moved
from dcgan_course.instructor.grading.results.regradings import Regrading
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.submissions.intake import Submission
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

COURSE = Path(__file__).resolve().parents[2]
MASTERS = read_masters(course_root() / "notebooks")
GRAY = next(master for master in MASTERS if master.name == "02_faces_grayscale")
AGAIN = Regrading("2.3", "corrected", 60.0, 3.0)


def marks(points=2.0, outcome="right", **changes):
    made = Marks(
        status="answered", found="marker", warnings=(), flags=(), digest="d", points=points, possible=2,
        outcome=outcome, right=(), parts=("generator",), error=None, message=None, printed="", seconds=1.0,
    )  # fmt: skip
    return replace(made, **changes)


def result(key, **by_exercise):
    exercises = {key: marks() for key in GRAY.digests} | {f"2.{name[-1]}": given for name, given in by_exercise.items()}
    points = sum(each.points for each in exercises.values())
    return SubmissionResult(key, "first", GRAY.name, points=points, possible=10, exercises=exercises, seconds=3.0)


def submission(key, student="Kim"):
    return Submission(
        student, student, f"{student}/{key}.ipynb", Path("/"), None, key, None, "", matched="its own name"
    )


def changed(*keys):
    """The masters, with other exercises of these keys."""
    return [
        replace(master, digests={key: "corrected" if key in keys else hashed for key, hashed in master.digests.items()})
        for master in MASTERS
    ]


@pytest.fixture
def ledger(tmp_path):
    """Kim has 0 points for 2.3, Lee has 2."""
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([submission("kim"), submission("lee", "Lee")])
    ledger.record_result(result("kim", ex3=marks(0.0, "wrong", mistake="ReLU")))
    ledger.record_result(result("lee"))
    return ledger


def again(key, given):
    return SubmissionResult(key, "second", GRAY.name, points=given.points, possible=2, exercises={"2.3": given})


def test_the_newer_mark_counts_and_both_stay_in_the_record(ledger):
    before = ledger.path.read_bytes()
    ledger.begin_regrading(AGAIN)
    ledger.record_again(again("kim", marks(2.0)))
    assert ledger.path.read_bytes().startswith(before)
    for read in (ledger, Ledger(ledger.path, changed("2.3"))):
        kim = read.results["kim"]
        assert (kim.exercises["2.3"].points, kim.points, kim.possible) == (2.0, 10.0, 10)
        assert read.regradings.before["kim", "2.3"].points == 0.0
        assert list(kim.exercises) == list(GRAY.digests)
        assert read.results["lee"].points == result("lee").points
    lines = [json.loads(line) for line in ledger.path.read_text("utf-8").splitlines()]
    given = [line["exercises"]["2.3"]["points"] for line in lines if line["kind"] == "result" and line["key"] == "kim"]
    given += [line["marks"]["points"] for line in lines if line["kind"] == "regraded"]
    assert given == [0.0, 2.0]


def test_other_points_for_the_exercise_change_what_is_possible(ledger):
    ledger.begin_regrading(AGAIN)
    ledger.record_again(again("lee", marks(3.0, possible=4)))
    assert (ledger.results["lee"].points, ledger.results["lee"].possible) == (11.0, 12)


def test_what_was_killed_goes_on_with_the_rest_and_nobody_has_a_mark_twice(ledger):
    ledger.begin_regrading(AGAIN)
    ledger.record_again(again("kim", marks(2.0)))
    with open(ledger.path, "ab") as file:
        file.write(b'{"kind": "regraded", "key": "lee", "exer')
    masters, there = changed("2.3"), [submission("kim"), submission("lee", "Lee")]
    read = Ledger(ledger.path, masters, ["2.3"])
    read.begin_regrading(AGAIN)
    assert list(find_due(read, there, ["2.3"], masters)) == ["lee"]
    read.record_again(again("kim", marks(1.0)))
    read.record_again(again("lee", marks(1.0, "partly right")))
    read = Ledger(ledger.path, masters, ["2.3"])
    assert find_due(read, there, ["2.3"], masters) == {}
    assert [read.results[key].exercises["2.3"].points for key in ("kim", "lee")] == [2.0, 1.0]
    assert read.path.read_text("utf-8").count('"kind": "regrading"') == 1


def test_what_is_graded_after_the_correction_is_not_graded_again(ledger):
    ledger.begin_regrading(AGAIN)
    ledger.record_result(result("park"))
    for read in (ledger, Ledger(ledger.path, changed("2.3"))):
        assert due_exercises(read, "park", ["2.3"], MASTERS) == []
        assert due_exercises(read, "kim", ["2.3", "1.1"], MASTERS) == ["2.3"]


def test_a_second_correction_or_another_limit_begins_a_regrading_of_everybody(ledger):
    ledger.begin_regrading(AGAIN)
    ledger.record_again(again("kim", marks(1.0)))
    ledger.begin_regrading(replace(AGAIN, timeout=120.0))
    assert due_exercises(ledger, "kim", ["2.3"], MASTERS) == ["2.3"]
    ledger.record_again(again("kim", marks(2.0)))
    assert ledger.regradings.before["kim", "2.3"].points == 1.0


def test_a_result_that_is_none_changes_nothing(ledger):
    ledger.begin_regrading(AGAIN)
    before = ledger.path.read_bytes()
    ledger.record_again(SubmissionResult("kim", "second", status="grader error", reason="."))
    assert ledger.path.read_bytes() == before
    assert ledger.results["kim"].exercises["2.3"].points == 0.0


def test_a_change_of_one_exercise_is_accepted_for_that_one_alone_and_any_other_is_named(ledger):
    with pytest.raises(Refused, match=r"Exercise 2\.3 has changed since.*--regrade 2\.3 "):
        Ledger(ledger.path, changed("2.3"))
    Ledger(ledger.path, changed("2.3"), ["2.3"])
    Ledger(ledger.path, changed("2.3", "2.4"), ["2.3", "2.4"])
    with pytest.raises(Refused, match=r"Exercise 2\.4 has changed since.*--regrade 2\.4 "):
        Ledger(ledger.path, changed("2.3", "2.4"), ["2.3"])
    with pytest.raises(Refused, match=r"The exercises 2\.3, 3\.1 have changed"):
        Ledger(ledger.path, changed("2.3", "3.1"))


def test_an_exercise_that_is_gone_cannot_be_graded_again(ledger):
    fewer = [replace(m, digests={key: hashed for key, hashed in m.digests.items() if key != "2.3"}) for m in MASTERS]
    with pytest.raises(Refused, match=r"2\.3 has changed") as refused:
        Ledger(ledger.path, fewer)
    assert "--regrade" not in str(refused.value) and "Name another --output" in str(refused.value)


def test_once_it_is_graded_again_the_corrected_check_is_that_of_the_record(ledger):
    ledger.begin_regrading(AGAIN)
    assert Ledger(ledger.path, changed("2.3")).is_final("kim")
    with pytest.raises(Refused, match=r"Exercise 2\.3 has changed"):
        Ledger(ledger.path, MASTERS)


def test_a_record_of_an_earlier_version_is_taken_over_and_says_what_to_do_if_its_notebook_has_changed(tmp_path, ledger):
    new = ledger.path.read_text("utf-8").splitlines()
    old = [line for line in new if '"kind": "exercises"' not in line]
    assert len(old) == len(new) - 1
    ledger.path.write_text("\n".join(old) + "\n", "utf-8")
    other = [replace(master, digest="other") if master is GRAY else master for master in MASTERS]
    with pytest.raises(Refused, match=f"of {GRAY.name} have changed since.*Put the masters back"):
        Ledger(ledger.path, other, ["2.3"])
    read = Ledger(ledger.path, MASTERS)
    assert {key: each.points for key, each in read.results.items()} == {"kim": 8.0, "lee": 10.0}
    read.record_result(result("park"))
    # Now each exercise is known, and a change of one is accepted.
    assert Ledger(ledger.path, changed("2.3"), ["2.3"]).is_final("park")


def test_the_hash_of_an_exercise_holds_what_measures_it_and_nothing_that_only_others_use(monkeypatch):
    before = {key: sources.measure_source(key) for key in GRAY.digests}
    read = sources._read_module.__wrapped__
    for definition, hit in (("measure_generator", ["2.3"]), ("_set_two_paths", ["2.4"]), ("_describe", ["2.3", "2.4"])):

        def corrected(module, definition=definition):
            definitions, imported = read(module)
            if module == "networks":
                source, names = definitions[definition]
                definitions[definition] = (source + "  # corrected", names)
            return definitions, imported

        monkeypatch.setattr(sources, "_read_module", corrected)
        assert [key for key in before if sources.measure_source(key) != before[key]] == hit
    assert all("def to_text" in source for source in before.values())
    assert "def to_array" in before["2.2"] and "def to_array" not in before["2.3"]


def test_points_check_and_solution_change_the_hash_of_their_exercise_alone(tmp_path):
    for old, new in (("# CHECK 2.2 (2 points)", "# CHECK 2.2 (3 points)"), ("seed=22", "seed=122"), ("127.5", "127.4")):
        text = (course_root() / "notebooks" / "02_faces_grayscale.ipynb").read_text("utf-8")
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["id"] in ("check22", "ex22"):
                cell["source"] = [line.replace(old, new) for line in cell["source"]]
        (tmp_path / "02_faces_grayscale.ipynb").write_text(json.dumps(notebook), "utf-8")
        (other,) = read_masters(tmp_path)
        assert [key for key in GRAY.digests if GRAY.digests[key] != other.digests[key]] == ["2.2"], new


def test_exercises_are_named_one_by_one_or_in_a_list_and_an_unknown_one_is_refused():
    assert read_keys(["2.3", "2.4, 2.3", "1.1"], MASTERS) == ["2.3", "2.4", "1.1"]
    for text in ("2.9", "", "23", "2.3;2.4", "\x1b[2J"):
        with pytest.raises(Refused, match=r"--regrade: there is no exercise .*1\.1, 1\.2") as refused:
            read_keys([text], MASTERS)
        assert "\x1b" not in str(refused.value)


def rows_of(ledger):
    there = [submission("kim"), submission("lee", "Lee")]
    return gather(ledger, Roster(), there, MASTERS, "best"), there


def test_who_moved_stands_on_the_page_with_both_marks_and_the_reason(ledger, tmp_path, capsys):
    rows, _ = rows_of(ledger)
    assert find_moved(rows, ledger) == []
    ledger.begin_regrading(AGAIN)
    ledger.record_again(again("kim", marks(1.0, "partly right", right=("<b>shape",))))
    ledger.record_again(again("lee", marks(2.0)))
    rows, _ = rows_of(ledger)
    (found,) = find_moved(rows, ledger)
    assert (found.exercise, found.answers) == ("2.3", 2)
    (kim,) = found.moved
    assert (kim.student, kim.before, kim.after, kim.counts) == ("Kim", "0 of 2", "1 of 2", True)
    assert kim.why == "wrong (ReLU) -> partly right (<b>shape)"
    print_moved(rows, ledger, ["2.3"])
    printed = capsys.readouterr().out
    assert "Exercise 2.3 was graded again: 2 answers, 1 with other points." in printed and "Lee" not in printed
    print_moved(rows, ledger, [])
    assert capsys.readouterr().out == ""
    assert publish.write_page(rows, ledger, MASTERS, tmp_path) == []
    page = (tmp_path / "index.html").read_text("utf-8")
    again_part = page[page.index('<h2 id="regraded">') :]
    assert "wrong (ReLU) -&gt; partly right (&lt;b&gt;shape)" in again_part
    assert re.search(r"Kim.*?0 of 2.*?1 of 2", again_part, re.S)


def test_whoever_keeps_the_mark_of_the_earlier_check_is_named_with_the_reason(ledger):
    ledger.begin_regrading(AGAIN)
    rows, there = rows_of(ledger)
    say_earlier(rows, ledger, there[1:], {"lee": "The kernel did not start."}, MASTERS)
    kim, lee = rows
    assert kim.look == [
        "Kim/kim.ipynb: 2.3 has the mark of the earlier check. The file is no longer there, so it could not be graded again."
    ]
    assert lee.look == ["Lee/lee.ipynb: 2.3 has the mark of the earlier check. The kernel did not start."]
    rows, there = rows_of(ledger)
    say_earlier(rows, ledger, there, {}, MASTERS)
    assert "give --regrade 2.3" in rows[0].look[0]
    assert find_moved(rows, ledger)[0].answers == 0


# The command itself, in a copy of the course whose check of 1.2 is corrected between two runs.

# The right shapes, in a dict: the check has not foreseen that, and then does.
IN_A_DICT = (
    exercises(MNIST)["1.2"].solution.replace("def generator_shapes", "def shapes_as_list")
    + '\n\ndef generator_shapes(image_shape):\n    return {"shapes": shapes_as_list(image_shape)}'
)
CALL = "result = generator_shapes(tuple(image_shape))\n"


@pytest.fixture
def course(tmp_path):
    """A course of its own, a class in it, and what runs the command there."""
    copy = tmp_path / "course"
    for name in ("dcgan_course", "dcgan_lib", "notebooks"):
        shutil.copytree(COURSE / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for student, answer in (("Kim", None), ("Lee", IN_A_DICT), ("Park", IN_A_DICT + "  # mine")):
        changes = {} if answer is None else {"ex12": answer}
        path = tmp_path / "class" / student / "01_mnist.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(to_bytes(solved(MNIST, **changes)))
    return copy


def start(course, *options):
    command = ["grade", "class", "--output", "grades", "--workers", "1", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "dcgan_course", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=course.parent,
        env={**os.environ, "PYTHONPATH": str(course)},
    )


def grade(course, *options, status=0):
    process = start(course, *options)
    printed, _ = process.communicate(timeout=600)
    assert process.returncode == status, printed
    return printed


def points(course, key):
    rows = json.loads((course.parent / "grades" / "grades.json").read_text("utf-8"))
    return {row["student"]: row["notebooks"][MNIST]["exercises"][key]["points"] for row in rows}


def lines_of(course, kind):
    lines = (course.parent / "grades" / "ledger.jsonl").read_text("utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == kind]


def correct_the_check(course):
    path = course / "dcgan_course" / "exercises" / "checks" / "layer_shapes.py"
    text = path.read_text("utf-8")
    assert text.count(CALL) == 1
    path.write_text(
        text.replace(CALL, f'{CALL}        result = getattr(result, "get", lambda _: result)("shapes")\n'), "utf-8"
    )


@pytest.mark.slow
def test_a_corrected_check_moves_whom_it_was_wrong_for_through_a_kill_and_later_runs_use_the_newer_mark(course):
    grade(course)
    assert points(course, "1.2") == {"Kim": 2.0, "Lee": 0.0, "Park": 0.0}
    before = (course.parent / "grades" / "ledger.jsonl").read_bytes()

    correct_the_check(course)
    assert "Exercise 1.2 has changed since" in grade(course, status=2)
    assert "Exercise 1.2 has changed since" in grade(course, "--regrade", "1.1", status=2)
    shutil.rmtree(course.parent / "class" / "Park")

    process = start(course, "--regrade", "1.2")
    until = time.monotonic() + 300
    while not lines_of(course, "regraded"):
        assert process.poll() is None and time.monotonic() < until, process.stdout.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    printed = grade(course, "--regrade", "1.2", status=1)  # Park needs a person.
    assert points(course, "1.2") == {"Kim": 2.0, "Lee": 2.0, "Park": 0.0}
    assert "Exercise 1.2 was graded again: 2 answers, 1 with other points." in printed
    assert re.search(r"^Lee +0 of 2 +2 of 2 +\S.* -> right", printed, re.M)
    assert "Park/01_mnist.ipynb: 1.2 has the mark of the earlier check. The file is no longer there" in printed
    again = [line["key"] for line in lines_of(course, "regraded")]
    assert len(again) == len(set(again)) == 2
    after = (course.parent / "grades" / "ledger.jsonl").read_bytes()
    assert after.startswith(before)
    assert {line["exercise"] for line in lines_of(course, "regraded")} == {"1.2"}
    page = (course.parent / "grades" / "index.html").read_text("utf-8")
    assert 'id="regraded"' in page

    grade(course, status=1)
    assert points(course, "1.2") == {"Kim": 2.0, "Lee": 2.0, "Park": 0.0}
    assert "No files to be graded again." in grade(course, "--regrade", "1.2", status=1)
    assert (course.parent / "grades" / "ledger.jsonl").read_bytes() == after
