"""The grades as CSV: for a spreadsheet, for Canvas, for Moodle."""

import csv
import io

from dcgan_course.instructor.grading.rules.late_words import say_late
from dcgan_lib.system.files import atomic_write

BYTE_ORDER_MARK = "\ufeff"  # Excel reads UTF-8 only after it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(path, rows, masters, form=None):
    """Writes the table of grades, laid out by `form`: None, "canvas" or "moodle".

    What was not graded is left empty: a 0 would be a mark. What Canvas and Moodle import are the totals: less what is
    taken off, with what was adjusted by hand.
    """
    table = {None: _plain, "canvas": _canvas, "moodle": _moodle}[form](rows, masters)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([guard(value) for value in line] for line in table)
    with atomic_write(path, "wb") as file:
        # UTF-8 cannot write half of a surrogate pair.
        file.write(f"{BYTE_ORDER_MARK}{text.getvalue()}".encode("utf-8", "replace"))


def guard(value):
    """Returns a value that no spreadsheet runs as a formula."""
    if isinstance(value, str) and (value.startswith(FORMULA) or value.lstrip().startswith(FORMULA)):
        return "'" + value
    return "" if value is None else value


def _plain(rows, masters):
    keys = [exercise.key for master in masters for exercise in master.exercises]
    names = [master.name for master in masters]
    with_due = any(row.lateness for row in rows)
    by_hand = any(row.adjustments for row in rows)
    more = [*(["late", "taken off"] if with_due else []), *(["adjusted"] if by_hand else [])]
    more += ["total", "total possible"] if more else []
    yield ["student", "id", "status", "points", "possible", *more, *names, *keys, "look"]
    for row in rows:
        yield [
            *(row.student, row.id, row.status, row.points, row.possible),
            *((say_late(row), row.taken_off if row.notebooks else None) if with_due else ()),
            *((row.adjusted if row.adjustments else None,) if by_hand else ()),
            *((row.total, row.total_possible) if more else ()),
            *(_points(row, name) for name in names),
            *(row.exercises[key].points if key in row.exercises else None for key in keys),
            " ".join(row.look),
        ]


def _canvas(rows, masters):
    names = [master.name for master in masters]
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names]
    yield ["    Points Possible", "", "", "", "", *(master.points for master in masters)]
    for row in rows:
        known = _columns(row)
        yield [
            known.get("student") or row.student,
            # The class list's `id` may be the university's number; Canvas writes its own into the zip's names.
            row.lms_id or known.get("id", ""),
            *(known.get(name, "") for name in ("sis user id", "sis login id", "section")),
            *(_total(row, name) for name in names),
        ]


def _moodle(rows, masters):
    names = [master.name for master in masters]
    yield ["Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade", *names]
    for row in rows:
        known = _columns(row)
        yield [
            known.get("identifier") or (f"Participant {row.lms_id}" if row.lms_id else ""),
            known.get("full name") or row.student,
            known.get("id number") or row.id,
            known.get("email address", ""),
            *(row.status, row.total, row.total_possible),
            *(_total(row, name) for name in names),
        ]


def _columns(row):
    """Returns a student's line of the class list, with its columns' names in lower case."""
    return {str(name).strip().casefold(): value for name, value in row.columns.items()}


def _points(row, name):
    return row.notebooks[name].result.points if name in row.notebooks else None


def _total(row, name):
    return row.totals[name].total if name in row.totals else None
