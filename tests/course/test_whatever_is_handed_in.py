"""What people really hand in, as tables: the kind, the input, and what must come of it.

The class is always the same three students; each table says how their files and their list may look.
"""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.refused import Refused

COURSE = Path(__file__).resolve().parents[2]
CLASS = "name,id,email,login\nKim Minji,2026001,minji@x.kr,kim01\nLee Jun,2026002,jun@x.kr,lee02\n박서,2026003,seo@x.kr,park03\n"
KIM, LEE, PARK = "2026001", "2026002", "2026003"


def notebook(text="1"):
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def zip_of(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.mkdir(name) if name.endswith("/") else archive.writestr(name, content)
    return buffer.getvalue()


def lay_out(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_bytes(content)


def roster_of(tmp_path, content=CLASS):
    path = tmp_path / "class.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Roster(path)


def take_in(tmp_path, files, roster=True):
    source = tmp_path / "in"
    lay_out(source, files) if isinstance(files, dict) else source.write_bytes(files)
    return find_submissions(source, roster_of(tmp_path) if roster else Roster(), tmp_path / "scratch")


def handed_in(intake):
    """Returns, by student, how many notebooks there are that can be read."""
    counts = {}
    for each in intake.submissions:
        counts[each.identity] = counts.get(each.identity, 0) + bool(each.path)
    return counts


OFFICE = zip_of({"[Content_Types].xml": "x", "xl/workbook.xml": "x"})
PDF = b"%PDF-1.7"
PAGE = b"<!DOCTYPE html><html>"

# How a class lies in a folder or zip: the system, its files, and how many notebooks each student has.
LAYOUTS = {
    "a plain folder for each": (
        {"Kim Minji/a.ipynb": "k", "2026002/a.ipynb": "l", "2026003_박서/a.ipynb": "p"},
        {KIM: 1, LEE: 1, PARK: 1},
    ),
    "a plain file for each": (
        {"Kim Minji.ipynb": "k", "2026002 (1).ipynb": "l", "02_faces_grayscale_박서.ipynb": "p"},
        {KIM: 1, LEE: 1, PARK: 1},
    ),
    "a zip for each": (
        {"Kim Minji.zip": zip_of({"x/a.ipynb": notebook("k")}), "2026002.zip": zip_of({"a.ipynb": notebook("l")})},
        {KIM: 1, LEE: 1},
    ),
    "Canvas": (
        {
            "kimminji_11_901_hw.ipynb": "k",
            "kimminji_LATE_11_902_hw-1.ipynb": "k2",
            "leejun_12_903_hw.ipynb": "l",
            "박서_13_text.html": PAGE,
        },
        {KIM: 2, LEE: 1, PARK: 0},
    ),
    "LearningX, which is Canvas with ids in the names": (
        {"KimMinji2026001_11_901_hw.ipynb": "k", "박서2026003_13_903_hw.ipynb": "p"},
        {KIM: 1, PARK: 1},
    ),
    "LearningX and others, id_name_file": (
        {
            "2026001_Kim Minji_hw.ipynb": "k",
            "2026001_Kim Minji_hw2.ipynb": "k2",
            "Lee Jun_2026002_과제 2.ipynb": "l",
            "2026003_박서_과제2/hw.ipynb": "p",
        },
        {KIM: 2, LEE: 1, PARK: 1},
    ),
    "Moodle, folders": (
        {
            "Kim Minji_55_assignsubmission_file_/hw.ipynb": "k",
            "Kim Minji_55_assignsubmission_onlinetext_/onlinetext.html": PAGE,
            "Lee Jun_56_assignsubmission_file/hw.ipynb": "l",
            "Group 2-박서_57_assignsubmission_file_/hw.ipynb": "p",
        },
        {KIM: 1, LEE: 1, PARK: 1},
    ),
    "Moodle, files": (
        {"Kim Minji_55_assignsubmission_file_hw.ipynb": "k", "박서_assignsubmission_file_hw.ipynb": "p"},
        {KIM: 1, PARK: 1},
    ),
    "Sakai": (
        {
            "Kim, Minji(kim01)/Submission attachment(s)/hw.ipynb": "k",
            "Kim, Minji(kim01)/Feedback Attachment(s)/hw corrected.ipynb": "never",
            "Kim, Minji(kim01)/timestamp.txt": b"2026",
            "Jun, Lee(2026002)/Submission attachment(s)/hw.ipynb": "l",
            "박, 서(park03)/timestamp.txt": b"2026",
            "박, 서(park03)/comments.txt": b"",
        },
        {KIM: 1, LEE: 1, PARK: 0},
    ),
    "Brightspace, folders": (
        {
            "1201-77 - Kim Minji - Oct 1, 2026 923 AM/hw.ipynb": "k",
            "1201-77 - Kim Minji - Oct 1, 2026 1123 PM/hw.ipynb": "k2",
            "1202-77 - Lee Jun- Oct 2, 2026 1023 AM/hw.ipynb": "l",
        },
        {KIM: 2, LEE: 1},
    ),
    "Brightspace, files": (
        {
            "1201-77 - Kim Minji - Oct 1, 2026 923 AM - hw.ipynb": "k",
            "1203-77 - 박서 - Oct 1, 2026 923 AM - hw.ipynb": "p",
        },
        {KIM: 1, PARK: 1},
    ),
    "Blackboard": (
        {
            "HW_2_kim01_attempt_2026-10-01-09-23-00_hw.ipynb": "k",
            "HW_2_kim01_attempt_2026-10-01-09-23-00.txt": b"Name: Kim Minji (kim01)",
            "HW_2_lee02_attempt_2026-10-02-09-23-00_hw.ipynb": "l",
        },
        {KIM: 1, LEE: 1},
    ),
    "Gradescope": (
        {
            "submission_101/hw.ipynb": "k",
            "submission_102/hw.ipynb": "l",
            "submission_102/notes.txt": b"x",
            "submission_metadata.yml": b"""---
submission_101:
  :submitters:
  - :name: Minji Kim
    :sid: '2026001'
    :email: other@x.kr
  :created_at: 2026-10-01 09:23:00.5 Z
  :results: !ruby/object:Results
    a: 1
submission_102:
  :submitters:
  - :name: Lee Jun
    :sid:
    :email: jun@x.kr
  - :name: "\xeb\xb0\x95\xec\x84\x9c"
    :sid: 2026003
""",
        },
        {KIM: 1, LEE: 1, PARK: 1},
    ),
    "Google Classroom": (
        {
            "Kim Minji - hw 2.ipynb": "k",
            "Kim Minji - 02_faces_grayscale.ipynb": "k2",
            "Copy of Lee Jun - My DCGAN - final.ipynb": "l",
            "박서 - hw 2.ipynb의 사본": "p",
        },
        {KIM: 2, LEE: 1, PARK: 1},
    ),
    "Teams": (
        {
            "Submitted files/Kim Minji/HW 2/Version 1/hw.ipynb": "k",
            "Submitted files/Kim Minji/HW 2/Version 2/hw.ipynb": "k2",
            "Submitted files/Lee Jun/HW 2/Version 1/hw.ipynb": "l",
            "Working files/Kim Minji/HW 2/hw.ipynb": "k3",
            "Working files/Lee Jun/HW 2/hw.ipynb": "l",
            "Working files/박서/HW 2/hw.ipynb": "a draft",
        },
        {KIM: 2, LEE: 1},
    ),
    "nbgrader": (
        {
            "submitted/kim01/ps2/hw.ipynb": "k",
            "submitted/kim01/ps2/timestamp.txt": b"2026-10-01 09:23:00 UTC",
            "submitted/lee02/ps2/hw.ipynb": "l",
            "release/ps2/hw.ipynb": "r",
            "source/ps2/hw.ipynb": "s",
            "autograded/kim01/ps2/hw.ipynb": "k",
        },
        {KIM: 1, LEE: 1},
    ),
    "GitHub Classroom": (
        {
            "dcgan-hw2-kim01/notebooks/hw.ipynb": "k",
            "dcgan-hw2-kim01/notebooks/hw2.ipynb": "k2",
            "dcgan-hw2-kim01/.git/objects/a.ipynb": "never",
            "dcgan-hw2-kim01/README.md": b"x",
            "dcgan-hw2-lee02/notebooks/hw.ipynb": "l",
        },
        {KIM: 2, LEE: 1},
    ),
}
LAYOUTS = {
    kind: ({name: notebook(text) if isinstance(text, str) else text for name, text in files.items()}, students)
    for kind, (files, students) in LAYOUTS.items()
}
# What lies beside the students' files, and is nobody's.
OWN_FILES = {
    "index.html": PAGE, "grades.csv": b"Display ID,ID,Last Name,First Name,grade\n", "명단.xlsx": OFFICE, "metadata": b"{}",
    "metadata.json": b'{"name": "hw 2"}', "readme.txt": b"x", "onlinetext": b"x", ".DS_Store": b"x", "manifest.xml": b"<?xml",
}  # fmt: skip
FORMS = {
    "as it is": lambda files: files,
    "with the system's own files": lambda files: {**files, **OWN_FILES},
    "in a folder": lambda files: {f"HW 2/{name}": content for name, content in files.items()},
    "in a folder, with loose files in it": lambda files: {f"HW 2/{n}": c for n, c in {**files, **OWN_FILES}.items()},
    "in a folder, with loose files beside it": lambda files: {
        **{f"HW 2/{n}": c for n, c in files.items()},
        **OWN_FILES,
    },
    "in two folders": lambda files: {f"x/HW 2/{name}": content for name, content in files.items()},
    "in a zip": lambda files: zip_of({**files, **OWN_FILES}),
    "in a folder in a zip": lambda files: zip_of({f"HW 2/{name}": content for name, content in files.items()}),
    "in a zip in a folder": lambda files: {"hw2.zip": zip_of(files), **OWN_FILES},
    "in a folder in a zip in a folder": lambda files: {"hw2.zip": zip_of({f"HW 2/{n}": c for n, c in files.items()})},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_however_a_class_lies_there_it_is_the_same_students(tmp_path, kind, form):
    files, students = LAYOUTS[kind]
    intake = take_in(tmp_path, FORMS[form](files))
    assert handed_in(intake) == students
    assert intake.surprises == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", LAYOUTS)
def test_without_a_class_list_there_are_as_many_students(tmp_path, kind, form):
    files, students = LAYOUTS[kind]
    assert sorted(handed_in(take_in(tmp_path, FORMS[form](files), roster=False)).values()) == sorted(students.values())


# What a notebook is called, and whose it is. Content decides what it is.
NAMES = [
    "Kim Minji.ipynb", "Kim Minji.ipynb의 사본", "Kim Minji의 사본.ipynb", "Kim Minji (1).ipynb", "Kim Minji.ipynb (1)",
    "Kim Minji.ipynb.download", "Kim Minji.ipynb.txt", "Kim Minji.ipynb.json", "Kim Minji.json", "Kim Minji.txt", "Kim Minji",
    "Kim Minji-Copy1.ipynb", "Kim Minji - 복사본.ipynb", "Copy of Kim Minji.ipynb", "Kim Minji.html", "Kim Minji.zip", "Kim Minji.pdf",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("content", [notebook("k"), notebook("k").decode().encode("utf-16"), notebook("k")[:-9]])
def test_a_notebook_is_known_by_its_content_whatever_it_is_called(tmp_path, name, zipped, content):
    files = {name: content, "Lee Jun/x": content, "index.html": PAGE}
    intake = take_in(tmp_path, zip_of(files) if zipped else files)
    assert handed_in(intake) == {KIM: 1, LEE: 1}
    assert [file for file, _ in intake.passed_over] == ["index.html"]


@pytest.mark.parametrize("zipped", [False, True])
def test_a_zip_is_known_by_its_content_and_a_document_is_none(tmp_path, zipped):
    inner = zip_of({"a.ipynb": notebook("k")})
    files = {
        "Kim Minji/hw.ipynb": inner,
        "Lee Jun/hw": zip_of({"hw.zip": inner, "report.docx": OFFICE}),
        "박서/report.docx": OFFICE,
    }
    intake = take_in(tmp_path, zip_of(files) if zipped else files)
    assert handed_in(intake) == {KIM: 1, LEE: 1, PARK: 0}


# What is handed in instead of a notebook, and what is said.
INSTEAD = [
    ("report.pdf", PDF, "report.pdf is a PDF."),
    ("hw.html", PAGE, "hw.html is a web page."),
    ("hw.py", b"import keras\n", "hw.py is a Python program."),
    ("hw.gdoc", b'{"doc_id": "1x", "email": "k@x.kr"}', "hw.gdoc is a link."),
    ("hw - Shortcut.lnk", b"L\0\0\0\x01\x14\x02\0", "hw - Shortcut.lnk is a link."),
    ("hw.docx", OFFICE, "hw.docx is a document of Word, Excel or Hangul."),
    ("hw.png", b"\x89PNG\r\n\x1a\n", "hw.png is a picture."),
    ("hw.rar", b"Rar!\x1a\x07", "hw.rar is an archive."),
    ("hw.keras", zip_of({"metadata.json": "{}", "config.json": "{}"}), "hw.keras is a file of weights."),
    ("hw.bin", b"\x00\x01", "Hand in the .ipynb file."),
]


@pytest.mark.parametrize(("name", "content", "sentence"), INSTEAD, ids=[name for name, *_ in INSTEAD])
@pytest.mark.parametrize("zipped", [False, True])
def test_what_was_handed_in_instead_is_said(tmp_path, name, content, sentence, zipped):
    files = {f"Kim Minji/{name}": content, "Lee Jun/a.ipynb": notebook()}
    intake = take_in(tmp_path, zip_of(files) if zipped else files)
    (kim,) = [each for each in intake.submissions if each.identity == KIM]
    assert f"There is no notebook among what was handed in ({name}). " in kim.problem and sentence in kim.problem


def test_what_a_name_says_about_the_hand_in_is_kept(tmp_path):
    kim = {each.file: each for each in take_in(tmp_path, LAYOUTS["Canvas"][0]).submissions if each.identity == KIM}
    assert [(file, each.late, each.ordered) for file, each in kim.items()] == [
        ("kimminji_11_901_hw.ipynb", False, "Canvas's number"),
        ("kimminji_LATE_11_902_hw-1.ipynb", True, "Canvas's number"),
    ]


def test_the_time_in_a_name_says_which_is_the_newest(tmp_path):
    intake = take_in(tmp_path, LAYOUTS["Brightspace, folders"][0])
    kim = [each for each in intake.submissions if each.identity == KIM]
    assert ["923 AM" in kim[0].file, "1123 PM" in kim[1].file] == [True, True]
    assert kim[0].ordered == "the time that the learning platform gives"


# Where it would be wrong to see more in a name than there is.
NOBODYS = [
    ("Kim Minji - Lee Jun.ipynb", "two names"),
    ("2026001_Lee Jun_hw.ipynb", "the id and the name of two"),
    ("hw_Kim Minji.ipynb", "a name beside other words, and no id"),
    ("2026001_hw.ipynb", "an id beside other words, and no name"),
    ("Kim, Minji(lee02)/a.ipynb", "an account of another"),
    ("1201-77 - Kim - Oct 1, 2026 923 AM/a.ipynb", "a part of a name"),
    ("best-kim01/a.ipynb", "a login beside other words, which no other folder has"),
]


@pytest.mark.parametrize(("name", "why"), NOBODYS)
def test_what_names_nobody_for_sure_is_nobodys(tmp_path, name, why):
    intake = take_in(tmp_path, {name: notebook("k"), "박서/a.ipynb": notebook("p")})
    assert [each.known for each in intake.submissions if "박서" not in each.file] == [False], why
    assert len(intake.surprises) == 1


def test_a_friends_name_on_a_file_in_a_students_folder_changes_nothing(tmp_path):
    files = {"Choi/Kim Minji.ipynb": notebook("c"), "Lee Jun/a.ipynb": notebook("l"), "박서/a.ipynb": notebook("p")}
    assert set(handed_in(take_in(tmp_path, files))) == {"Choi", LEE, PARK}


def test_drafts_beside_what_was_handed_in_are_named(tmp_path):
    assert take_in(tmp_path, LAYOUTS["Teams"][0]).passed_over == [
        (
            "Working files/",
            "These are drafts, or the course's own copies. What was handed in lies in 'Submitted files'.",
        )
    ]


def test_two_sections_are_one_class(tmp_path):
    files = {"A/Kim Minji/a.ipynb": notebook("k"), "A/Lee Jun/a.ipynb": notebook("l"), "박서/a.ipynb": notebook("p")}
    assert handed_in(take_in(tmp_path, files)) == {KIM: 1, LEE: 1, PARK: 1}


def test_canvas_without_names_tells_students_apart(tmp_path):
    files = {name: notebook(name) for name in ("anon_aBcDe_11_901_a.ipynb", "anon_aBcDe_LATE_11_902_a-1.ipynb")}
    intake = take_in(tmp_path, {**files, "anon_fGhIj_12_903_a.ipynb": notebook()}, roster=False)
    assert sorted(handed_in(intake).values()) == [1, 2]
    assert [each.late for each in intake.submissions] == [False, True, False]


def test_files_of_one_student_that_look_like_names_are_one_students(tmp_path):
    files = {"김민지/과제.ipynb": notebook("1"), "김민지/최종.ipynb": notebook("2")}
    assert handed_in(take_in(tmp_path, files, roster=False)) == {"김민지": 2}


def test_a_title_that_comes_first_makes_no_class_of_one_student(tmp_path):
    files = {f"hw 2 - {name}.ipynb": notebook(name) for name in ("Kim", "Lee", "Park")}
    assert set(handed_in(take_in(tmp_path, files, roster=False))) == {"Kim", "Lee", "Park"}


# Class lists: what wrote them, their content, and who must be in them as (name, id).
TWO = [("김민지", "2026001"), ("이준", "2026002")]
ROWS = "학번,이름\n2026001,김민지\n2026002,이준\n"
ROSTERS = {
    "UTF-8": (ROWS, TWO),
    "UTF-8 with its mark": (ROWS.encode("utf-8-sig"), TWO),
    "UTF-16 with its mark": (ROWS.encode("utf-16"), TWO),
    "UTF-16, little end first": (ROWS.encode("utf-16-le"), TWO),
    "UTF-16, big end first": (ROWS.encode("utf-16-be"), TWO),
    "CP949": (ROWS.encode("cp949"), TWO),
    "tabs": (ROWS.replace(",", "\t"), TWO),
    "Excel's Unicode text": (ROWS.replace(",", "\t").encode("utf-16"), TWO),
    "semicolons": (ROWS.replace(",", ";"), TWO),
    "bars": (ROWS.replace(",", "|"), TWO),
    "Excel's line about the delimiter": ("sep=;\r\n" + ROWS.replace(",", ";"), TWO),
    "line ends of an old Mac": (ROWS.replace("\n", "\r"), TWO),
    "titles above": (f"2026년 2학기 영상처리\n담당: 홍길동, 수강생 30명\n\n{ROWS}", TWO),
    "empty columns": (",연번,학 번,,성 명,비고\n,1,2026001,,김민지,\n,2,2026002,,이준,재수강\n", TWO),
    "a header on each page": (ROWS + ROWS.split("\n")[0] + "\n", TWO),
    "학생번호, 성명": ("학생번호,성명\n2026001,김민지\n2026002,이준\n", TWO),
    "words in brackets": ("학번(ID),이름(한글),E-mail\n2026001,김민지,\n2026002,이준,\n", TWO),
    "Excel's formulas": ('학번,이름\n="2026001",김민지\n"=""2026002""",이준\n', TWO),
    "Excel's floats": ("학번,이름\n2026001.0,김민지\n2026002.00,이준\n", TWO),
    "Excel's apostrophes and commas": ("학번,이름\n'2026001,김민지\n\"2,026,002\",이준\n", TWO),
    "wide digits and blanks nobody sees": ("학번,이름\n２０２６００１,\u200b김민지\n2026002\u00a0,이준\u00a0\n", TWO),
    "Moodle": (
        'First name,Last name,ID number,Email address\nMinji,Kim,2026001,k@x\n준,이,2026002,l@x\n',
        [("Minji Kim", "2026001"), ("이준", "2026002")],
    ),
    "Moodle in Korean": ("이름,성,학번,이메일 주소\n민지,김,2026001,k@x\n준,이,2026002,l@x\n", TWO),
    "Blackboard": (
        '"Last Name","First Name","Username","Student ID","Last Access"\n"Kim","Minji","kim01","2026001","x"\n',
        [("Minji Kim", "2026001")],
    ),
    "Gradescope": (
        "First Name,Last Name,SID,Email,Sections\nMinji,Kim,2026001,k@x,A\n", [("Minji Kim", "2026001")],
    ),
    "Gradescope's scores": ("Name,SID,Email,Total Score\nMinji Kim,2026001,k@x,3\n", [("Minji Kim", "2026001")]),
    "Brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,Email,HW Points Grade,End-of-Line Indicator\n"
        "#2026001,#kim01,Kim,Minji,k@x,,#\n",
        [("Minji Kim", "2026001")],
    ),
    "Canvas": (
        'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Kim, Minji",77,2026001,kim01,A\n',
        [("Kim, Minji", "77")],
    ),
    "Google Classroom": ("Last Name,First Name,Email Address\nKim,Minji,k@x\n", [("Minji Kim", "")]),
    "LearningX": ("번호\t이름\t학번\t학과\t로그인 ID\n1\t김민지\t2026001\tAI\tkim01\n2\t이준\t2026002\tAI\tlee02\n", TWO),
    "names alone": ("이름\n김민지\n이준\n", [("김민지", ""), ("이준", "")]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROSTERS)
def test_a_class_list_is_understood_whatever_program_wrote_it(tmp_path, kind):
    content, people = ROSTERS[kind]
    roster = roster_of(tmp_path, content)
    assert [(person.name, person.id) for person in roster.people] == people
    assert roster.troubles == []
    for name, number in people:
        assert roster.match(name).person.id == number
        assert not number or roster.match(number).person.name == name


@pytest.mark.parametrize(
    "name", ["Minji Kim", "Kim Minji", "Kim, Minji", "2026001", "kim01", "k@x", "Minji Kim 2026001"]
)
def test_a_name_in_two_columns_is_found_in_both_orders(tmp_path, name):
    roster = roster_of(tmp_path, "Last Name,First Name,Username,Student ID,Email\nKim,Minji,kim01,2026001,k@x\n")
    assert roster.match(name).person.id == "2026001"


# Class lists that nobody can use, and what the sentence must say.
REFUSED = {
    "no column of names": ("과목,점수\n수학,3\n", ["no column of names or ids", "'과목', '점수'", "학번"]),
    "no header": ("2026001,김민지\n", ["'2026001', '김민지'", "'이름' or '학번'"]),
    "empty": ("", ["no column of names or ids"]),
    "a workbook": (OFFICE, ["document of Word, Excel or Hangul", "save it as 'CSV UTF-8'"]),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, ["Excel", "CSV UTF-8"]),
    "a table for Excel that is a page": ("<html><table><tr><td>학번".encode("cp949"), ["a web page", "CSV UTF-8"]),
    "a PDF": (PDF, ["is a PDF", "CSV"]),
    "bytes": (bytes(range(256)), ["no column of names or ids"]),
    "a header alone": ("학번,이름\n", ["a header and no student below it"]),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_class_list_that_is_not_understood_is_refused_in_a_sentence(tmp_path, kind):
    content, parts = REFUSED[kind]
    with pytest.raises(Refused) as error:
        roster_of(tmp_path, content)
    assert all(part in str(error.value) for part in parts), error.value
    assert str(error.value).isprintable()


def test_an_id_that_excel_has_rounded_is_a_trouble_and_one_that_it_has_not_is_none(tmp_path):
    roster = roster_of(tmp_path, "학번,이름\n2.026E+06,김민지\n2.026002E+06,이준\n")
    assert [person.id for person in roster.people] == ["2.026E+06", "2026002"]
    (trouble,) = roster.troubles
    assert "김민지 (line 2" in trouble and "lost its last digits" in trouble


def test_a_broken_byte_in_a_class_list_costs_its_own_line(tmp_path):
    roster = roster_of(tmp_path, ROWS.encode()[:-2] + b"\n")
    assert roster.people[0].name == "김민지" and roster.people[1].id == "2026002"


# From the command line.


def dry_run(tmp_path, *options):
    command = ["grade", str(tmp_path / "in"), "--output", str(tmp_path / "grades"), "--dry-run", *options]
    return subprocess.run(
        [sys.executable, "-m", "dcgan_course", *command],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(COURSE)},
    )  # fmt: skip


def test_a_dry_run_names_students_notebooks_and_what_was_passed_over(tmp_path):
    master = (COURSE / "notebooks" / "02_faces_grayscale.ipynb").read_bytes()
    files = {
        "HW 2/Kim, Minji(kim01)/Submission attachment(s)/hw.ipynb의 사본": master[: len(master) * 3 // 4],
        "HW 2/Kim, Minji(kim01)/timestamp.txt": b"x",
        "HW 2/Lee, Jun(lee02)/Submission attachment(s)/hw.ipynb": PDF,
        "HW 2/박, 서(park03)/timestamp.txt": b"x",
        "HW 2/grades.csv": b"x",
    }
    lay_out(tmp_path / "in", files)
    (tmp_path / "class.csv").write_bytes(f"2026 DCGAN\n\n{CLASS}".replace(",", "\t").encode("utf-16"))
    run = dry_run(tmp_path, "--roster", str(tmp_path / "class.csv"))
    lines = run.stdout.splitlines()
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Surprise: 1 of the class list's 3 students have no file: 박서." in lines
    kim, lee, park = (next(line for line in lines if line.startswith(name)) for name in ("Kim", "Lee", "박서"))
    assert "02_faces_grayscale" in kim and "name and number" in kim and "yes" in kim
    assert "The file is a PDF" in lee
    assert "nothing was handed in" in park
    assert "grades.csv: It lies beside the students' files" in run.stdout and "timestamp.txt" in run.stdout


def test_a_class_list_of_thirty_and_one_folder_is_no_mark_and_no_success(tmp_path):
    lay_out(tmp_path / "in", {"Kim 1/a.ipynb": notebook()})
    rows = "".join(f"Kim {number},20260{number:02}\n" for number in range(1, 31))
    (tmp_path / "class.csv").write_text(f"name,id\n{rows}", "utf-8")
    command = [sys.executable, "-m", "dcgan_course", "grade", "in", "--roster", "class.csv"]
    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(COURSE)}
    )
    assert run.returncode == 2
    assert "Only one student's files were found, and the class list has 30 students." in run.stdout + run.stderr


@pytest.mark.parametrize("kind", ["no column of names", "a workbook", "bytes"])
def test_a_class_list_that_is_not_understood_ends_the_command_without_a_traceback(tmp_path, kind):
    lay_out(tmp_path / "in", {"Kim/a.ipynb": notebook()})
    (tmp_path / "class.csv").write_bytes(
        REFUSED[kind][0] if isinstance(REFUSED[kind][0], bytes) else REFUSED[kind][0].encode()
    )
    run = dry_run(tmp_path, "--roster", str(tmp_path / "class.csv"))
    assert run.returncode == 2 and "Traceback" not in run.stderr and "--roster" in run.stderr
