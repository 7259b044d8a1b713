"""Points by hand: they stand beside the marks, survive every run, and a line that is not clear stops everything."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from decided_class import DUE, FACES, MASTERS, MNIST, DecidedClass
from submissions.case import solved, to_bytes

from dcgan_course.instructor.grading.rules.total import Total
from dcgan_course.refused import Refused

COURSE = Path(__file__).resolve().parents[2]
CLASS = "name,id,email\nKim Minji,007,minji@x.kr\nLee Jun,8,jun@x.kr\nPark Seo,9,seo@x.kr\nPark Seo,10,seo2@x.kr\n"
WRONG = "# EXERCISE 1.2 generator_shapes\ndef generator_shapes(image_shape):\n    return [(1,)] * 9"


def table_of(path):
    return {row.get("id") or row["student"]: row for row in csv.DictReader(path.read_text("utf-8-sig").splitlines())}


@pytest.fixture
def at_work(tmp_path):
    made = DecidedClass(tmp_path, CLASS)
    made.hand_in("007/a.ipynb", 3.0)
    made.hand_in("8/a.ipynb", 9.0, notebook=FACES)
    return made


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,exercise,points,comment\n007,1.1,0.5,맞음\n", "utf-8"),
        ("student;exercise;points;comment\n007;1.1;+0.5;맞음\n", "utf-8-sig"),
        ("학번\t문항\t가감점\t사유\n007\t1.1\t0.5\t맞음\n", "cp949"),
        ("이름|문항|점수|비고\nKim Minji|1.1|0.5|맞음\n", "utf-16"),
        ('Corrections\n\nemail,points,exercise,comment\nMINJI@x.kr,"0.50",1.1,맞음\n', "utf-8"),
        ("first name,last name,id,exercise,points,comment\nMinji,Kim,007,１.１,０.５,맞음\n", "utf-8"),
    ],
)
def test_a_table_is_read_as_a_class_list_and_the_marks_of_the_exercises_stay(at_work, text, encoding):
    ran = at_work.run(adjust=at_work.table("by hand.csv", text, encoding))
    kim = ran.rows["Kim Minji"]
    assert (kim.points, kim.adjusted, kim.total) == (3.0, 0.5, 3.5)
    assert ran.json["Kim Minji"]["adjustments"] == [{"exercise": "1.1", "points": 0.5, "comment": "맞음"}]
    row = table_of(at_work.folder / "grades.csv")["007"]
    assert [row[name] for name in ("points", "adjusted", "total", MNIST)] == ["3.0", "0.5", "3.5", "3.0"]
    for page in ("feedback/Kim Minji.html", "index.html"):
        assert "<q>맞음</q>" in at_work.page(page)
    assert "맞음" not in at_work.page("feedback/Lee Jun.html")


def test_all_lines_that_are_not_right_are_refused_in_one_message_and_nothing_is_recorded(at_work):
    lines = {
        "Kim Minji,,1.1,1,fine": None,
        "Jung,,1.1,1,": "Nobody is called 'Jung'.",
        "minji,,1.1,1,": "Nobody is called 'minji'.",
        ",7,1.1,1,": "Nobody is called '7'. Is 007 meant?",
        ",2.026E+09,1.1,1,": "Excel has rounded it",
        "Park Seo,,1.1,1,": "may be 2 students: Park Seo (10), Park Seo (9)",
        "Park Seo,9,1.1,1,fine": None,
        "Lee Jun,9,1.1,1,": "'Lee Jun', '9' are not one student.",
        "Lee,8,2.1,1,": "'Lee' is not Lee Jun (8), whom the line names too.",
        "Lee Jun,,2.9,1,": "There is no exercise '2.9': the exercises are 1.1, 1.2, 2.1",
        "Lee Jun,,,1,": "It names no exercise",
        "Lee Jun,,2.1,,": "It has no points",
        "Lee Jun,,2.1,nan,": "'nan' is no number of points: write it like 1, -0.5 or +2.",
        "Lee Jun,,2.1,1e3,": "'1e3' is no number",
        "Lee Jun,,2.1,inf,": "'inf' is no number",
        "Lee Jun,,2.1,1_0,": "'1_0' is no number",
        'Lee Jun,,2.1,"1,5",': "'1,5' is no number",
        ",,2.1,1,": "It names no student.",
        "\x1b[2JKim,,2.1,1,": "Nobody is called '\\x1b[2JKim'.",
    }
    path = at_work.table("by hand.csv", "student,id,exercise,points,comment\n" + "".join(f"{line}\n" for line in lines))
    before = (at_work.folder / "ledger.jsonl").read_bytes()
    with pytest.raises(Refused) as refused:
        at_work.run(adjust=path)
    said = str(refused.value)
    for number, sentence in enumerate(lines.values(), 2):
        line = next((each for each in said.splitlines() if each.startswith(f"  line {number}: ")), "")
        assert (sentence in line) if sentence else not line, (number, said)
    assert "nothing was run" in said and "\x1b" not in said
    assert (at_work.folder / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,points\nKim Minji,1\n", "The columns seen are: 'name', 'points'"),
        ("exercise,points\n1.1,1\n", "must name its columns in one line: a student"),
        ("", "The columns seen are: nothing"),
        ("PK\x03\x04", "save it as 'CSV UTF-8'"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_what_was_seen(at_work, text, sentence):
    with pytest.raises(Refused, match="^--adjust: ") as refused:
        at_work.run(adjust=at_work.table("by hand.csv", text))
    assert sentence in str(refused.value)


def test_several_lines_for_one_exercise_are_added_up_and_points_may_be_taken(at_work):
    text = "id,exercise,points,comment\n8,2.1,-2,copied\n8,2.1,0.5,but explained\n8,2.2,−1,\n"
    ran = at_work.run(adjust=at_work.table("by hand.csv", text))
    assert (ran.rows["Lee Jun"].adjusted, ran.rows["Lee Jun"].total) == (-2.5, 6.5)
    page = at_work.page("feedback/Lee Jun.html")
    assert "2.1: -2 by hand. <q>copied</q>" in page and "2.1: +0.5 by hand. <q>but explained</q>" in page
    assert "In all 6.5 of 14 points: 9 for the exercises, -2.5 by hand." in page


@pytest.mark.parametrize(
    ("parts", "total", "is_limited"),
    [
        ((3.0, 4, 0.0, 0.5), 3.5, False),
        ((3.0, 4, 0.0, 1.0), 4.0, False),
        ((3.0, 4, 0.0, 1.5), 4.0, True),
        ((3.0, 4, 2.0, -1.5), 0.0, True),
        ((3.0, 4, 2.0, -1.0), 0.0, False),
        ((None, 14, 0.0, 2.0), 2.0, False),
        ((None, 14, 0.0, -2.0), 0.0, True),
        ((0.1, 4, 0.0, 0.2), 0.3, False),
    ],
)
def test_a_notebooks_total_is_never_below_0_or_above_what_it_can_give(parts, total, is_limited):
    assert (Total(*parts).total, Total(*parts).is_limited) == (total, is_limited)


def test_a_total_that_was_kept_to_its_limits_is_said_on_both_pages(at_work):
    at_work.run(adjust=at_work.table("by hand.csv", "id,exercise,points\n007,1.1,100\n"))
    assert "No notebook&#39;s total is below 0 or above what the notebook can give." in at_work.page(
        "feedback/Kim Minji.html"
    )
    assert "(the total is kept between 0 and 4)" in at_work.page("index.html")
    assert table_of(at_work.folder / "grades.csv")["007"]["total"] == "4.0"


def test_who_handed_in_nothing_may_be_given_points_by_hand_and_then_has_a_mark(at_work):
    path = at_work.table("by hand.csv", "id,exercise,points,comment\n9,2.3,3,on paper\n")
    ran = at_work.run(adjust=path)
    nine, ten = (next(row for row in ran.rows.values() if row.id == "9"), None)
    assert (nine.status, nine.points, nine.total, nine.total_possible) == ("no submission", None, 3.0, 14)
    table = table_of(at_work.folder / "grades.csv")
    assert [table["9"][name] for name in ("status", "points", "adjusted", "total")] == [
        "no submission",
        "",
        "3.0",
        "3.0",
    ]
    # Of two of one name the other has no mark, and no 0.
    assert [table["10"][name] for name in ("points", "adjusted", "total")] == ["", "", ""] and ten is None
    (page,) = [text for text in map(at_work.page, pages_of(at_work)) if "on paper" in text and "by hand" in text]
    assert "In all 3 of 14 points: nothing was graded, +3 by hand." in page and "That is not a 0" not in page
    at_work.run(adjust=path, form="moodle")
    rows = list(csv.DictReader((at_work.folder / "grades.csv").read_text("utf-8-sig").splitlines()))
    assert {(row["Grade"], row["Maximum Grade"]) for row in rows if row["ID number"] == "9"} == {("3.0", "14")}


def pages_of(at_work):
    return [f"feedback/{path.name}" for path in (at_work.folder / "feedback").iterdir()]


def test_canvas_imports_the_total_of_each_notebook(at_work):
    at_work.run(form="canvas", adjust=at_work.table("by hand.csv", "id,exercise,points\n8,2.1,1\n8,1.1,2\n"))
    rows = list(csv.DictReader((at_work.folder / "grades.csv").read_text("utf-8-sig").splitlines()))
    assert [(row[MNIST], row[FACES]) for row in rows if row["Student"] == "Lee Jun"] == [("2.0", "10.0")]


def test_a_comment_runs_nothing(at_work):
    evil = "<script>alert(1)</script> \u202eolleh =HYPERLINK(1)"
    at_work.run(adjust=at_work.table("by hand.csv", f'id,exercise,points,comment\n007,1.1,1,"{evil}"\n'))
    for page in ("feedback/Kim Minji.html", "index.html"):
        text = at_work.page(page)
        assert "&lt;script&gt;alert(1)" in text and "<script>alert(1)" not in text and "\u202e" not in text


def test_the_record_keeps_the_last_table_so_that_adjustments_survive_and_no_result_holds_them(at_work, capsys):
    at_work.run()
    results = at_work.results()
    at_work.run(adjust=at_work.table("by hand.csv", "id,exercise,points,comment\n007,1.1,1,right\n"))
    written = (at_work.folder / "ledger.jsonl").read_bytes()
    ran = at_work.run(due=DUE)
    assert ran.rows["Kim Minji"].total == 4.0
    ran.rules.print(list(ran.rows.values()))
    assert "1 adjustment by hand, from by hand.csv, which the record keeps" in capsys.readouterr().out
    # A file that is handed in and graded later changes nothing about it.
    at_work.hand_in("007/b.ipynb", 2.0)
    assert at_work.run(keep="last").rows["Kim Minji"].total == 3.0
    assert (at_work.folder / "ledger.jsonl").read_bytes().startswith(written)
    assert at_work.results()[: len(results)] == results
    # Another table takes its place as a whole; one with a header alone takes all back.
    path = at_work.table("by hand.csv", "id,exercise,points\n8,2.1,1\n")
    assert [row.adjusted for row in at_work.run(adjust=path).rows.values() if row.adjustments] == [1.0]
    written = (at_work.folder / "ledger.jsonl").read_bytes()
    at_work.run(adjust=path)
    assert (at_work.folder / "ledger.jsonl").read_bytes() == written
    assert not any(
        row.adjustments for row in at_work.run(adjust=at_work.table("no.csv", "id,exercise,points\n")).rows.values()
    )
    assert not any(row.adjustments for row in at_work.run().rows.values())


def test_a_kept_line_follows_a_student_into_a_class_list_that_comes_later(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim Minji/a.ipynb", 3.0)
    at_work.run(adjust=at_work.table("by hand.csv", "name,exercise,points\nkim minji,1.1,1\n"))
    at_work.table("class.csv", CLASS)
    ran = at_work.run()
    assert (ran.rows["Kim Minji"].id, ran.rows["Kim Minji"].total) == ("007", 4.0)


def test_a_kept_line_of_somebody_who_has_left_is_a_surprise_and_the_others_are_applied(at_work):
    at_work.run(adjust=at_work.table("by hand.csv", "id,exercise,points\n007,1.1,1\n10,1.1,1\n"))
    at_work.table("class.csv", CLASS.replace("Park Seo,10,seo2@x.kr\n", ""))
    ran = at_work.run()
    (surprise,) = [each for each in ran.surprises if "by hand.csv" in each]
    assert "line 3: Nobody is called '10'." in surprise and "--adjust" in surprise
    assert ran.rows["Kim Minji"].total == 4.0


def test_a_person_outside_of_the_class_list_is_known_by_the_own_name(at_work):
    at_work.hand_in("Guest/a.ipynb", 2.0)
    ran = at_work.run(adjust=at_work.table("by hand.csv", "student,exercise,points\nguest,1.2,1\n"))
    assert ran.rows["Guest"].total == 3.0


def test_every_exercise_of_the_course_can_be_adjusted(at_work):
    keys = [exercise.key for master in MASTERS for exercise in master.exercises]
    lines = "".join(f"007,{key},0.25,\n" for key in keys)
    ran = at_work.run(adjust=at_work.table("by hand.csv", f"id,exercise,points,comment\n{lines}"))
    assert [each.exercise for each in ran.rows["Kim Minji"].adjustments] == keys


# Through the command.


def grade(folder, *options):
    run = subprocess.run(
        [sys.executable, "-m", "dcgan_course", "grade", str(folder / "class"), "--output", str(folder / "grades")]
        + ["--workers", "1", *options],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(COURSE)},
    )
    return run.returncode, run.stdout + run.stderr


def test_the_command_refuses_before_anything_runs(tmp_path):
    path = tmp_path / "class" / "Kim" / "a.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(to_bytes(solved(MNIST)))
    (tmp_path / "by hand.csv").write_text("student,exercise,points\nKim,9.9,1\nLee,1.1,1\n", "utf-8")
    status, said = grade(tmp_path, "--adjust", "by hand.csv")
    assert status == 2 and "line 2: There is no exercise '9.9'" in said and "line 3: Nobody is called 'Lee'." in said
    status, said = grade(tmp_path, "--due", "2026-12-01 23:59")
    assert status == 2 and "names no time zone: write it like '2026-12-01 23:59 Asia/Seoul'" in said
    assert not (tmp_path / "grades" / "ledger.jsonl").exists()


@pytest.mark.slow
def test_late_and_adjusted_through_the_command_and_nothing_is_graded_twice(tmp_path):
    for student, notebook, seconds in (("Kim", solved(MNIST), 3_600), ("Lee", solved(MNIST, ex12=WRONG), -3_600)):
        path = tmp_path / "class" / student / "a.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(to_bytes(notebook))
        os.utime(path, (1_796_137_199 + seconds, 1_796_137_199 + seconds))
    (tmp_path / "by hand.csv").write_text("student,exercise,points,comment\nLee,1.2,1.5,half right\n", "utf-8")
    late = ("--due", DUE, "--late-penalty", "10% per day, at most 50%")

    def totals():
        rows = json.loads((tmp_path / "grades" / "grades.json").read_text("utf-8"))
        return {row["student"]: (row["points"], row["total"]) for row in rows}

    status, said = grade(tmp_path, *late)
    assert status == 0 and "2 graded now" in said and "1 by the file's time" in said, said
    assert totals() == {"Kim": (4.0, 3.6), "Lee": (2.0, 2.0)}
    status, said = grade(tmp_path, *late, "--grace", "2 h", "--adjust", "by hand.csv", "--language", "ko")
    assert status == 0 and "0 graded now" in said and "Lee, 1.2: +1.5 (half right)" in said, said
    assert totals() == {"Kim": (4.0, 4.0), "Lee": (2.0, 3.5)}
    assert "직접 조정" in (tmp_path / "grades" / "feedback" / "Lee.html").read_text("utf-8")
    status, said = grade(tmp_path)
    assert status == 0 and "0 graded now" in said and "which the record keeps" in said, said
    assert totals() == {"Kim": (4.0, 4.0), "Lee": (2.0, 3.5)}
