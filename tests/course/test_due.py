"""What is late, what says so, and what it costs: applied to a record when results are gathered, and graded by nothing."""

import csv
import json
import os
import string
from datetime import timedelta
from types import SimpleNamespace

import pytest
from decided_class import DUE, FACES, LAST, MNIST, OPTIONS, DecidedClass

from dcgan_course.instructor.grading.rules.due import Deadline, read_deadline, read_penalty
from dcgan_course.instructor.grading.rules.due_time import read_duration, read_time, show_due
from dcgan_course.instructor.grading.rules.late_words import TEXTS, say_duration, say_short
from dcgan_course.instructor.grading.rules.student_lines import Students
from dcgan_course.instructor.grading.submissions.arrival import Arrival
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.refused import Refused

CLASS = "name,id,email\nKim Minji,007,minji@x.kr\nLee Jun,8,jun@x.kr\nPark Seo,9,seo@x.kr\nPark Seo,10,seo2@x.kr\n"
HOUR, DAY = 3_600, 86_400
PENALTY = "10% per day, at most 50%"


def table_of(path):
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def read_options(**options):
    return read_deadline(SimpleNamespace(**{**dict.fromkeys(OPTIONS), **options}), Students(Roster(), {}))


def refusal(run, *arguments, **options):
    with pytest.raises(Refused) as refused:
        run(*arguments, **options)
    return str(refused.value)


# Times as they are written.


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-12-01 23:59 Asia/Seoul", "2026-12-01 14:59:59"),
        ("2026-12-01 23:59 asia/seoul", "2026-12-01 14:59:59"),
        ("2026-12-01 23:59:00 Asia/Seoul", "2026-12-01 14:59:00"),
        ("2026-12-01T23:59+09:00", "2026-12-01 14:59:59"),
        ("2026-12-01 23:59 UTC+9", "2026-12-01 14:59:59"),
        ("2026. 12. 1. 23:59 +0900", "2026-12-01 14:59:59"),
        ("2026-12-01 23:59 Z", "2026-12-01 23:59:59"),
        # The day ends at 24:00.
        ("2026-12-01 24:00 Asia/Seoul", "2026-12-01 15:00:59"),
        # The hour that comes twice ends when it has come for the second time.
        ("2026-10-25 02:30 Europe/Berlin", "2026-10-25 01:30:59"),
        ("2026-10-25 02:30 +02:00", "2026-10-25 00:30:59"),
    ],
)
def test_a_due_time_is_the_last_second_of_its_minute_in_its_own_zone(text, in_utc):
    time = read_time(text)
    assert f"{time - time.utcoffset():%Y-%m-%d %H:%M:%S}" == in_utc
    assert read_time(show_due(time)) == time or "Berlin" in text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-12-01 23:59", "names no time zone: write it like '2026-12-01 23:59 Asia/Seoul'"),
        ("2026-12-01", "is no time"),
        ("tomorrow", "is no time"),
        ("2026-12-01 23:59 KST", "There is no time zone 'KST'"),
        ("2026-12-01 11:59 PM Asia/Seoul", "There is no time zone 'PM Asia/Seoul'"),
        ("2026-12-01 23:59 ../../etc/passwd", "is no time"),
        ("2026-12-01 23:59 +25:00", "is no offset from UTC"),
        ("2026-02-30 10:00 UTC", "is on no calendar or clock"),
        ("2026-12-01 24:01 UTC", "is on no calendar or clock"),
        ("9999-12-31 24:00 UTC", "is on no calendar or clock"),
        ("2016-12-31 23:59:60 UTC", "is a leap second"),
        ("2026-03-29 02:30 Europe/Berlin", "the clocks skip that hour"),
        ("2026-12-01 23:59 \x1b[2J", "is no time"),
    ],
)
def test_a_time_that_is_not_clear_is_refused_with_what_to_write(text, sentence):
    said = refusal(read_options, due=text)
    assert said.startswith("--due: ") and sentence in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("text", "seconds"), [("15 min", 900), ("15", 900), ("90 s", 90), ("1.5 h", 5400), ("30분", 1800), ("0", 0)]
)
def test_grace_is_a_duration_or_a_number_of_minutes(text, seconds):
    assert read_duration(text, timedelta(minutes=1)).total_seconds() == seconds


@pytest.mark.parametrize("text", ["-5 min", "nan", "1e5", "15 weeks", "soon", "min"])
def test_a_grace_that_is_no_duration_is_refused(text):
    assert "is no duration: write it like '15 min'" in refusal(read_options, due=DUE, grace=text)


@pytest.mark.parametrize(
    "text",
    ["10%", "10 per day", "0% per day", "101% per day", "10% per day, at most 0%", "10% per week", "-1% per day"],
)
def test_a_penalty_has_one_form(text):
    said = refusal(read_options, due=DUE, late_penalty=text)
    assert "is no rule: write it like '10% per day, at most 50%'" in said


@pytest.mark.parametrize("option", ["grace", "extensions", "late_penalty"])
def test_what_belongs_to_a_due_time_says_nothing_without_it(option):
    name = option.replace("_", "-")
    assert refusal(read_options, **{option: "1"}) == f"--{name} says nothing without --due."


# What is late.


def judge(after, grace="0", penalty=PENALTY, due=DUE):
    time = read_time(due)
    moment = (time - time.utcoffset()).replace(tzinfo=None) + timedelta(seconds=after)
    deadline = Deadline(time, read_duration(grace, timedelta(minutes=1)), penalty and read_penalty(penalty))
    return deadline.judge(Arrival("Gradescope", f"{moment.isoformat()}+00:00"), "Kim")


@pytest.mark.parametrize(
    ("after", "grace", "days"),
    [
        (-DAY, "0", 0),
        (0, "0", 0),
        (0.9, "0", 0),
        (1, "0", 1),
        (900, "15 min", 0),
        (900.9, "15 min", 0),
        (901, "15 min", 1),
        (DAY, "0", 1),
        (DAY + 1, "0", 2),
        (DAY + 900, "15 min", 1),
        (DAY + 901, "15 min", 2),
    ],
)
def test_late_begins_one_second_after_due_and_grace_and_each_day_begun_counts(after, grace, days):
    lateness = judge(after, grace)
    assert (lateness.is_late, lateness.days, lateness.percent) == (days > 0, days, 10.0 * days)


def test_no_more_is_taken_than_the_maximum_and_nothing_without_a_rule():
    assert [judge(days * DAY).percent for days in (4, 5, 6, 400)] == [40, 50, 50, 50]
    assert (judge(400 * DAY, penalty=None).is_late, judge(400 * DAY, penalty=None).percent) == (True, 0)


def test_a_day_is_24_hours_also_where_the_clocks_are_changed():
    # In that night clocks in Berlin go back: 24 hours after 23:59 it is 22:59.
    due = "2026-10-24 23:59 Europe/Berlin"
    assert [judge(after, due=due).days for after in (DAY, DAY + 1)] == [1, 2]
    assert f"{judge(DAY, due=due).came:%d %H:%M}" == "25 22:59"


def test_durations_have_two_units():
    said = [say_duration(seconds) for seconds in (0, 59, 60, 3_659, 2 * HOUR, DAY + HOUR, 9 * DAY + 59)]
    assert said == ["0 s", "59 s", "1 min", "1 h", "2 h", "1 d 1 h", "9 d"]


# What says so.


def test_the_platforms_own_word_comes_first_and_each_line_says_what_told_it(tmp_path):
    at_work = DecidedClass(tmp_path, "Full name,Identifier,Last modified (submission)\n"
                           'Choi Ara,Participant 31,"Wednesday, 2 December 2026, 12:29 AM"\n')  # fmt: skip
    came = {
        "kimminji_LATE_12_34_hw.ipynb": "late (Canvas)",
        "leejun_13_35_hw.ipynb": "on time (Canvas)",
        "1201-77 - Park Seo - Dec 1, 2026 1159 PM": "on time (Brightspace, read as Asia/Seoul)",
        "1201-78 - Park Two - Dec 2, 2026 1201 AM": "late by 1 min (Brightspace, read as Asia/Seoul)",
        "hw_jun_attempt_2026-12-02-00-30-00_a.ipynb": "late by 30 min (Blackboard, read as Asia/Seoul)",
        "Kim, Old(k1)": "late by 1 h (Sakai)",
        "Kim, New(k2)": "on time (Sakai)",
        "Kim, Odd(k3)": "late by 2 h (the file's time)",
        "Choi Ara_31_assignsubmission_file_": "late by 29 min (Moodle, read as Asia/Seoul)",
        "Jung": "late by 3 h (the file's time)",
    }
    for number, (name, text) in enumerate(came.items()):
        file = f"{name}/a.ipynb" if "." not in name else name
        at_work.hand_in(file, 4.0, after=3 * HOUR - 1_000 * (10 - number) if "file" not in text else 3 * HOUR)
    os.utime(tmp_path / "in" / "Kim, Odd(k3)" / "a.ipynb", (LAST + 2 * HOUR, LAST + 2 * HOUR))
    (tmp_path / "in" / "Kim, Old(k1)" / "timestamp.txt").write_text("20261201160000123", "utf-8")
    (tmp_path / "in" / "Kim, New(k2)" / "timestamp.txt").write_text("2026-12-01T14:59:30.123Z\n", "utf-8")
    (tmp_path / "in" / "Kim, Odd(k3)" / "timestamp.txt").write_text("Dec 1, 2026 at noon", "utf-8")
    told = {name.split("/")[0]: text for name, text in at_work.run(due=DUE).came.items()}
    assert told == came


def test_gradescopes_times_have_a_zone_or_are_read_in_that_of_the_due_time(tmp_path):
    at_work = DecidedClass(tmp_path)
    metadata = ""
    for number, time in enumerate(["2026-12-01 14:59:59.9 Z", "2026-12-01 07:30:00 -08:00", "2026-12-02 00:29:59"]):
        metadata += f"submission_{number}:\n  :submitters:\n  - :name: S{number}\n    :sid: '{number}'\n"
        metadata += f"  :created_at: {time}\n"
        at_work.hand_in(f"submission_{number}/a.ipynb", 4.0, after=number * DAY)
    (tmp_path / "in" / "submission_metadata.yml").write_text(metadata, "utf-8")
    assert list(at_work.run(due=DUE).came.values()) == [
        "on time (Gradescope)",
        "late by 30 min (Gradescope)",
        "late by 30 min (Gradescope, read as Asia/Seoul)",
    ]


def test_a_zips_times_name_no_zone_and_the_page_says_how_they_are_read(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in_zip(
        [
            ("Kim/a.ipynb", (2026, 12, 1, 23, 59, 58)),
            ("Lee/a.ipynb", (2026, 12, 2, 0, 30, 0)),
            ("Park/a.ipynb", (1980, 1, 1, 0, 0, 0)),
            ("Choi/a.ipynb", (2026, 13, 41, 0, 0, 0)),
            ("Kim, New(k2)/a.ipynb", (2026, 12, 9, 0, 0, 0)),
            ("Kim, New(k2)/timestamp.txt", "20261201145900000"),
        ]
    )
    ran = at_work.run("in.zip", due=DUE, late_penalty=PENALTY)
    assert ran.came == {
        "Kim/a.ipynb": "on time (the zip's time, read as Asia/Seoul)",
        "Lee/a.ipynb": "late by 30 min (the zip's time, read as Asia/Seoul)",
        "Park/a.ipynb": "not known when (nothing says it)",
        "Choi/a.ipynb": "not known when (nothing says it)",
        "Kim, New(k2)/a.ipynb": "on time (Sakai)",
    }
    assert [ran.rows[name].total for name in ("Kim", "Lee", "Park")] == [4.0, 3.6, 4.0]
    feedback = at_work.page("feedback/Lee.html")
    assert (
        "The time that the zip gives for the file says so. It names no time zone and is read as Asia/Seoul." in feedback
    )
    assert "nothing says when it was handed in, so it does not count as late" in at_work.page("feedback/Park.html")
    # In another zone the same clock shows another moment.
    assert at_work.run("in.zip", due="2026-12-01 23:59 UTC").came["Lee/a.ipynb"].startswith("late by 30 min")
    kim = at_work.run("in.zip", due=DUE).json["Lee"]["notebooks"][MNIST]["lateness"]
    assert (kim["late"], kim["told_by"], kim["zone_named"]) == (True, "zip", False)
    assert kim["came"] == "2026-12-02T00:30:00+09:00"


def test_files_that_were_all_copied_at_once_tell_nothing_and_nobody_is_late(tmp_path):
    at_work = DecidedClass(tmp_path)
    for number, name in enumerate(["Kim", "Lee", "Park"]):
        at_work.hand_in(f"{name}/a.ipynb", 4.0, after=DAY + number)
    ran = at_work.run(due=DUE, late_penalty=PENALTY)
    assert set(ran.came.values()) == {"not known when (the files' times only say when they were copied)"}
    assert {row.total for row in ran.rows.values()} == {4.0}
    assert "as if all were copied or packed at once" in at_work.page("index.html")
    # One that is added later does not make the others late.
    at_work.hand_in("Choi/a.ipynb", 4.0, after=5 * DAY)
    assert {row.total for row in at_work.run(due=DUE, late_penalty=PENALTY).rows.values()} == {4.0}
    # One student's own files may have been written at once.
    (alone := tmp_path / "alone").mkdir()
    at_work = DecidedClass(alone)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.hand_in("Kim/b.ipynb", 9.0, after=HOUR, notebook=FACES)
    assert [each.split(" (")[0] for each in at_work.run(due=DUE).came.values()] == ["late by 1 h"] * 2


def test_of_canvas_only_late_is_known_so_it_costs_one_day(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("kimminji_LATE_12_34_hw.ipynb", 4.0, after=9 * DAY)
    at_work.hand_in("leejun_13_35_hw.ipynb", 4.0, after=9 * DAY)
    ran = at_work.run(due=DUE, grace="2 days", late_penalty=PENALTY)
    assert {name: row.total for name, row in ran.rows.items()} == {"kimminji": 3.6, "leejun": 4.0}
    page = at_work.page("index.html")
    assert "whatever is late there counts as one day" in page and "1 by Canvas" in page
    assert "Canvas says that it came late, but not how late" in at_work.page("feedback/kimminji.html")


def test_a_class_that_is_late_as_a_whole_is_said(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.hand_in("Lee/a.ipynb", 4.0, after=2 * HOUR)
    at_work.run(due="2025-12-01 23:59 Asia/Seoul")
    assert "Everything is late: is --due right?" in at_work.page("index.html")
    at_work.run(due="2027-12-01 23:59 Asia/Seoul")
    assert "Of 2 notebooks that count 0 came late." in at_work.page("index.html")


# Which attempt counts, and what is handed on.


def test_of_two_attempts_the_best_is_best_after_what_lateness_costs_and_the_reason_says_so(tmp_path):
    at_work = DecidedClass(tmp_path)
    early = at_work.hand_in("Kim/a.ipynb", 8.0, after=-HOUR, notebook=FACES)
    late = at_work.hand_in("Kim/b.ipynb", 9.0, after=DAY, notebook=FACES)
    counts = {}
    for percent in (14, 7, 1):  # Of 14 points: 1.96, 0.98, 0.14.
        ran = at_work.run(due=DUE, late_penalty=f"{percent}% per day")
        entry = ran.rows["Kim"].notebooks[FACES]
        counts[percent] = (entry.file.split("/")[1], entry.result.points, entry.taken_off, ran.rows["Kim"].total)
        said = list(ran.counts.values())
        assert said[counts[percent][0] == late.name].startswith("yes: the best of 2, lateness counted")
    assert counts == {
        14: (early.name, 8.0, 0.0, 8.0),
        7: (late.name, 9.0, 0.98, 8.02),
        1: (late.name, 9.0, 0.14, 8.86),
    }
    at_work.run(due=DUE, late_penalty="14% per day")
    assert "An attempt with 9 points came later; 1.96 would be taken off" in at_work.page("feedback/Kim.html")
    assert at_work.run(due=DUE, late_penalty="14% per day", keep="last").rows["Kim"].total == 7.04
    # Without a rule nothing is taken, and 9 is more than 8.
    assert at_work.run(due=DUE).rows["Kim"].total == 9.0


def test_who_hands_in_the_same_again_after_the_due_time_had_it_in_time(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=-HOUR, content="same")
    at_work.hand_in("Kim/b.ipynb", 4.0, after=DAY, content="same")
    for keep in ("best", "last"):
        row = at_work.run(due=DUE, late_penalty=PENALTY, keep=keep).rows["Kim"]
        assert (row.total, len(row.notebooks[MNIST].attempts)) == (4.0, 1)


def test_marks_stay_and_what_is_taken_off_stands_in_a_column_of_its_own(tmp_path):
    at_work = DecidedClass(tmp_path, CLASS)
    at_work.hand_in("007/a.ipynb", 3.0, after=DAY + 1)
    at_work.hand_in("007/b.ipynb", 10.0, after=-1, notebook=FACES)
    ran = at_work.run(due=DUE, late_penalty=PENALTY)
    kim, lee = table_of(tmp_path / "grades.csv")[:2]
    assert kim["late"] == f"{MNIST}: late by 1 d (the file's time); {FACES}: on time (the file's time)"
    names = ("points", "possible", "taken off", "total", "total possible", MNIST, FACES)
    assert [kim[name] for name in names] == ["13.0", "18", "0.8", "12.2", "18", "3.0", "10.0"]
    assert [lee[name] for name in ("late", "taken off", "total")] == ["", "", ""]
    assert (ran.json["Kim Minji"]["points"], ran.json["Kim Minji"]["total"]) == (13.0, 12.2)
    at_work.run()
    assert "late" not in table_of(tmp_path / "grades.csv")[0]

    at_work.run(form="canvas", due=DUE, late_penalty=PENALTY)
    possible, kim = table_of(tmp_path / "grades.csv")[:2]
    assert (possible[MNIST], kim[MNIST], kim[FACES]) == ("4", "2.2", "10.0")
    at_work.run(form="moodle", due=DUE, late_penalty=PENALTY)
    kim = table_of(tmp_path / "grades.csv")[0]
    assert (kim["Grade"], kim["Maximum Grade"], kim[MNIST]) == ("12.2", "18", "2.2")


def test_no_more_is_taken_off_than_there_is(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 1.0, after=DAY)
    row = at_work.run(due=DUE, late_penalty="90% per day").rows["Kim"]
    assert (row.taken_off, row.total) == (1.0, 0.0)


def test_another_due_time_grades_nothing_anew_and_no_result_knows_of_it(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.run()
    before = (tmp_path / "ledger.jsonl").read_bytes()
    totals = [
        at_work.run(**options).rows["Kim"].total
        for options in (
            {"due": DUE, "late_penalty": PENALTY},
            {"due": DUE, "late_penalty": "25% per day"},
            {"due": DUE, "grace": "2 h", "late_penalty": PENALTY},
            {"due": "2026-12-02 23:59 Asia/Seoul", "late_penalty": PENALTY},
            {},
        )
    ]
    assert totals == [3.6, 3.0, 4.0, 4.0, 4.0]
    assert (tmp_path / "ledger.jsonl").read_bytes() == before


# What the record keeps.


def test_a_later_run_without_the_file_still_knows_when_it_came(tmp_path):
    at_work = DecidedClass(tmp_path)
    kim = at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.hand_in("Lee/a.ipynb", 4.0, after=-HOUR)
    first = at_work.run(due=DUE)
    kim.unlink()
    again = at_work.run(due=DUE)
    assert again.came["Kim/a.ipynb"] == first.came["Kim/a.ipynb"] == "late by 1 h (the file's time)"


def test_a_file_that_is_copied_later_is_not_later(tmp_path):
    at_work = DecidedClass(tmp_path)
    kim = at_work.hand_in("Kim/a.ipynb", 4.0, after=-HOUR)
    at_work.run(due=DUE)
    os.utime(kim, (LAST + DAY, LAST + DAY))
    assert at_work.run(due=DUE).came["Kim/a.ipynb"] == "on time (the file's time)"
    # A copy that has kept an earlier time knows better.
    os.utime(kim, (LAST - DAY, LAST - DAY))
    at_work.run(due=DUE)
    kim.unlink()
    at_work.hand_in("Lee/a.ipynb", 4.0, after=-HOUR)
    assert at_work.run(due=DUE).json["Kim"]["notebooks"][MNIST]["lateness"]["came"] == "2026-11-30T23:59:59+09:00"


def test_a_record_of_an_earlier_version_learns_when_attempts_came_as_far_as_files_are_there(tmp_path):
    at_work = DecidedClass(tmp_path)
    kim = at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    lee = at_work.hand_in("Lee/a.ipynb", 4.0, after=2 * HOUR)
    at_work.run()
    path = tmp_path / "ledger.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert sum("arrival" in line for line in lines) == 2
    for line in lines:
        line.pop("arrival", None)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    lee.unlink()
    came = at_work.run(due=DUE).came
    assert came["Kim/a.ipynb"] == "late by 1 h (the file's time)"
    assert came["Lee/a.ipynb"] == "not known when (nothing says it)"
    written = path.read_bytes()
    at_work.run(due=DUE)
    assert path.read_bytes() == written
    kim.unlink()
    at_work.hand_in("Choi/a.ipynb", 4.0, after=0)
    assert at_work.run(due=DUE).came["Kim/a.ipynb"] == "late by 1 h (the file's time)"


def test_the_platforms_word_of_today_takes_the_place_of_a_files_time(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("submission_1/a.ipynb", 4.0, after=DAY)
    assert list(at_work.run(due=DUE).came.values()) == ["late by 1 d (the file's time)"]
    (tmp_path / "in" / "submission_metadata.yml").write_text(
        "submission_1:\n  :submitters:\n  - :name: submission_1\n  :created_at: 2026-12-01 14:00:00 Z\n", "utf-8"
    )
    assert list(at_work.run(due=DUE).came.values()) == ["on time (Gradescope)"]


def test_an_arrival_in_the_record_that_is_not_understood_tells_nothing(tmp_path):
    for odd in ({"source": "zip", "time": "at noon"}, {"when": 1}, "x", None, {"source": "zip", "time": 5}):
        assert Arrival.from_json(odd) == Arrival()


# Extensions.


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,due\n007,2026-12-03 23:59\n", "utf-8"),
        ("name,extension\nKim Minji,2026-12-03 14:59 UTC\n", "utf-8-sig"),
        ("email\tdays\nminji@x.kr\t2\n", "utf-16"),
        ("학번;연장\n007;2일\n", "cp949"),
        ("Extensions of HW 2\n\nstudent|hours\n007|48\n", "utf-8"),
        ('name,id,until\nKim Minji,="007",2026/12/3 23:59:59 +09:00\n', "utf-8"),
    ],
)
def test_an_extension_is_a_line_of_a_table_that_is_read_as_a_class_list(tmp_path, text, encoding):
    at_work = DecidedClass(tmp_path, CLASS)
    at_work.hand_in("007/a.ipynb", 4.0, after=2 * DAY + 1)
    at_work.hand_in("8/a.ipynb", 4.0, after=2 * DAY - 60)
    ran = at_work.run(due=DUE, late_penalty=PENALTY, extensions=at_work.table("more.csv", text, encoding))
    assert {name: row.total for name, row in ran.rows.items() if row.total} == {"Kim Minji": 3.6, "Lee Jun": 3.2}
    assert ran.came["007/a.ipynb"] == "late by 1 s (the file's time)"
    assert "You have an extension." in at_work.page("feedback/Kim Minji.html")
    assert "1 student has an extension" in at_work.page("index.html")


def test_all_lines_of_extensions_that_are_not_right_are_refused_in_one_message(tmp_path):
    at_work = DecidedClass(tmp_path, CLASS)
    at_work.hand_in("007/a.ipynb", 4.0, after=0)
    lines = {
        "Kim Minji,,2026-12-03 23:59": None,
        "Jung,,2026-12-03 23:59": "Nobody is called 'Jung'.",
        ",7,2 days": "Nobody is called '7'. Is 007 meant? Excel takes zeros away",
        "Park Seo,,2 days": "may be 2 students: Park Seo (10), Park Seo (9)",
        "Lee Jun,9,2 days": "'Lee Jun', '9' are not one student.",
        "Lee Jun,99,2 days": "'99' is not Lee Jun (8), whom the line names too.",
        "Lee Jun,8,2026-12-01 23:00": "is not later than what holds for all, 2026-12-01 23:59 Asia/Seoul",
        ",9,48": "is no time",
        ",10,": "It has no time.",
        ",007,2 days": "Kim Minji has an extension on line 2 already.",
        ",,2 days": "It names no student.",
    }
    path = at_work.table("more.csv", "student,id,due\n" + "".join(f"{line}\n" for line in lines))
    said = refusal(at_work.run, due=DUE, extensions=path)
    for number, sentence in enumerate(lines.values(), 2):
        line = next((each for each in said.splitlines() if each.startswith(f"  line {number}: ")), "")
        assert (sentence in line) if sentence else not line, said
    assert not [line for line in (tmp_path / "ledger.jsonl").read_text("utf-8").splitlines() if '"attempt"' in line]


def test_a_table_of_extensions_without_a_column_of_times_is_refused_with_the_columns_seen(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0)
    said = refusal(at_work.run, due=DUE, extensions=at_work.table("more.csv", "name,when\nKim,2 days\n"))
    assert "The columns seen are: 'name', 'when'" in said and said.startswith("--extensions: ")
    assert "cannot be read" in refusal(at_work.run, due=DUE, extensions=tmp_path / "none.csv")


def test_without_a_class_list_a_folders_whole_name_is_the_student(tmp_path):
    at_work = DecidedClass(tmp_path)
    for number, name in enumerate(["007", "7", "Kim Minji"]):
        at_work.hand_in(f"{name}/a.ipynb", 4.0, after=HOUR * (1 + number))
    ran = at_work.run(due=DUE, extensions=at_work.table("more.csv", "id,days\n007,1\nkim_minji,1\n"))
    assert [each.split(" (")[0] for each in ran.came.values()] == ["on time", "late by 2 h", "on time"]


def test_canvas_knows_nothing_of_an_extension_so_its_late_is_not_believed_there(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("kimminji_LATE_12_34_hw.ipynb", 4.0)
    path = at_work.table("more.csv", "name,days\nkimminji,2\n")
    ran = at_work.run(due=DUE, late_penalty=PENALTY, extensions=path)
    assert list(ran.came.values()) == ["not known when (Canvas knows nothing of the extension)"]
    assert ran.rows["kimminji"].total == 4.0


# The pages.


def test_a_students_page_speaks_the_students_language(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.run(due=DUE, late_penalty=PENALTY, language="ko")
    page = at_work.page("feedback/Kim.html")
    assert "마감(2026-12-01 23:59 Asia/Seoul)보다 1시간 늦었습니다." in page
    assert "늦게 제출하여 0.4점을 뺍니다." in page and "합계 4점 중 3.6점" in page
    at_work.run()
    assert "마감" not in at_work.page("feedback/Kim.html") and "due" not in at_work.page("feedback/Kim.html")


def test_every_sentence_stands_in_both_languages_with_the_same_values():
    for texts in TEXTS.values():
        names = [{name for _, name, _, _ in string.Formatter().parse(texts[language])} for language in ("en", "ko")]
        assert set(texts) == {"en", "ko"} and names[0] == names[1], texts


def test_the_class_page_shows_who_is_late_by_whose_word_and_the_totals(tmp_path):
    at_work = DecidedClass(tmp_path)
    at_work.hand_in("Kim/a.ipynb", 4.0, after=HOUR)
    at_work.hand_in("Lee/a.ipynb", 4.0, after=-HOUR)
    ran = at_work.run(due=DUE, late_penalty=PENALTY)
    page = at_work.page("index.html")
    assert "Due 2026-12-01 23:59 Asia/Seoul; 10% per day, at most 50% of a notebook&#39;s points is taken off." in page
    assert "Of 2 notebooks that count 1 came late: 1 by the file&#39;s time." in page
    assert page.count(say_short(ran.rows["Kim"].notebooks[MNIST].lateness).replace("'", "&#39;")) >= 2
    at_work.run()
    assert "late by" not in at_work.page("index.html") and ">total<" not in at_work.page("index.html")
