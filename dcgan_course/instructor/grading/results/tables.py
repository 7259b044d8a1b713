"""The grades as CSV: for a spreadsheet, for Canvas, for Moodle."""

import csv
import os

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(path, rows, masters, form=None):
    """Writes the table of grades, in UTF-8 with the mark that Excel needs to see it.

    What was not graded is left empty: a 0 would be a mark.

    Args:
        path: The file.
        rows: List of dicts, as `gather` gives them.
        masters: List of `Master`.
        form: None, "canvas" or "moodle".
    """
    table = {None: _plain, "canvas": _canvas, "moodle": _moodle}[form](rows, masters)
    written = path.with_name(f".{path.name}.part")
    with open(written, "w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([guard(value) for value in line] for line in table)
    os.replace(written, path)


def guard(value):
    """Returns a value that no spreadsheet runs as a formula."""
    if isinstance(value, str) and (value.startswith(FORMULA) or value.lstrip().startswith(FORMULA)):
        return "'" + value
    return "" if value is None else value


def _plain(rows, masters):
    keys = [exercise.key for master in masters for exercise in master.exercises]
    names = [master.name for master in masters]
    yield ["student", "id", "status", "points", "possible", *names, *keys, "look"]
    for row in rows:
        marks = {key: exercise["points"] for key, exercise in _exercises(row)}
        yield [
            *(row[name] for name in ("student", "id", "status", "points", "possible")),
            *(_points(row, name) for name in names),
            *(marks.get(key) for key in keys),
            " ".join(row["look"]),
        ]


def _canvas(rows, masters):
    names = [master.name for master in masters]
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names]
    yield ["    Points Possible", "", "", "", "", *(master.points for master in masters)]
    for row in rows:
        known = {str(name).strip().casefold(): value for name, value in row["roster"].items()}
        # In the class list `id` may be the university's number; Canvas's own stands in the zip's names.
        number = row["lms_id"] or known.get("id", "")
        about = [known.get("student") or row["student"], number, *(known.get(name, "") for name in CANVAS)]
        yield [*about, *(_points(row, name) for name in names)]


CANVAS = ("sis user id", "sis login id", "section")


def _moodle(rows, masters):
    names = [master.name for master in masters]
    yield ["Identifier", "Full name", "ID number", "Email address", "Status", "Grade", "Maximum Grade", *names]
    for row in rows:
        known = {str(name).strip().casefold(): value for name, value in row["roster"].items()}
        identifier = known.get("identifier") or (f"Participant {row['lms_id']}" if row["lms_id"] else "")
        number = known.get("id number") or row["id"]
        about = [identifier, known.get("full name") or row["student"], number, known.get("email address", "")]
        yield [*about, row["status"], row["points"], row["possible"], *(_points(row, name) for name in names)]


def _points(row, name):
    entry = row["notebooks"].get(name)
    return None if entry is None else entry["result"]["points"]


def _exercises(row):
    for entry in row["notebooks"].values():
        yield from entry["result"]["exercises"].items()
