"""Grading, part by part: intake, record, marks, tables and pages; `test_grading_cases.py` runs the whole."""

import csv
import io
import json
import os
import re
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from dcgan_course.exercises.checks.checking import MEASURED_TYPE
from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.grading.marks import flags, plugin, scoring
from dcgan_course.instructor.grading.marks.assembly import assemble, read_masters, seed_of, with_seed
from dcgan_course.instructor.grading.marks.grader import Grader
from dcgan_course.instructor.grading.marks.reference import Check, split_parts
from dcgan_course.instructor.grading.marks.submission_result import Marks, SubmissionResult
from dcgan_course.instructor.grading.pages import publish, tables
from dcgan_course.instructor.grading.pages.feedback import explain
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox
from dcgan_course.instructor.grading.submissions import archive
from dcgan_course.instructor.grading.submissions.arrival import Arrival
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.reading import ReadAnswer, Reading
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.process.turns import Turns
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

MASTERS = read_masters(course_root() / "notebooks")
GRAY = next(master for master in MASTERS if master.name == "02_faces_grayscale")


def submissions(folder, roster=None, tmp_path=None):
    found = find_submissions(folder, roster or Roster(), (tmp_path or folder.parent) / "scratch")
    return {(submission.student, submission.file): submission for submission in found.submissions}


def write(path, content="{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


def result(key, points=14.0, notebook="02_faces_grayscale", digest=None, **changes):
    marks = Marks(
        status="answered", found="marker", warnings=[], flags=[], digest=digest or key, points=points,
        possible=14, outcome="right" if points == 14 else "wrong", right=[], parts=["scaled"],
        error=None, message=None, printed="", seconds=1.0,
    )  # fmt: skip
    exercises = {exercise.key: marks for exercise in GRAY.exercises}
    graded = SubmissionResult(key, "b", notebook, points=points, possible=14, exercises=exercises, seconds=3.0)
    return replace(graded, **changes)


def attempt(key, student="Kim", file="a.ipynb"):
    return SimpleNamespace(
        key=key,
        identity=student,
        student=student,
        file=file,
        path=None,
        problem=None,
        known=None,
        lms_id="",
        ordered="",
        arrival=Arrival(),
    )


def table_of(path):
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def test_each_check_draws_from_one_seed_that_can_be_replaced():
    for master in MASTERS:
        for exercise in master.exercises:
            replaced = with_seed(exercise.check, 987654321)
            assert f'check("{exercise.key}", {exercise.title}, seed=987654321)' in replaced
            assert replaced.splitlines()[1] == "# NBVAL_CHECK_OUTPUT"
            assert seed_of(replaced) == 987654321 != seed_of(exercise.check)


def test_a_check_without_a_seed_is_refused_by_the_cells_name(tmp_path):
    notebook = nbformat.read(course_root() / "notebooks" / "02_faces_grayscale.ipynb", as_version=4)
    check = next(cell for cell in notebook.cells if cell.id == "check22")
    check.source = check.source.replace("seed=22", "22")
    nbformat.write(notebook, tmp_path / "02_faces_grayscale.ipynb")
    with pytest.raises(Refused, match="check22"):
        read_masters(tmp_path)


def test_an_assembled_notebook_has_the_students_answers_and_nothing_else_of_theirs():
    checks = {e.key: Check(with_seed(e.check, 5), f"{e.key} part: 1\n", ("part",)) for e in GRAY.exercises}
    notebook = assemble(GRAY, {e.key: f"mine = {e.key}" for e in GRAY.exercises}, checks)
    sources = "\n".join(cell.source for cell in notebook.cells)
    assert "mine = 2.3" in sources
    assert not any(line.strip() and line in sources for e in GRAY.exercises for line in solution_lines(e))
    assert [cell.id for cell in notebook.cells if cell.outputs] == [e.check_id for e in GRAY.exercises]
    right = [cell.outputs[0].data[MEASURED_TYPE] for cell in notebook.cells if cell.outputs]
    assert right == [f"{e.key} part: 1\n" for e in GRAY.exercises]


def solution_lines(exercise):
    inside = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", exercise.solution, re.S)
    return [line for line in "".join(inside).splitlines() if len(line.strip()) > 30 and line not in exercise.check]


def test_a_kernel_whose_first_words_come_late_is_as_good_as_any(monkeypatch, tmp_path, library):
    receive, silent_until = BoxedKernel._receive, []

    def deaf_at_first(self, most=10_000):
        silent_until.append(time.monotonic() + 2)
        if time.monotonic() > silent_until[0]:
            receive(self, most)

    monkeypatch.setattr(BoxedKernel, "_receive", deaf_at_first)
    (runtime := tmp_path / "run").mkdir()
    kernel = BoxedKernel(Sandbox(str(library), "none", 2, 1), str(runtime))
    try:
        assert kernel.run("print(6 * 7)", 30) == "42\n"
        assert kernel.ended is None
    finally:
        kernel.stop()


def test_without_bubblewrap_the_command_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="apt-get install bubblewrap.*--isolation none"):
        Sandbox(str(tmp_path), "bubblewrap", 2, 1).probe()


def test_of_what_a_check_has_measured_each_line_belongs_to_the_part_that_it_names():
    measured = "2.5 losses: d_loss (step 1) 1.411\n2.5 weights: generator (step 1) [0.297]\n2.5 losses: g_loss 0.464\n"
    assert split_parts("2.5", measured) == {
        "losses": ["2.5 losses: d_loss (step 1) 1.411", "2.5 losses: g_loss 0.464"],
        "weights": ["2.5 weights: generator (step 1) [0.297]"],
    }
    assert split_parts("2.2", "2.3 generator: 1\n2.2 scaled 5\ndebug 2.2 scaled: 5") == {}


def test_what_a_student_prints_or_shows_is_no_measurement():
    right = "2.2 scaled: shape [2, 3, 2]\n"
    shown = {"text/plain": right, "text/html": right}
    outputs = [new_output("stream", text=right), new_output("display_data", data=shown)]
    expected = new_code_cell("check()", outputs=[new_output("display_data", data={MEASURED_TYPE: right})])
    assert plugin.describe(outputs, expected, "2.2") == {"printed": right, "right": "[]"}
    assert plugin.describe(expected.outputs, expected, "2.2")["right"] == '["scaled"]'
    twice = [*expected.outputs, *expected.outputs]  # What an answer has published stands beside what the check has.
    assert plugin.describe(twice, expected, "2.2")["right"] == "[]"


def test_who_a_notebook_is_from_is_said_by_folder_canvas_moodle_or_file(tmp_path):
    folder = tmp_path / "in"
    write(folder / "Kim Minji" / "whatever.ipynb", "1")
    write(folder / "leejun_LATE_4711_99_02_faces_grayscale-2.ipynb", "2")
    write(folder / "Park Seo_12345_assignsubmission_file_" / "x.ipynb", "3")
    write(folder / "choi_02_faces_grayscale (1).ipynb", "4")
    write(folder / "choi_03_faces_colour.ipynb", "5")
    students = {each.student: each for each in submissions(folder).values()}
    assert set(students) == {"Kim Minji", "leejun", "Park Seo", "choi"}
    assert (students["leejun"].lms_id, students["Park Seo"].lms_id) == ("4711", "12345")


def test_a_roster_gives_names_and_finds_korean_ones_a_mac_took_apart(tmp_path):
    (tmp_path / "class.csv").write_bytes(
        "이름,학번,email\n김민지,2026001,mj@x.kr\nLee Jun,2026002,jun@x.kr\n".encode("cp949")
    )
    folder = tmp_path / "in"
    write(folder / "김민지" / "a.ipynb", "1")
    write(folder / "JUN@x.kr" / "b.ipynb", "2")
    write(folder / "nobody" / "c.ipynb", "3")
    found = submissions(folder, Roster(tmp_path / "class.csv")).values()
    assert {(each.student, each.identity, each.known) for each in found} == {
        ("김민지", "2026001", True),
        ("Lee Jun", "2026002", True),
        ("nobody", "nobody", False),
    }


def test_folder_names_in_the_codec_of_a_korean_windows_are_read(tmp_path):
    folder = os.path.join(os.fsencode(tmp_path / "in"), "김민지".encode("cp949"))
    os.makedirs(folder)
    os.makedirs(os.path.join(os.fsencode(tmp_path / "in"), "이준".encode("cp949")))
    os.makedirs(os.path.join(os.fsencode(tmp_path / "in"), b"\xff\xff"))
    Path(os.fsdecode(folder), "a.ipynb").write_text("1", "utf-8")
    Path(os.fsdecode(folder), "b.ipynb").symlink_to("a.ipynb")
    found = submissions(tmp_path / "in")
    unknown = r"\xa0\xa0"  # What nobody sees is shown as an escape.
    names = {("김민지", "김민지/a.ipynb"), ("김민지", "김민지/b.ipynb"), ("이준", "이준"), (unknown, unknown)}
    assert set(found) == names
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    publish.publish(gather(ledger, Roster(), found.values(), MASTERS, "best"), ledger, MASTERS, tmp_path, None)
    assert "김민지" in [line[0] for line in table_of(tmp_path / "grades.csv")]


def test_a_zip_is_read_entry_by_entry_and_never_unpacked_to_where_it_says(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as class_zip:
        class_zip.writestr("Kim_1_assignsubmission_file_/a.ipynb", "{}")
        class_zip.writestr("../../evil.ipynb", "{}")
        class_zip.writestr("Lee_2_assignsubmission_file_/report.pdf", "%PDF")
        class_zip.writestr("__MACOSX/._a.ipynb", "x")
    found = submissions(tmp_path / "class.zip")
    assert found["Kim", "Kim_1_assignsubmission_file_/a.ipynb"].problem is None
    assert "leads outside" in next(each for each in found.values() if "evil" in each.file).problem
    assert "no notebook" in next(each for each in found.values() if each.student == "Lee").problem
    assert not list(tmp_path.parent.glob("evil.ipynb"))
    assert len(found) == 3


@pytest.mark.parametrize("damage", ["a name that is no UTF-8", "a version of the future"])
def test_a_damaged_zip_costs_its_own_student_alone(tmp_path, damage):
    (folder := tmp_path / "in").mkdir()
    with zipfile.ZipFile(folder / "kim.zip", "w") as own_zip:
        own_zip.writestr("김.ipynb", "{}")
    content = (folder / "kim.zip").read_bytes()
    table = content.rindex(b"PK\x01\x02")
    changed = content[table:].replace("김".encode(), b"\xff\xff\xff")
    if damage == "a version of the future":
        changed = content[table : table + 6] + b"\xff\x00" + content[table + 8 :]
    (folder / "kim.zip").write_bytes(content[:table] + changed)
    write(folder / "Lee" / "a.ipynb", "1")
    found = submissions(folder)
    assert "The zip cannot be read" in found["kim", "kim.zip"].problem
    assert found["Lee", "Lee/a.ipynb"].problem is None


def test_an_entry_without_a_name_is_passed_over(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as odd:
        odd.writestr(zipfile.ZipInfo(""), "x")
        odd.writestr("a.ipynb", "{}")
    assert [found.parts for found in archive.read_zip(tmp_path / "a.zip", tmp_path / "out")] == [("a.ipynb",)]


def test_a_zip_bomb_is_stopped_while_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 2_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.ipynb", bytes(50_000_000))
    (found,) = archive.read_zip(tmp_path / "a.zip", tmp_path / "out")
    assert "more than 2 MB" in found.problem
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) == 0


def test_links_are_not_followed(tmp_path):
    write(tmp_path / "secret.ipynb")
    (tmp_path / "in" / "kim").mkdir(parents=True)
    (tmp_path / "in" / "kim" / "a.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (found,) = submissions(tmp_path / "in").values()
    assert found.path is None
    assert "link" in found.problem


def test_a_record_killed_in_the_middle_of_a_line_loses_that_line_alone(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([attempt("k1")])
    ledger.record_result(result("k1"))
    with open(ledger.path, "ab") as file:
        file.write(b'{"kind": "result", "key": "k2", "status": "gra')
    again = Ledger(ledger.path, MASTERS)
    assert again.is_final("k1")
    assert not again.is_final("k2")
    again.record_result(result("k2", 7.0))
    assert Ledger(ledger.path, MASTERS).results["k2"].points == 7.0


def test_a_final_result_stands_whatever_comes_after_it(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_result(SubmissionResult("k", "b", status="grader error", reason="."))
    ledger.record_result(result("k", 9.0))
    ledger.record_result(result("k", 1.0))
    before = ledger.path.read_bytes()
    assert Ledger(ledger.path, MASTERS).results["k"].points == 9.0
    assert ledger.path.read_bytes() == before


def test_grades_of_other_checks_do_not_go_into_the_same_folder(tmp_path):
    Ledger(tmp_path / "ledger.jsonl", MASTERS).record_result(result("k"))
    changed = [replace(master, digests=dict.fromkeys(master.digests, "other")) for master in MASTERS]
    with pytest.raises(Refused, match="have changed since"):
        Ledger(tmp_path / "ledger.jsonl", changed)


# As earlier versions of the course have written it, shortened.
EARLIER_LEDGER = r"""
{"kind": "attempt", "key": "df17", "identity": "2026001", "student": "Kim", "file": "Kim/01_mnist.ipynb"}
{"kind": "attempt", "key": "e3b0", "identity": "\uae40\ubbfc\uc9c0", "student": "\uae40\ubbfc\uc9c0", "file": "\uae40\ubbfc\uc9c0/a.ipynb"}
{"kind": "result", "key": "df17", "batch": "2026-11-25 14:17:53-782c", "notebook": "01_mnist", "reason": null, "warnings": ["The file is saved as UTF-16, and was read."], "status": "graded", "points": 2.0, "possible": 4, "exercises": {"1.1": {"status": "answered", "found": "likeness", "warnings": ["It was found."], "flags": ["ctypes: reaches into memory"], "digest": "b695b4c15c414769", "points": 2.0, "possible": 2, "outcome": "right", "right": ["filtered"], "parts": ["filtered"], "error": null, "message": null, "printed": "1.1 filtered: (3, 3) [[0, 1, 5], [-2, -3, 10], [7, 6, 8]]\n", "seconds": 0.01}, "1.2": {"status": "missing", "found": null, "warnings": [], "flags": [], "digest": null, "points": 0.0, "possible": 2, "outcome": "missing", "right": [], "parts": ["shapes"], "error": null, "message": null, "printed": "", "seconds": 0.03}}, "runs": 1, "seconds": 20.49, "isolation": "bubblewrap"}
{"kind": "result", "key": "e3b0", "batch": "2026-11-25 14:17:53-782c", "notebook": null, "reason": "The file is empty.", "warnings": [], "status": "could not be graded", "seconds": 0.0, "isolation": "bubblewrap"}
""".strip()


def test_a_ledger_of_an_earlier_version_is_read_and_its_results_stand(tmp_path):
    masters = json.dumps({"kind": "masters", "masters": {master.name: master.digest for master in MASTERS}})
    (tmp_path / "ledger.jsonl").write_text(f"{masters}\n{EARLIER_LEDGER}\n", "utf-8")
    before = (tmp_path / "ledger.jsonl").read_bytes()
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    assert ledger.is_final("df17") and ledger.is_final("e3b0")
    ledger.record_attempts([attempt("df17", "2026001", "Kim/01_mnist.ipynb")])
    ledger.record_result(result("df17", 14.0))
    assert ledger.path.read_bytes() == before
    kim, minji = gather(ledger, Roster(), [], MASTERS, "best")
    assert (kim.student, kim.points, kim.exercises["1.1"].outcome) == ("Kim", 2.0, "right")
    assert (minji.student, minji.points, minji.look) == (
        "김민지",
        None,
        ["김민지/a.ipynb: could not be graded. The file is empty."],
    )
    # What is written today has the same form, to the letter, but for how often a submission was run: today it is once.
    written = [json.dumps({"kind": "result", **each.to_json()}) for each in ledger.results.values()]
    earlier = EARLIER_LEDGER.replace('"runs": 1, ', "").splitlines()
    assert written == [line for line in earlier if '"kind": "result"' in line]


@pytest.mark.parametrize(("keep", "points"), [("best", 14.0), ("last", 5.0)])
def test_a_later_attempt_is_kept_beside_the_earlier(tmp_path, keep, points):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    for key, value in (("k1", 14.0), ("k2", 5.0)):
        ledger.record_attempts([attempt(key, file=f"{key}.ipynb")])
        ledger.record_result(result(key, value))
    (row,) = gather(ledger, Roster(), [], MASTERS, keep)
    assert row.points == points
    assert [graded.file for graded in row.notebooks["02_faces_grayscale"].attempts] == ["k1.ipynb", "k2.ipynb"]


def test_what_could_not_be_graded_is_no_0(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([attempt("k")])
    ledger.record_result(SubmissionResult("k", "b", status="could not be graded", reason="It is empty."))
    rows = gather(ledger, Roster(), [], MASTERS, "best")
    for form in (None, "canvas", "moodle"):
        tables.write_csv(tmp_path / "grades.csv", rows, MASTERS, form)
        last = table_of(tmp_path / "grades.csv")[-1]
        assert not {"0", "0.0"} & set(last)
    publish.publish(rows, ledger, MASTERS, tmp_path, None)
    page = (tmp_path / "feedback" / "Kim.html").read_text("utf-8")
    assert "could not be graded" in page
    assert "not a 0" in page


def test_a_spreadsheet_runs_no_name_and_excel_reads_korean(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    for number, name in enumerate(("=cmd|' /C calc'!A0", "김민지", "@SUM(1)", " +1")):
        ledger.record_attempts([attempt(f"k{number}", name)])
        ledger.record_result(result(f"k{number}"))
    tables.write_csv(tmp_path / "grades.csv", gather(ledger, Roster(), [], MASTERS, "best"), MASTERS)
    assert (tmp_path / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    names = [line[0] for line in table_of(tmp_path / "grades.csv")[1:]]
    assert "김민지" in names
    assert all(name.startswith("'") for name in names if name != "김민지")


def test_canvas_and_moodle_get_the_columns_that_they_import(tmp_path):
    (tmp_path / "class.csv").write_text("Student,ID,SIS User ID,SIS Login ID,Section\nKim,7,2026,kim,A\n", "utf-8")
    roster = Roster(tmp_path / "class.csv")
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([attempt("k", "7")])
    ledger.record_result(result("k", 12.5))
    rows = gather(ledger, roster, [], MASTERS, "best")
    tables.write_csv(tmp_path / "canvas.csv", rows, MASTERS, "canvas")
    head, possible, line = table_of(tmp_path / "canvas.csv")
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert possible[0].strip() == "Points Possible"
    assert dict(zip(head, line, strict=True))["02_faces_grayscale"] == "12.5"
    tables.write_csv(tmp_path / "moodle.csv", rows, MASTERS, "moodle")
    head, line = table_of(tmp_path / "moodle.csv")
    assert dict(zip(head, line, strict=True))["Grade"] == "12.5"


def test_pages_run_nothing_that_a_student_wrote(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    evil = "<script>alert(1)</script>"
    ledger.record_attempts([attempt("k", f"Kim{evil}/../x", f"{evil}.ipynb")])
    graded = result("k", 0.0, warnings=[evil])
    graded.exercises["2.2"] = replace(
        graded.exercises["2.2"], printed=evil, error=evil, message=evil, outcome="error", flags=[evil]
    )
    ledger.record_result(graded)
    publish.publish(gather(ledger, Roster(), [], MASTERS, "best"), ledger, MASTERS, tmp_path, None)
    pages = [tmp_path / "index.html", *(tmp_path / "feedback").iterdir()]
    assert len(pages) == 2
    ours = Path(publish.__file__).with_name("index.js").read_text("utf-8")
    for page in pages:
        text = page.read_text("utf-8")
        assert "<script" not in text.replace(f"<script>{ours}</script>", "")
        assert "&lt;script&gt;" in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_grading_without_isolation_is_said_at_the_top_of_the_page(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([attempt("k")])
    ledger.record_result(result("k", isolation="none"))
    publish.publish(gather(ledger, Roster(), [], MASTERS, "best"), ledger, MASTERS, tmp_path, None)
    text = (tmp_path / "index.html").read_text("utf-8")
    assert text.index("without isolation") < text.index("<h2")


def test_students_whose_answers_are_all_the_same_are_flagged_and_lose_nothing(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    for student in ("Kim", "Lee"):
        ledger.record_attempts([attempt(student, student)])
        ledger.record_result(result(student, digest="same"))
    rows = gather(ledger, Roster(), [], MASTERS, "best")
    assert all("same as those of" in row.flags[-1] and row.points == 14.0 for row in rows)


def test_students_of_one_name_are_flagged_by_their_answers_and_not_by_the_name(tmp_path):
    (tmp_path / "class.csv").write_text("name,id\nKim,1\nKim,2\nKim,3\n", "utf-8")
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    for number, digest in (("1", "same"), ("2", "same"), ("3", "other")):
        ledger.record_attempts([attempt(number, number)])
        ledger.record_result(result(number, digest=digest))
    rows = gather(ledger, Roster(tmp_path / "class.csv"), [], MASTERS, "best")
    same = ["all answers of one notebook are the same as those of Kim"]
    assert [row.flags for row in rows] == [same, same, []]


def test_what_no_exercise_needs_is_flagged():
    code = "import ctypes\nfrom dcgan_lib import scale_images\nget_ipython().showtraceback = None\nos._exit(0)"
    found = " ".join(flags.suspicious(code))
    assert all(word in found for word in ("ctypes", "library", "get_ipython", "_exit"))
    assert flags.suspicious("def f(x):\n    import dcgan_lib\n    return dcgan_lib.f(x)") == ["imports the library"]
    assert flags.suspicious("import dcgan_course.exercises.tasks") == ["imports the library"]
    for code in (
        "import importlib\nf = importlib.import_module('dcgan_lib.models').f",
        "f = __import__('dcgan_lib').f",
    ):
        assert "names the library in a text" in " ".join(flags.suspicious(code))
    assert flags.suspicious("def scale_images(images):\n    return images / 127.5 - 1") == []


def test_comments_and_layout_make_no_other_answer():
    one = 'def f(x):\n    """Doubles."""\n    return 2*x  # twice'
    other = "def f(x):\n\n    return 2 * x"
    assert flags.digest(one) == flags.digest(other) != flags.digest("def f(x):\n    return 3 * x")


XML = """<?xml version="1.0"?><testsuites><testsuite>
<testcase name="a" time="1"><properties><property name="cell_id" value="setup"/></properties></testcase>
<testcase name="b" time="2"><properties><property name="cell_id" value="{answer}"/>{ended}</properties></testcase>
<testcase name="c" time="3"><properties><property name="cell_id" value="check22"/>
<property name="right" value='["scaled"]'/></properties>{complaint}</testcase>
</testsuite></testsuites>"""


def read(tmp_path, **parts):
    (tmp_path / "r.xml").write_text(XML.format(**{"answer": "ex22", "ended": "", "complaint": "", **parts}), "utf-8")
    return scoring.read_xml(tmp_path / "r.xml")


def test_only_a_testcase_without_a_complaint_has_passed(tmp_path):
    assert read(tmp_path)["check22"].passed
    for complaint in ("<failure message='x'/>", "<error/>", "<skipped/>"):
        assert not read(tmp_path, complaint=complaint)["check22"].passed


def test_a_result_with_a_cell_too_few_is_ours_to_repair_and_no_0(tmp_path):
    cells = read(tmp_path)
    notebook = SimpleNamespace(cells=[SimpleNamespace(id=name) for name in (*cells, "check23")])
    with pytest.raises(scoring.BrokenRun, match="3 of 4"):
        scoring.check_complete(cells, notebook, GRAY.exercises)
    with pytest.raises(scoring.BrokenRun, match="twice"):
        read(tmp_path, answer="setup")


def test_how_an_answer_ended_its_kernel_is_its_outcome_and_it_has_no_points(tmp_path):
    exercise, answered = next(e for e in GRAY.exercises if e.key == "2.2"), ReadAnswer("2.2", "answered")
    check, ended = Check("", "", ("scaled",)), '<property name="ended" value="timeout"/>'
    right, over = (scoring.score(exercise, check, read(tmp_path, ended=how), answered) for how in ("", ended))
    assert (right.outcome, right.points) == ("right", 2.0)
    assert (over.outcome, over.points) == ("timeout", 0)


def test_a_cell_of_ours_that_fails_is_nobodys_fault(tmp_path):
    cells = read(tmp_path, answer="setup-ex22")
    notebook = SimpleNamespace(cells=[SimpleNamespace(id=name) for name in cells])
    scoring.check_complete(cells, notebook, GRAY.exercises)
    cells["setup-ex22"].passed = False
    with pytest.raises(scoring.BrokenRun, match="'setup-ex22', which is ours, failed"):
        scoring.check_complete(cells, notebook, GRAY.exercises)


def test_a_check_gives_the_share_of_its_points_that_is_right(tmp_path):
    exercise = next(e for e in GRAY.exercises if e.key == "2.5")
    check = Check("", "", ("losses", "weights"))
    cells = {"check25": scoring.Cell(False, 1.0, {"right": '["losses"]', "error": "NotImplementedError"})}
    answered = ReadAnswer("2.5", "answered")
    marks = scoring.score(exercise, check, cells, answered)
    assert (marks.points, marks.outcome) == (3.0, "partly right")
    assert "losses" in explain("2.5", marks)[0]
    cells["ex25"] = scoring.Cell(False, 1.0, {"ended": "died"})
    assert scoring.score(exercise, check, cells, answered).points == 0
    stub = scoring.score(exercise, check, {}, ReadAnswer("2.5", "stub"))
    assert (stub.outcome, stub.points, stub.error) == ("stub", 0, None)


def test_the_command_refuses_folders_inside_each_other_and_limits_that_are_none(tmp_path):
    from dcgan_course.instructor.grading import command

    arguments = SimpleNamespace(
        submissions=str(tmp_path), output=str(tmp_path / "grades"), workers=None, timeout=60.0, memory=3.0
    )
    with pytest.raises(Refused, match="neither inside the other"):
        command.main(arguments)
    arguments.memory = 0.5
    with pytest.raises(Refused, match="at least 1.5 GB"):
        command.main(arguments)


def test_exercises_of_the_masters_are_what_the_grader_marks():
    for master in MASTERS:
        notebook = nbformat.read(course_root() / "notebooks" / f"{master.name}.ipynb", as_version=4)
        assert json.dumps([e.key for e in read_exercises(notebook)]) == json.dumps([e.key for e in master.exercises])


class Checks(dict):
    """Checks of two exercises, as a `Grader` asks for them."""

    masters = {GRAY.name: GRAY.only(["2.1", "2.2"])}


@pytest.mark.parametrize(("how", "outcome"), [("starved", "timeout"), ("died", "died")])
def test_what_another_submission_may_have_ended_is_run_again_alone_and_the_second_run_counts(
    how, outcome, tmp_path, monkeypatch
):
    ran, turns, ending_runs = [], Turns(2), {1}

    def enter():
        with turns:
            pass

    def run(self, notebook, master, folder, xml, recording):
        (other := threading.Thread(target=enter)).start()
        other.join(0.2)
        ran.append(([each.key for each in master.exercises], xml, "alone" if other.is_alive() else "with others"))
        cells = {cell.id: scoring.Cell(True, 1.0, {"right": '["all"]'}) for cell in notebook.cells}
        if len(ran) in ending_runs:
            cells["check22"] = scoring.Cell(False, 60.0, {"ended": how})
        return cells

    monkeypatch.setattr(Grader, "_run_nbval", run)
    checks = Checks({GRAY.name: {key: Check("check(seed=0)", "", ("all",)) for key in ("2.1", "2.2")}})
    server = SimpleNamespace(plain=SimpleNamespace(isolation="bubblewrap"))
    grader = Grader({}, checks, server, None, 60.0, "batch", tmp_path, turns)
    answers = {key: ReadAnswer(key, "answered", code="1") for key in ("2.1", "2.2")}
    submission, reading = SimpleNamespace(key="0123456789abcdef0"), Reading(None, GRAY.name, answers=answers)

    marks = grader.grade(submission, reading).exercises
    assert {key: mark.outcome for key, mark in marks.items()} == {"2.1": "right", "2.2": "right"}
    first = (["2.1", "2.2"], "0123456789abcdef.xml", "with others")
    assert ran == [first, (["2.2"], "0123456789abcdef again.xml", "alone")]

    ran.clear()
    ending_runs.add(2)
    marks = grader.grade(submission, reading).exercises
    assert {key: (mark.outcome, mark.points) for key, mark in marks.items()} == {
        "2.1": ("right", 2),
        "2.2": (outcome, 0),
    }
    assert len(ran) == 2
