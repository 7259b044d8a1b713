"""Points that a person gives or takes by hand, with a comment, for a student and an exercise.

They stand beside what was graded and change none of it. The record keeps the last table that was given, line by line as
it was written, so that they survive every run; another table takes its place as a whole.
"""

import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from dcgan_course.instructor.grading.rules.student_lines import StudentLine, read_student_lines
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

EXERCISE = ("exercise", "question", "task", "key", "문항", "문제", "연습", "연습문제", "문항번호")
POINTS = ("points", "adjustment", "adjust", "점수", "가감점", "조정", "조정점수", "가점", "가산점")
COMMENT = ("comment", "comments", "reason", "note", "의견", "사유", "코멘트", "비고", "메모", "이유")
NUMBER = re.compile(r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,4})?")
MOST_PRINTED = 20


@dataclass(frozen=True)
class Adjustment:
    """What a line of the table gives."""

    identity: str  # The student's.
    student: str
    notebook: str  # The name of the exercise's notebook.
    possible: int  # The points of this notebook.
    exercise: str
    points: float
    comment: str

    def to_json(self):
        """Returns its entry of `grades.json`."""
        return {"exercise": self.exercise, "points": self.points, "comment": self.comment}

    def __str__(self):
        return f"{self.student}, {self.exercise}: {self.points:+g}" + f" ({self.comment})" * bool(self.comment)


@dataclass(frozen=True)
class AdjustmentTable:
    """A table of adjustments as the record keeps it."""

    file: str  # Its name.
    lines: tuple  # Of `StudentLine`.

    def to_json(self):
        """Returns a dict for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, written):
        """Reads what `to_json` has made."""
        return cls(written["file"], tuple(StudentLine(**line) for line in written["lines"]))


def read_adjustment_table(path):
    """Reads a table; returns an `AdjustmentTable`. Raises `Refused` if it is none."""
    columns = "'exercise', 'points' and, if you like, 'comment'"
    lines = read_student_lines(path, "--adjust", [{*EXERCISE}, {*POINTS}], columns)
    return AdjustmentTable(visible(Path(path).name), tuple(lines))


def understand(table, students, masters):
    """Finds out what a table's lines mean; returns a list of `Adjustment`, and one of sentences about wrong lines."""
    of_exercise = {exercise.key: master for master in masters for exercise in master.exercises}
    adjustments, wrong = [], []
    for line in table.lines:
        try:
            identity = students.find(line.who)
            key, points = _read_exercise(line, of_exercise), _read_points(line)
        except ValueError as error:
            wrong.append(f"line {line.number}: {error}")
            continue
        master, comment = of_exercise[key], visible(" ".join(line.value(COMMENT)[0].split()))
        adjustments.append(
            Adjustment(identity, students.names[identity], master.name, master.points, key, points, comment)
        )
    return adjustments, wrong


def decide_adjustments(arguments, ledger, students, masters):
    """Says which adjustments hold in this run: those of `--adjust`, or else those that the record keeps.

    Returns the `AdjustmentTable` (None if there is none), a list of `Adjustment`, and a list of surprises: a line that
    the record keeps may name somebody who has left the class list. Raises `Refused` with all wrong lines of `--adjust`.
    """
    if arguments.adjust is None:
        if ledger.adjustments is None:
            return None, [], []
        adjustments, wrong = understand(ledger.adjustments, students, masters)
        kept = f"The record keeps '{ledger.adjustments.file}', and this line of it is not applied:"
        return (
            ledger.adjustments,
            adjustments,
            [f"{kept} {each} Name a corrected table with --adjust." for each in wrong],
        )
    table = read_adjustment_table(arguments.adjust)
    adjustments, wrong = understand(table, students, masters)
    if wrong:
        listed = "".join(f"  {each}\n" for each in wrong)
        raise Refused(f"--adjust: nothing was run, because of '{arguments.adjust}':\n{listed}Correct these lines.")
    return table, adjustments, []


def print_adjustments(table, adjustments, is_given):
    """Says which adjustments are applied, and from where."""
    if table is None:
        return
    where = "" if is_given else ", which the record keeps (--adjust with another table takes its place)"
    count = len(adjustments)
    print(f"{count} adjustment{'s' * (count != 1)} by hand, from {table.file}{where}{':' * bool(count) or '.'}")
    for each in adjustments[:MOST_PRINTED]:
        print(f"  {each}")
    if count > MOST_PRINTED:
        print(f"  and {count - MOST_PRINTED} more; the page has them all.")


def _read_exercise(line, of_exercise):
    text, _ = line.value(EXERCISE)
    key = unicodedata.normalize("NFKC", text)
    if key not in of_exercise:
        said = f"There is no exercise '{visible(text)}'" if text else "It names no exercise"
        raise ValueError(f"{said}: the exercises are {', '.join(of_exercise)}.")
    return key


def _read_points(line):
    text, _ = line.value(POINTS)
    number = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").lstrip("'")
    if not NUMBER.fullmatch(number):
        said = f"'{visible(text)}' is no number of points" if text else "It has no points"
        raise ValueError(f"{said}: write it like 1, -0.5 or +2.")
    return float(number)
