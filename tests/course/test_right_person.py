"""Whose hand-in it is, which attempt counts, and that nothing single keeps a class from its results."""

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import unicodedata
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.results.hand_ins import make_overview
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.submissions.arrival import Arrival
from dcgan_course.instructor.grading.submissions.intake import Intake, find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

COURSE = Path(__file__).resolve().parents[2]
MASTERS = read_masters(course_root() / "notebooks")
MNIST = "01_mnist"
CLASS = "name,id,email\nKim Minji,2026001,minji@x.kr\nLee Jun,2026002,lee@x.kr\n박서,2026003,seo@x.kr\n"


def write(path, content="1", modified=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    if modified is not None:
        os.utime(path, (modified, modified))


def roster_of(tmp_path, text=CLASS):
    (tmp_path / "class.csv").write_text(text, "utf-8")
    return Roster(tmp_path / "class.csv")


def take_in(tmp_path, roster=None, source="in"):
    return find_submissions(tmp_path / source, roster or Roster(), tmp_path / "scratch")


def students(intake):
    """Returns, by file, whose it is: the class list's id, or the name that it keeps."""
    return {each.file: each.identity for each in intake.submissions}


def rows_of(tmp_path, intake, roster=None, keep="best", ledger=None):
    ledger = ledger or Ledger(tmp_path / "ledger.jsonl", MASTERS)
    return gather(ledger, roster or Roster(), intake.submissions, MASTERS, keep)


def graded(key, points):
    return SubmissionResult(key, "b", MNIST, points=points, possible=4)


def grade(folder, *options, source="in"):
    command = ["grade", str(folder / source), "--output", str(folder / "grades"), *options]
    return subprocess.run(
        [sys.executable, "-m", "dcgan_course", *command],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(COURSE)},
    )


def said(run):
    return (run.stdout + run.stderr).decode()


# Whose it is.


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("Kim Minji", "2026001"),
        ("  kim   MINJI ", "2026001"),
        ("KimMinji", "2026001"),
        ("Kim_Minji", "2026001"),
        ("2026001", "2026001"),
        ("MINJI@x.kr", "2026001"),
        ("2026001 Kim Minji", "2026001"),
        ("Kim Minji (2026001)", "2026001"),
        ("2026001_Kim Minji", "2026001"),
        (unicodedata.normalize("NFD", "박서"), "2026003"),
        # A part of a name, id or e-mail is nobody's, whatever else stands beside it.
        ("minji", None),
        ("Kim", None),
        ("lee", None),
        ("Park Lee", None),
        ("Lee Minji", None),
        ("minji@y.kr", None),
        ("2026001 Lee Jun", None),
        ("20260012", None),
        ("202600", None),
        ("Kim Minji 2026002", None),
        ("Kim Minji hw", None),
        ("x.kr", None),
    ],
)
def test_a_folder_belongs_to_a_student_by_the_whole_of_its_name_or_to_nobody(tmp_path, name, owner):
    roster = roster_of(tmp_path)
    write(tmp_path / "in" / name / "a.ipynb")
    write(tmp_path / "in" / "Lee Jun (old)" / "a.ipynb", "2")
    (found,) = [each for each in take_in(tmp_path, roster).submissions if "old" not in each.file]
    assert (found.identity, found.known) == ((owner, True) if owner else (unicodedata.normalize("NFC", name), False))


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("kimminji_77_901_hw.ipynb", "2026001"),  # The name as Canvas writes it.
        ("leejun_LATE_77_901_hw.ipynb", "2026002"),
        ("junlee_2026002_901_hw.ipynb", "2026002"),  # Canvas puts the last word of a name first.
        ("somebody_2026002_901_hw.ipynb", None),  # Canvas's number may by chance be a student's id.
        ("kimminji_2026002_901_hw.ipynb", None),  # The number is another student's.
        ("kim_77_901_hw.ipynb", None),
        ("choi_77_901_lee jun.ipynb", None),  # The student has chosen the rest of the name.
        ("choi_77_901_Lee Jun_5_assignsubmission_file_hw.ipynb", None),
        ("Lee Jun_5_assignsubmission_file_hw.ipynb", "2026002"),
        ("Lee Jun_2026002_assignsubmission_file_hw.ipynb", "2026002"),
        ("Lee Jun_2026001_assignsubmission_file_hw.ipynb", None),
        ("Choi_2026001_assignsubmission_file_hw.ipynb", None),
        ("Lee Jun_02_faces_grayscale (1).ipynb", "2026002"),
        ("Copy of 02_faces_grayscale_Lee Jun.ipynb", "2026002"),
        ("02_faces_grayscale_Lee Jun.ipynb의 사본.ipynb", "2026002"),
        ("hw_Lee Jun.ipynb", None),
    ],
)
def test_a_loose_file_belongs_to_a_student_as_canvas_or_moodle_says_or_to_nobody(tmp_path, name, owner):
    roster = roster_of(tmp_path)
    write(tmp_path / "in" / name)
    write(tmp_path / "in" / "박서" / "a.ipynb", "2")
    (found,) = [each for each in take_in(tmp_path, roster).submissions if each.file == name]
    assert (found.identity if found.known else None) == owner


def test_canvas_numbers_count_where_the_class_list_is_canvas_own(tmp_path):
    roster = roster_of(tmp_path, "Student,ID,SIS User ID\n    Points Possible,,\nJun Lee,77,2026002\nKim,78,77\n")
    odd = ("nobody_2026002_901_hw.ipynb", "kim_77_902_hw.ipynb", "kim_5_903_hw.ipynb")
    for name in ("somebody_77_900_hw.ipynb", *odd):
        write(tmp_path / "in" / name, name)
        assert [each.student for each in take_in(tmp_path, roster).submissions if each.known] == (
            ["Jun Lee"] if "somebody" in name else []
        )
        (tmp_path / "in" / name).unlink()


def test_moodles_own_number_decides_between_two_of_one_name(tmp_path):
    roster = roster_of(tmp_path, "Identifier,Full name,ID number\nParticipant 5,Kim,1\nParticipant 6,Kim,2\n")
    write(tmp_path / "in" / "Kim_6_assignsubmission_file_" / "a.ipynb")
    write(tmp_path / "in" / "Kim" / "a.ipynb", "2")
    write(tmp_path / "in" / "Kim_9_assignsubmission_file_" / "a.ipynb", "3")
    owners = students(take_in(tmp_path, roster))
    assert owners["Kim_9_assignsubmission_file_/a.ipynb"] == "Kim 9"
    assert owners["Kim_6_assignsubmission_file_/a.ipynb"] == roster.people[1].identity
    kim = next(each for each in take_in(tmp_path, roster).submissions if each.file == "Kim/a.ipynb")
    assert not kim.known
    assert "2 students" in kim.matched


def test_a_comma_says_which_name_comes_first(tmp_path):
    roster = roster_of(tmp_path, 'Student,ID\n"Kim, Minji",7\nSeo Jun,8\n')
    for name in ("Minji Kim", "Kim, Minji", "Jun Seo"):
        write(tmp_path / "in" / name / "a.ipynb", name)
        owners = students(find_submissions(tmp_path / "in", roster, tmp_path / "scratch"))
        assert owners[f"{name}/a.ipynb"] == ("Jun Seo" if name == "Jun Seo" else "7")
        (tmp_path / "in" / name / "a.ipynb").unlink()
        (tmp_path / "in" / name).rmdir()


def test_two_folders_of_one_name_are_both_shown_and_never_one_student(tmp_path):
    for number, name in enumerate(("김민지", unicodedata.normalize("NFD", "김민지"))):
        write(tmp_path / "in" / name / "a.ipynb", f"{number}")
    cp949 = os.path.join(os.fsencode(tmp_path / "in"), "김민지".encode("cp949"))
    os.makedirs(cp949)
    Path(os.fsdecode(cp949), "a.ipynb").write_text("2", "utf-8")
    for roster in (Roster(), roster_of(tmp_path, "name,id\n김민지,1\n이준,2\n")):
        intake = take_in(tmp_path, roster)
        assert len({each.identity for each in intake.submissions}) == 3
        (surprise,) = intake.surprises
        assert surprise.count("'김민지'") == 3 and "letters taken apart" in surprise and "CP949" in surprise
        rows = [row for row in rows_of(tmp_path, intake, roster) if row.problems]
        assert [row.student for row in rows] == ["김민지"] * 3
        assert all(len(row.problems) == 1 and row.id == "" for row in rows)
        pages = publish.file_names(rows)
        assert len(set(pages)) == 3


def test_two_hand_ins_for_one_student_go_to_neither(tmp_path):
    roster = roster_of(tmp_path, "name\nKim Minji\nLee Jun\n")
    for name in ("Kim Minji", "kim minji", "Lee Jun"):
        write(tmp_path / "in" / name / "a.ipynb", name)
    intake = take_in(tmp_path, roster)
    kims = {each.identity for each in intake.submissions if not each.known}
    assert len(kims) == 2 and not kims & {person.identity for person in roster.people}
    (surprise,) = intake.surprises
    assert "'Kim Minji' and 'kim minji' all name Kim Minji of the class list" in surprise
    rows = {row.identity: row for row in rows_of(tmp_path, intake, roster)}
    assert rows["Kim Minji"].status == "no submission"
    assert len(rows) == 4


def test_a_folder_and_a_loose_file_of_one_name_are_two_hand_ins(tmp_path):
    write(tmp_path / "in" / "Kim" / "a.ipynb", "1")
    write(tmp_path / "in" / "Kim.ipynb", "2")
    assert len(set(students(take_in(tmp_path)).values())) == 2


def test_two_students_of_canvas_with_one_name_are_two(tmp_path):
    write(tmp_path / "in" / "kimminji_11_900_a.ipynb", "1")
    write(tmp_path / "in" / "kimminji_22_901_a.ipynb", "2")
    assert len(set(students(take_in(tmp_path)).values())) == 2
    intake = take_in(tmp_path, roster_of(tmp_path))
    assert not any(each.known for each in intake.submissions)
    assert "11" in intake.surprises[0] and "22" in intake.surprises[0]


def test_doubled_ids_of_a_class_list_are_both_shown_and_get_nothing_by_the_id(tmp_path):
    roster = roster_of(tmp_path, "name,id\nKim,1\nLee,1\nPark,2\nPark,2\n")
    for name in ("1", "Lee", "2"):
        write(tmp_path / "in" / name / "a.ipynb", name)
    intake = take_in(tmp_path, roster)
    known = {each.file: each.student for each in intake.submissions if each.known}
    assert known == {"Lee/a.ipynb": "Lee"}
    rows = rows_of(tmp_path, intake, roster)
    assert sorted(row.student for row in rows if row.id) == ["Kim", "Lee", "Park", "Park"]
    assert len({row.identity for row in rows}) == 6
    assert ["2 (Kim), 3 (Lee)" in trouble for trouble in roster.troubles] == [True, False]
    assert "4 (Park), 5 (Park)" in roster.troubles[1]


def test_two_students_of_one_name_are_told_apart_by_their_ids_alone(tmp_path):
    roster = roster_of(tmp_path, "name,id\nKim,1\nKim,2\n")
    write(tmp_path / "in" / "Kim" / "a.ipynb", "1")
    write(tmp_path / "in" / "Kim 2" / "a.ipynb", "2")
    owners = students(take_in(tmp_path, roster))
    assert owners == {"Kim/a.ipynb": "Kim", "Kim 2/a.ipynb": "2"}


def test_who_is_not_in_the_class_list_keeps_the_marks_under_the_own_name(tmp_path):
    roster = roster_of(tmp_path, "name\nKim\n")
    write(tmp_path / "in" / "Choi" / "a.ipynb")
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    intake = take_in(tmp_path, roster)
    ledger.record_attempts(intake.submissions)
    ledger.record_result(graded(intake.submissions[0].key, 3.0))
    choi, kim = rows_of(tmp_path, intake, roster, ledger=ledger)
    assert (choi.student, choi.points, choi.id) == ("Choi", 3.0, "")
    assert choi.look == ["The class list has no student of this name or number."]
    assert (kim.student, kim.points) == ("Kim", None)


def test_a_class_list_that_comes_later_or_is_corrected_takes_over_what_was_graded(tmp_path):
    write(tmp_path / "in" / "Kim Minji" / "a.ipynb")
    write(tmp_path / "in" / "Park" / "a.ipynb", "2")
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    intake = take_in(tmp_path)
    ledger.record_attempts(intake.submissions)
    for each in intake.submissions:
        ledger.record_result(graded(each.key, 3.0))
    before = (tmp_path / "ledger.jsonl").read_bytes()
    for text in (CLASS, CLASS.replace("2026001", "7")):
        roster = roster_of(tmp_path, text)
        again, ledger = take_in(tmp_path, roster), Ledger(tmp_path / "ledger.jsonl", MASTERS)
        ledger.record_attempts(again.submissions)
        rows = rows_of(tmp_path, again, roster, ledger=ledger)
        assert [(row.student, row.points) for row in rows if row.points] == [("Kim Minji", 3.0), ("Park", 3.0)]
        assert len(rows) == 4
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


# The class as a whole.


@pytest.mark.parametrize("loose", [[], ["grades.csv", "index.html", "명단.xlsx"], ["Choi.ipynb"]])
@pytest.mark.parametrize("around", ["", "assignment 1"])
def test_loose_files_and_a_folder_around_the_class_change_no_student(tmp_path, loose, around):
    folder = tmp_path / "in" / around
    for name in ("Kim", "Lee"):
        write(folder / name / "a.ipynb", name)
    for name in loose:
        write(folder / name, name)
    intake = take_in(tmp_path)
    assert {each.student for each in intake.submissions} == {"Kim", "Lee"} | {"Choi"} & {loose[0][:4] if loose else ""}
    assert {file for file, _ in intake.passed_over} == {name for name in loose if "Choi" not in name}


def test_a_class_of_one_student_with_folders_of_its_own_stays_one(tmp_path):
    for part in ("part 1", "part 2"):
        write(tmp_path / "in" / "Kim Minji" / part / "a.ipynb", part)
    assert {each.student for each in take_in(tmp_path, roster_of(tmp_path)).submissions} == {"Kim Minji"}


def test_folders_without_a_file_are_students_who_handed_in_nothing_also_in_a_zip(tmp_path):
    (tmp_path / "in" / "Kim").mkdir(parents=True)
    write(tmp_path / "in" / "Lee" / ".DS_Store")
    write(tmp_path / "in" / "Park" / "a.ipynb")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        archive.mkdir("Kim")
        archive.writestr("Lee/.DS_Store", "x")
        archive.writestr("Park/a.ipynb", "1")
    for source in ("in", "in.zip"):
        intake = take_in(tmp_path, source=source)
        assert {each.student: bool(each.key) for each in intake.submissions} == {
            "Kim": False,
            "Lee": False,
            "Park": True,
        }
        assert "1 hidden file, such as Lee/.DS_Store" in intake.passed_over[0][0]


def surprises_of(tmp_path, text, names, recorded=()):
    roster = roster_of(tmp_path, text)
    for name in names:
        write(tmp_path / "in" / name / "a.ipynb", name)
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts([attempt(f"k{identity}", identity) for identity in recorded])
    intake = take_in(tmp_path, roster)
    return make_overview(rows_of(tmp_path, intake, roster, ledger=ledger), ledger, intake, roster, {}, "best").surprises


def attempt(key, identity="Kim", file="Kim/a.ipynb", ordered=""):
    return SimpleNamespace(key=key, identity=identity, student=identity, file=file, ordered=ordered, arrival=Arrival())


def test_a_class_in_which_all_is_as_it_should_be_has_no_surprise(tmp_path):
    assert surprises_of(tmp_path, "name,id\nA,1\nB,2\nC,3\nD,4\n", ["A", "2", "C"]) == []


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["A"], "Only one student's files were found, and the class list has 4 students."),
        (["A", "B"], "2 of the class list's 4 students have no file: C, D."),
        (["A", "B", "C", "Choi"], "'Choi' is for nobody. The class list has no student of this name or number."),
    ],
)
def test_what_is_surprising_is_said_in_a_sentence(tmp_path, names, sentence):
    assert surprises_of(tmp_path, "name,id\nA,1\nB,2\nC,3\nD,4\n", names) == [sentence]


def test_who_was_graded_before_is_not_missing(tmp_path):
    assert surprises_of(tmp_path, "name,id\nA,1\nB,2\nC,3\nD,4\n", ["A"], recorded=["2", "3"]) == []


# Which attempt counts.


def order_of(tmp_path, **files):
    for name, modified in files.items():
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", name, modified)
    found = take_in(tmp_path).submissions
    return [Path(each.file).stem for each in found], found[-1].ordered


def test_the_time_of_a_file_says_which_is_the_newest_and_not_its_name(tmp_path):
    assert order_of(tmp_path, **{"z": 1e9, "a": 1e9 + 60, "m": 1e9 + 30}) == (["z", "m", "a"], "the time of the file")


@pytest.mark.parametrize("names", [("hw", "hw-1", "hw-2", "hw-10"), ("hw", "hw (1)", "hw (2)"), ("①", "②")])
def test_files_that_were_copied_together_come_as_their_names_are_counted(tmp_path, names):
    order, why = order_of(tmp_path, **{name: 1e9 + number / 9 for number, name in enumerate(reversed(names))})
    assert (order, why) == (list(names), "the name of the file, as nothing else says it")


def test_canvas_numbers_what_is_handed_in(tmp_path):
    write(tmp_path / "in" / "kim_7_1000_hw.ipynb", "new", 1e9)
    write(tmp_path / "in" / "kim_LATE_7_999_hw-1.ipynb", "old", 2e9)
    old, new = take_in(tmp_path).submissions
    assert ("999" in old.file, "1000" in new.file, new.ordered) == (True, True, "Canvas's number")
    assert (old.late, new.late) == (True, False)


def test_the_time_in_a_zip_says_which_is_the_newest_and_an_impossible_one_does_no_harm(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, year in (("z", 2020), ("a", 2024), ("m", 2022)):
            entry = zipfile.ZipInfo(f"Kim/{name}.ipynb", (year, 1, 1, 0, 0, 0))
            archive.writestr(entry, name)
        archive.writestr(zipfile.ZipInfo("Lee/a.ipynb", (1980, 0, 0, 31, 63, 62)), "x")
    found = take_in(tmp_path, source="in.zip").submissions
    assert [Path(each.file).stem for each in found] == ["z", "m", "a", "a"]


def counting(tmp_path, keep="last"):
    """Takes in what lies there, records it, and returns the file's content that counts, of all that was graded."""
    intake, ledger = take_in(tmp_path), Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_attempts(intake.submissions)
    for each in intake.submissions:
        ledger.record_result(graded(each.key, float(each.path.read_text("utf-8"))))
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    (row,) = rows_of(tmp_path, take_in(tmp_path), keep=keep, ledger=ledger)
    return row.points, len(row.notebooks[MNIST].attempts)


@pytest.mark.parametrize("names", [("hw", "hw", "hw"), ("hw", "hw-1", "hw"), ("hw", "hw-1", "hw-2")])
def test_a_then_b_then_a_again_counts_a_when_each_lay_there_alone(tmp_path, names):
    for name, points, attempts in zip(names, ("1", "3", "1"), (1, 2, 3), strict=True):
        for path in (tmp_path / "in" / "Kim").glob("*"):
            path.unlink()
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", points)
        assert counting(tmp_path) == (float(points), attempts)
        before = (tmp_path / "ledger.jsonl").read_bytes()
        assert counting(tmp_path) == (float(points), attempts)
        assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert counting(tmp_path, "best") == (3.0, 3)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("names", [("hw", "hw-1", "hw-2"), ("z", "m", "a")])
def test_a_then_b_then_a_again_counts_a_when_all_lie_there(tmp_path, names, together):
    for number, (name, points) in enumerate(zip(names, ("1", "3", "1"), strict=True)):
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", points, 1e9 + 60 * number)
        assert together or counting(tmp_path) == (float(points), number + 1)
    assert counting(tmp_path) == (1.0, 3)


def test_what_came_in_a_later_run_is_newer_than_what_the_names_say(tmp_path):
    for number, name in enumerate(("hw-1", "hw")):
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", str(number), 1e9)
        assert counting(tmp_path) == (float(number), number + 1)


def test_the_table_says_which_attempt_counts_and_why(tmp_path):
    for name, points, modified in (("a", "3", 1e9), ("b", "1", 1e9 + 60)):
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", points, modified)
    intake, ledger = take_in(tmp_path), Ledger(tmp_path / "ledger.jsonl", MASTERS)
    readings = {each.key: SimpleNamespace(notebook=MNIST, problem=None) for each in intake.submissions}

    def counts(keep):
        rows = rows_of(tmp_path, intake, keep=keep, ledger=ledger)
        return [each.counts for each in make_overview(rows, ledger, intake, Roster(), readings, keep).hand_ins]

    assert counts("last") == ["no: not the newest of 2", "yes: the newest of 2, by the time of the file"]
    assert counts("best") == ["if it is the best of 2", "if it is the best of 2; the newest, by the time of the file"]
    for each in intake.submissions:
        ledger.record_result(graded(each.key, float(each.path.read_text("utf-8"))))
    assert counts("best") == ["yes: the best of 2 (3 points)", "no: not the best of 2 (1 points)"]
    rows = rows_of(tmp_path, intake, ledger=ledger)
    again = make_overview(rows, ledger, intake, Roster(), readings, "best", pending=readings).hand_ins
    assert [each.counts[:2] for each in again] == ["if", "if"]
    ledger.record_attempts(intake.submissions)
    (tmp_path / "in" / "Kim" / "a.ipynb").unlink()
    intake = take_in(tmp_path)
    rows = rows_of(tmp_path, intake, ledger=ledger)
    lines = make_overview(rows, ledger, intake, Roster(), {}, "best").hand_ins
    assert [(line.file, line.matched) for line in lines] == [
        ("Kim/a.ipynb", "an earlier run"),
        ("Kim/b.ipynb", "its own name"),
    ]


def test_the_table_names_each_file_also_where_two_have_the_same_content(tmp_path):
    for number, name in enumerate(("a", "b", "c")):
        write(tmp_path / "in" / "Kim" / f"{name}.ipynb", "13"[number % 2], 1e9 + 60 * number)
    intake, ledger = take_in(tmp_path), Ledger(tmp_path / "ledger.jsonl", MASTERS)
    readings = {each.key: SimpleNamespace(notebook=MNIST, problem=None) for each in intake.submissions}
    overview = make_overview(rows_of(tmp_path, intake), ledger, intake, Roster(), readings, "last")
    assert [each.file for each in overview.hand_ins] == ["Kim/a.ipynb", "Kim/b.ipynb", "Kim/c.ipynb"]
    assert [each.counts[:3] for each in overview.hand_ins] == ["no:", "no:", "yes"]


# Nothing single stops the class.


@pytest.mark.parametrize(
    "line", ["Choi", "Choi,", ",", ",,c@x.kr", "Choi,9,c@x.kr,more,and more", '"Choi\nHana",9', "Choi\0,9", "\x1b[2J,9"]
)
def test_an_odd_line_of_a_class_list_costs_nobody_else(tmp_path, line):
    roster = roster_of(tmp_path, f"name,id,email\nKim,1,k@x.kr\n{line}\nLee,2,l@x.kr\n")
    write(tmp_path / "in" / "Lee" / "a.ipynb")
    assert students(take_in(tmp_path, roster)) == {"Lee/a.ipynb": "2"}
    assert all(
        row.student.isprintable() and row.student for row in rows_of(tmp_path, take_in(tmp_path, roster), roster)
    )


def test_a_class_list_with_nobody_in_it_is_refused(tmp_path):
    with pytest.raises(Refused, match="no student below it"):
        roster_of(tmp_path, "name,id\n\n")


@pytest.mark.parametrize("name", ["report.pdf", "answer.py", "02 - Shortcut.lnk", "hw.gdoc"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_of_canvas_that_is_no_notebook_is_one_students_line(tmp_path, name, zipped):
    write(tmp_path / "in" / f"kim_7_900_{name}")
    write(tmp_path / "in" / "lee_8_901_a.ipynb")
    write(tmp_path / "in" / "choi_9_link.html")
    if zipped:
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for path in (tmp_path / "in").iterdir():
                archive.write(path, path.name)
    found = {each.student: each for each in take_in(tmp_path, source="in.zip" if zipped else "in").submissions}
    assert set(found) == {"kim", "lee", "choi"}
    assert f"There is no notebook among what was handed in (kim_7_900_{name})" in found["kim"].problem
    assert "no notebook" in found["choi"].problem
    assert found["lee"].problem is None


def test_numbers_in_names_that_python_cannot_read_sort_all_the_same(tmp_path):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name in ("①", "②", "٣", "9" * 5000, "hw²", "hw"):
            archive.writestr(f"{name}/{name}.ipynb", name)
            archive.writestr(f"Kim/{name}.ipynb", name)
    assert len(take_in(tmp_path, source="in.zip").submissions) == 12


def test_what_nobody_sees_or_a_terminal_obeys_is_shown_as_an_escape():
    assert visible("Kim 김민지 ① é") == "Kim 김민지 ① é"
    assert visible("\x1b[2J\r\n\u202e\u200b\udcb1\x9b") == r"\x1b[2J\r\n\u202e\u200b\udcb1\x9b"


def test_a_file_that_cannot_be_opened_is_one_students_line_and_tried_again(tmp_path, monkeypatch):
    write(tmp_path / "in" / "Kim" / "a.ipynb")
    write(tmp_path / "in" / "Lee" / "a.ipynb", "2")
    os.mkfifo(tmp_path / "in" / "Park")
    (tmp_path / "in" / "Choi").symlink_to("nowhere")
    opened = open

    def refuse(path, *arguments, **options):
        if "Kim" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr("builtins.open", refuse)
    intake = take_in(tmp_path)
    monkeypatch.undo()
    rows = {row.student: row for row in rows_of(tmp_path, intake)}
    assert (rows["Kim"].status, rows["Park"].status, rows["Choi"].status) == (
        "grader error", "not graded yet", "not graded yet",
    )  # fmt: skip
    assert "Permission denied" in rows["Kim"].look[0]
    assert rows["Lee"].status == "not graded yet"
    assert rows_of(tmp_path, take_in(tmp_path))[1].status == "not graded yet"


def test_a_full_disk_leaves_the_record_whole_and_the_result_in_memory(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_result(graded("k1", 1.0))
    size = ledger.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, hard))
    try:
        with pytest.raises(OSError):
            ledger.record_result(graded("k2", 2.0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ledger.path.stat().st_size == size
    assert ledger.results["k2"].points == 2.0
    ledger.record_result(graded("k3", 3.0))
    assert set(Ledger(ledger.path, MASTERS).results) == {"k1", "k3"}


def test_a_line_of_the_record_that_is_not_understood_costs_itself_alone(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl", MASTERS)
    ledger.record_result(graded("k1", 1.0))
    with open(ledger.path, "a", encoding="utf-8") as file:
        file.write('{"kind": "attempt"}\n{"kind": "result", "key": "k2", "of": "the future"}\n{"kind": "result"}\n[]\n')
    ledger.record_result(graded("k3", 3.0))
    assert set(Ledger(ledger.path, MASTERS).results) == {"k1", "k3"}


def test_a_disk_that_is_full_while_a_zip_is_unpacked_is_not_the_students_fault(tmp_path):
    with zipfile.ZipFile(tmp_path / "own.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ipynb", bytes(3_000_000))
    (tmp_path / "in" / "Kim").mkdir(parents=True)
    (tmp_path / "own.zip").rename(tmp_path / "in" / "Kim" / "own.zip")
    write(tmp_path / "in" / "Lee" / "a.ipynb")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        intake = take_in(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    kim, lee = rows_of(tmp_path, intake)
    assert (kim.status, lee.status) == ("grader error", "not graded yet")
    assert "could not be read here" in kim.look[0]


def odd_class(tmp_path):
    """Writes a class of which nothing has to be run: each hand-in is odd in another way."""
    folder = tmp_path / "in"
    for name in ("①", "Kim\x1b[2J\u202e", "=cmd()", "박서", "only a pdf/x", "Park", "Lee Jun"):
        write(folder / name / "a.ipynb", "")
    cp949 = os.path.join(os.fsencode(folder), "김민지".encode("cp949"))
    os.makedirs(os.path.join(os.fsencode(folder), b"\xff\xfe\xfa"))
    os.makedirs(cp949)
    Path(os.fsdecode(cp949), "a.ipynb").write_text("", "utf-8")
    write(folder / "hong_1_2_answer.py")
    write(folder / "im_3_4_report.pdf")
    write(folder / "jang_5_link.html")
    (folder / "Choi").symlink_to("nowhere")
    os.mkfifo(folder / "Yoon")
    (tmp_path / "class.csv").write_text("name,id\n박서,1\nLee Jun\n\nPark,2,and,more\n", "utf-8")


def test_a_class_of_odd_hand_ins_stops_for_the_surprises_and_has_results_with_yes(tmp_path):
    odd_class(tmp_path)
    stopped = grade(tmp_path, "--roster", str(tmp_path / "class.csv"))
    text = said(stopped)
    assert stopped.returncode == 2, text
    assert "Nothing was run" in text and "--yes" in text and "Traceback" not in text
    assert "is for nobody" in text or "are for nobody" in text
    assert "박서" in (tmp_path / "grades" / "index.html").read_text("utf-8")
    assert not (tmp_path / "grades" / "ledger.jsonl").exists()

    run = grade(tmp_path, "--roster", str(tmp_path / "class.csv"), "--yes")
    text = said(run)
    assert run.returncode == 1, text
    assert "Traceback" not in text
    assert "\x1b" not in text and "\u202e" not in text and r"Kim\x1b[2J\u202e" in text
    rows = json.loads((tmp_path / "grades" / "grades.json").read_text("utf-8"))
    by_name = {row["student"]: row for row in rows}
    assert len(rows) == len(by_name) == 14  # Eleven for nobody, and the class list's three.
    assert all(row["status"] in ("could not be graded", "no submission") for row in rows)
    assert by_name["박서"]["id"] == "1" and by_name["Park"]["id"] == "2"
    assert "no notebook" in by_name["hong"]["problems"][0]["reason"]
    written = (tmp_path / "grades" / "grades.csv").read_text("utf-8-sig")
    assert "\x1b" not in written and len(list(csv.reader(io.StringIO(written)))) == 15
    assert len(list((tmp_path / "grades" / "feedback").iterdir())) == 14
    page = (tmp_path / "grades" / "index.html").read_text("utf-8")
    assert "Who handed in what" in page and "①/a.ipynb" in page and "\x1b" not in page


def test_a_page_or_a_record_that_cannot_be_written_costs_that_line_alone(tmp_path):
    for name in ("Kim", "Lee"):
        write(tmp_path / "in" / name / "a.ipynb", "")
    (tmp_path / "grades" / "feedback").mkdir(parents=True)
    (tmp_path / "grades" / "feedback" / "Kim.html.tmp").symlink_to("/dev/full")
    (tmp_path / "grades" / "ledger.jsonl").symlink_to(tmp_path / "no folder" / "ledger.jsonl")
    run = grade(tmp_path)
    assert run.returncode == 1 and "Traceback" not in said(run)
    rows = {row["student"]: row for row in json.loads((tmp_path / "grades" / "grades.json").read_text("utf-8"))}
    assert any("Kim.html could not be written (No space left on device)" in text for text in rows["Kim"]["look"])
    assert all("could not be written to the record" in " ".join(row["look"]) for row in rows.values())
    assert (tmp_path / "grades" / "feedback" / "Lee.html").exists()
    assert not (tmp_path / "grades" / "feedback" / "Kim.html").exists()
    assert len((tmp_path / "grades" / "grades.csv").read_text("utf-8-sig").splitlines()) == 3
    assert 'href="feedback/Kim.html' not in (tmp_path / "grades" / "index.html").read_text("utf-8")


def test_results_that_cannot_be_written_at_all_end_in_sentences(tmp_path):
    write(tmp_path / "in" / "Kim" / "a.ipynb", "")
    (tmp_path / "grades").mkdir()
    for name in ("grades.csv", "grades.json", "index.html"):
        (tmp_path / "grades" / f"{name}.tmp").symlink_to("/dev/full")
    run = grade(tmp_path)
    assert run.returncode == 1 and "Traceback" not in said(run)
    assert said(run).count("could not be written (No space left on device)") == 2
    assert (tmp_path / "grades" / "index.html").exists()  # The second try had a place.


def test_a_dry_run_shows_who_handed_in_what_and_runs_and_records_nothing(tmp_path):
    for name, number in (("김민지", "01_mnist"), ("Lee", "02_faces_grayscale")):
        write(tmp_path / "in" / name / "hw.ipynb", (COURSE / "notebooks" / f"{number}.ipynb").read_text("utf-8"))
    write(tmp_path / "in" / "Lee" / "report.pdf")
    write(tmp_path / "class.csv", "name,id\n김민지,1\nLee,2\n")
    # It needs no sandbox.
    no_sandbox = {"PATH": str(tmp_path)}
    before, os.environ["PATH"] = os.environ["PATH"], no_sandbox["PATH"]
    try:
        run = grade(tmp_path, "--roster", str(tmp_path / "class.csv"), "--dry-run")
    finally:
        os.environ["PATH"] = before
    text = run.stdout.decode()
    assert run.returncode == 0, said(run)
    assert re.search(r"김민지 \(1\) +01_mnist +name +yes +김민지/hw\.ipynb", text)
    assert re.search(r"Lee \(2\) +02_faces_grayscale +name +yes +Lee/hw\.ipynb", text)
    assert "Lee/report.pdf: It is no notebook; Lee has others." in text
    assert sorted(path.name for path in (tmp_path / "grades").iterdir() if path.name != ".lock") == ["index.html"]
    page = (tmp_path / "grades" / "index.html").read_text("utf-8")
    assert "Lee/report.pdf" in page and "02_faces_grayscale" in page


def test_a_folder_without_a_class_list_has_no_surprises(tmp_path):
    write(tmp_path / "in" / "Kim" / "a.ipynb")
    intake, ledger = take_in(tmp_path), Ledger(tmp_path / "ledger.jsonl", MASTERS)
    assert isinstance(intake, Intake)
    rows = rows_of(tmp_path, intake, ledger=ledger)
    assert make_overview(rows, ledger, intake, Roster(), {}, "best").surprises == []
