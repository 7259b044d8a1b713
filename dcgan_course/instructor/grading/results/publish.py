"""What a batch leaves behind: tables, one page for each student, and one for the instructor."""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from dcgan_course.instructor.grading.results.feedback import explain
from dcgan_course.instructor.grading.results.tables import write_csv
from dcgan_course.instructor.process.wording import clock, shown
from dcgan_lib.system.files import atomic_write

MOST_SLOW = 10
HERE = Path(__file__).parent


def publish(rows, ledger, masters, output, form, overview=None, walls=()):
    """Writes `grades.csv`, `grades.json`, `feedback/` and `index.html`; `form` is that of `write_csv`.

    What cannot be written does not keep the rest from being written. Returns a list of sentences about it.
    """
    troubles = []
    names = file_names(rows)
    (output / "feedback").mkdir(exist_ok=True)
    template = _environment().get_template("feedback.html")
    for row, name in zip(rows, names, strict=True):
        if trouble := _write(output / "feedback" / name, template.render(row=row, explain=explain)):
            row.look.append(trouble)
    try:
        write_csv(output / "grades.csv", rows, masters, form)
    except OSError as error:
        troubles.append(_say_unwritten(output / "grades.csv", error))
    written = json.dumps([row.to_json() for row in rows], indent=2, ensure_ascii=False)
    troubles.append(_write(output / "grades.json", written + "\n"))
    return [*filter(None, troubles), *write_page(rows, ledger, masters, output, overview, walls)]


def write_page(rows, ledger, masters, output, overview=None, walls=()):
    """Writes `index.html`; returns a list of sentences about what could not be written.

    `walls` are sentences on what is weak about the sandbox.
    """
    names = file_names(rows)
    page = _environment().get_template("index.html")
    text = page.render(
        rows=rows,
        links=[f"feedback/{quote(name)}" if (output / "feedback" / name).exists() else "" for name in names],
        masters=masters,
        counts=Counter(row.status for row in rows),
        unsafe=any(result.isolation == "none" for result in ledger.results.values()),
        checks=_marks_by_exercise(rows, masters),
        all_marks=[marks for row in rows for marks in row.exercises.values()],
        troubles=_most_common_troubles,
        slow=_find_slowest(rows),
        overview=overview,
        walls=walls,
    )
    return [trouble] if (trouble := _write(output / "index.html", text)) else []


def _environment():
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = _format_points
    return environment


def file_names(rows):
    """Names each student's page: characters that a file's name cannot hold are replaced, and no two are the same."""
    names = []
    for row in rows:
        safe = re.sub(r"[^\w.+@ -]+", "_", row.student).strip(" .")[:60] or "student"
        if safe != row.student or f"{safe.casefold()}.html" in map(str.casefold, names):
            told_apart = f"{row.student}\0{row.identity}".encode("utf-8", "surrogatepass")
            safe += "-" + hashlib.sha256(told_apart).hexdigest()[:8]
        names.append(f"{safe}.html")
    return names


def print_summary(rows, output, known, new, seconds):
    """Prints in some lines what came out, and what needs a person."""
    counts = Counter(row.status for row in rows)
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()) + ".")
    print(f"{new} graded now ({clock(seconds)}), {known} before.")
    look = [row for row in rows if row.look]
    for row in look[:10]:
        print(f"  {row.student}: {row.look[0]}")
    if len(look) > 10:
        print(f"  and {len(look) - 10} more who need a person; the page has them all.")
    print(f"{shown(output / 'index.html')} shows all; {shown(output / 'grades.csv')} has the marks.")


def _write(path, text):
    """Writes a text; returns None, or a sentence that says why it could not be written."""
    try:
        # A notebook's texts may hold half of a surrogate pair, which UTF-8 cannot write.
        with atomic_write(path, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except OSError as error:
        return _say_unwritten(path, error)


def _say_unwritten(path, error):
    return f"{shown(path)} could not be written ({error.strerror or error}). Run the command again when that is mended."


def _format_points(value):
    """Writes points without a needless .0, and nothing where there are none."""
    return "" if value is None else f"{value:g}"


def _marks_by_exercise(rows, masters):
    """Returns pairs of an `Exercise` and the list of all students' `Marks` for it, if anybody handed it in."""
    exercises = [exercise for master in masters for exercise in master.exercises]
    pairs = [(each, [row.exercises[each.key] for row in rows if each.key in row.exercises]) for each in exercises]
    return [(exercise, marks) for exercise, marks in pairs if marks]


def _most_common_troubles(all_marks, count):
    """Returns pairs of what went wrong and how often, the most common first."""
    return Counter(_name_trouble(marks) for marks in all_marks if marks.outcome != "right").most_common(count)


def _name_trouble(marks):
    if marks.outcome == "error":
        return marks.error or "error"
    if marks.outcome == "partly right":
        return "partly right: not " + ", ".join(part for part in marks.parts if part not in marks.right)
    return marks.outcome


def _find_slowest(rows):
    """Returns tuples of a student's name and the `SubmissionResult`, those that took longest first."""
    results = [(row.student, entry.result) for row in rows for entry in row.notebooks.values()]
    return sorted(results, key=lambda pair: -pair[1].seconds)[:MOST_SLOW]
