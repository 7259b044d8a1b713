"""When a class's work is due, for whom later, and what coming late costs.

Nothing of it is in the record: marks are those of the exercises, and another due time grades nothing anew.
"""

import math
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from dcgan_course.instructor.grading.rules.due_time import name_zone, read_duration, read_time, show_due
from dcgan_course.instructor.grading.rules.lateness import (
    COPIED,
    EXTENDED,
    LATE,
    NOT_KNOWN,
    NOTHING,
    ON_TIME,
    Lateness,
)
from dcgan_course.instructor.grading.rules.student_lines import read_student_lines
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

DAY = timedelta(days=1)
COPIED_SECONDS = 2.0  # Between files that were copied, or packed, one after the other.
PENALTY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?% per day(?:, at most ([0-9]+(?:\.[0-9]+)?) ?%)?")
TIMES = ("due", "newdue", "duetime", "duedate", "until", "deadline", "extension", "extendedto", "마감", "마감일시",
         "마감일", "마감시간", "새마감", "기한", "연장")  # fmt: skip
HOURS, DAYS = ("hours", "시간", "연장시간"), ("days", "일수", "연장일수")


@dataclass(frozen=True)
class Penalty:
    """What is taken off: a percentage of the notebook's points for each day begun, up to a maximum."""

    percent: float
    most: float = 100.0

    def __str__(self):
        return f"{self.percent:g}% per day" + f", at most {self.most:g}%" * (self.most < 100)


@dataclass(frozen=True)
class Deadline:
    """A due time, and all that belongs to it."""

    due: datetime  # With its zone: the last second that is in time.
    grace: timedelta = timedelta()
    penalty: Penalty | None = None
    extensions: dict = field(default_factory=dict)  # From a student's identity to the due time of this student.
    files_tell: bool = True  # Whether the times of files say when they were handed in.

    def trusting(self, arrivals):
        """Returns this deadline, with files' times left out if they only say when the files were copied.

        `arrivals` is a dict from students' identities to lists of `Arrival`. Who copies or packs a class's files gives
        them times that follow one another: then most are within two seconds of another student's.
        """
        times = sorted(
            (moment, identity)
            for identity, several in arrivals.items()
            for moment in {each.moment(self.due.tzinfo) for each in several if not each.is_platforms} - {None}
        )
        near = set()
        for before, after in zip(times, times[1:], strict=False):
            if before[1] != after[1] and (after[0] - before[0]).total_seconds() <= COPIED_SECONDS:
                near |= {before, after}
        return replace(self, files_tell=len(near) <= len(times) / 2)

    def judge(self, arrival, identity):
        """Says how an `Arrival` of a student stands to the due time: returns a `Lateness`."""
        due = self.extensions.get(identity, self.due)
        told = Lateness(NOT_KNOWN, arrival.source, due, identity in self.extensions)
        if arrival.late is not None:
            if arrival.late and told.is_extended:  # Canvas knows nothing of our extensions.
                return replace(told, reason=EXTENDED)
            return self._with_days(told, int(arrival.late))
        moment = arrival.moment(self.due.tzinfo)
        if moment is None or not (arrival.is_platforms or self.files_tell):
            return replace(told, source="", reason=COPIED if moment else NOTHING)
        # Two times of one zone are subtracted as clocks show them, which is wrong where the clocks are changed.
        after = moment - due.astimezone(timezone.utc)
        told = replace(
            told,
            came=moment.astimezone(due.tzinfo),
            names_zone=datetime.fromisoformat(arrival.time).tzinfo is not None,
            seconds=max(0, int(after.total_seconds())),
        )
        return self._with_days(told, max(0, math.ceil((after - self.grace) / DAY)))

    def _with_days(self, told, days):
        percent = min(self.penalty.percent * days, self.penalty.most) if self.penalty else 0.0
        return replace(told, state=LATE if days else ON_TIME, days=days, percent=percent)

    def describe(self):
        """Says in a sentence what holds."""
        parts = [f"Due {show_due(self.due)}"]
        if self.grace:
            parts.append(f"{self.grace.total_seconds() / 60:g} min of grace")
        if self.extensions:
            count = len(self.extensions)
            parts.append(f"{count} student{'s have' if count > 1 else ' has'} an extension")
        parts.append(f"{self.penalty} of a notebook's points is taken off" if self.penalty else "no points are taken")
        return "; ".join(parts) + f". A time that names no zone is read as {name_zone(self.due.tzinfo)}."


def read_deadline(arguments, students):
    """Makes the `Deadline` of `--due`, `--grace`, `--extensions` and `--late-penalty`; None without `--due`.

    `students` are the `Students` of the class. Raises `Refused` with what is not right, lines of the table by number.
    """
    if arguments.due is None:
        for option in ("grace", "extensions", "late_penalty"):
            if getattr(arguments, option) is not None:
                raise Refused(f"--{option.replace('_', '-')} says nothing without --due.")
        return None
    due = _of_option("--due", read_time, arguments.due)
    grace = _of_option("--grace", read_duration, arguments.grace or "0", timedelta(minutes=1))
    penalty = _of_option("--late-penalty", read_penalty, arguments.late_penalty) if arguments.late_penalty else None
    extensions = read_extensions(arguments.extensions, due, students) if arguments.extensions else {}
    return Deadline(due, grace, penalty, extensions)


def _of_option(option, read, *values):
    try:
        return read(*values)
    except ValueError as error:
        raise Refused(f"{option}: {error}") from None


def read_penalty(text):
    """Reads "10% per day, at most 50%"; raises `ValueError` with a sentence."""
    match = PENALTY.fullmatch(" ".join(text.split()))
    percent, most = (float(match[1]), float(match[2] or 100)) if match else (0, 0)
    if not 0 < percent <= 100 or not 0 < most <= 100:
        raise ValueError(
            f"'{visible(text)}' is no rule: write it like '10% per day, at most 50%', with numbers above 0 up to 100."
        )
    return Penalty(percent, most)


def read_extensions(path, due, students):
    """Reads a table of extensions; returns a dict from identities to due times.

    Raises `Refused` with all lines that are not right.
    """
    columns = "the new time ('due', or 'hours' or 'days' more)"
    lines = read_student_lines(path, "--extensions", [{*TIMES, *HOURS, *DAYS}], columns)
    extensions, seen, wrong = {}, {}, []
    for line in lines:
        try:
            identity = students.find(line.who)
            if identity in seen:
                raise ValueError(f"{students.names[identity]} has an extension on line {seen[identity]} already.")
            seen[identity] = line.number
            extensions[identity] = _read_extension(line, due)
        except ValueError as error:
            wrong.append(f"  line {line.number}: {error}\n")
    if wrong:
        raise Refused(f"--extensions: nothing was run, because of '{path}':\n{''.join(wrong)}Correct these lines.")
    return extensions


def _read_extension(line, due):
    """Returns the new due time that a line gives."""
    text, column = line.value((*TIMES, *HOURS, *DAYS))
    if not text:
        raise ValueError("It has no time.")
    unit = timedelta(hours=1) if column in HOURS else DAY if column in DAYS else None
    try:
        longer = read_duration(text, unit)
    except ValueError:
        later = read_time(text, due.tzinfo).astimezone(due.tzinfo)
    else:
        # A whole day later is the same hour by the clock, also where clocks are changed in between.
        whole = timedelta(days=longer.days)
        later = due + whole
        later = (later.astimezone(timezone.utc) + (longer - whole)).astimezone(due.tzinfo)
    if later.astimezone(timezone.utc) <= due.astimezone(timezone.utc):
        raise ValueError(f"{show_due(later)} is not later than what holds for all, {show_due(due)}.")
    return later
