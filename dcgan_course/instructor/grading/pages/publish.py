"""What a batch leaves behind: tables, one page for each student, and one for the instructor."""

import base64
import functools
import hashlib
import json
import re
from collections import Counter
from pathlib import Path

from dcgan_course.instructor.grading.pages.class_page import page_values
from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions, code, feedback_values
from dcgan_course.instructor.grading.pages.tables import write_csv
from dcgan_course.instructor.grading.results.moved import find_moved, say_moved
from dcgan_course.instructor.grading.rules.late_summary import summarize_late
from dcgan_course.instructor.grading.rules.late_words import say_late
from dcgan_course.instructor.process.wording import clock, shown, visible
from dcgan_lib.system.files import atomic_write

HERE = Path(__file__).parent


def publish(rows, ledger, masters, output, form, overview=None, walls=(), feedback=None, deadline=None):
    """Writes `grades.csv`, `grades.json`, `feedback/` and `index.html`; `form` is that of `write_csv`.

    `feedback` are the `FeedbackOptions`; without them it is in English, and has no expected values.

    What cannot be written does not keep the rest from being written. Returns a list of sentences about it.
    """
    troubles, feedback = [], feedback or FeedbackOptions()
    names = file_names(rows)
    (output / "feedback").mkdir(exist_ok=True)
    template = templates().get_template("feedback.html")
    for row, name in zip(rows, names, strict=True):
        if trouble := write_text(output / "feedback" / name, template.render(feedback_values(row, feedback))):
            row.look.append(trouble)
    try:
        write_csv(output / "grades.csv", rows, masters, form)
    except OSError as error:
        troubles.append(_say_unwritten(output / "grades.csv", error))
    written = json.dumps([row.to_json(feedback.show_expected) for row in rows], indent=2, ensure_ascii=False)
    troubles.append(write_text(output / "grades.json", written + "\n"))
    return [*filter(None, troubles), *write_page(rows, ledger, masters, output, overview, walls, deadline)]


def write_page(rows, ledger, masters, output, overview=None, walls=(), deadline=None):
    """Writes `index.html`; returns a list of sentences about what could not be written.

    `walls` are sentences on what is weak about the sandbox; `deadline` is a `Deadline`, or None.
    """
    values = page_values(rows, masters, file_names(rows), output)
    script = (HERE / "index.js").read_text("utf-8")
    text = (
        templates()
        .get_template("index.html")
        .render(
            **values,
            unsafe=any(result.isolation == "none" for result in ledger.results.values()),
            overview=overview,
            regraded=find_moved(rows, ledger),
            say_moved=say_moved,
            walls=walls,
            late=summarize_late(rows, deadline),
            say_late=say_late,
            script=script,
            # Our own script, and no other, may run in the page.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    return [trouble] if (trouble := write_text(output / "index.html", text)) else []


@functools.cache
def templates():
    """Returns the templates of this folder's pages: a `jinja2.Environment`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = _format_points
    environment.filters |= {"seen": visible, "code": code}
    environment.filters["short"] = lambda value: f"{round(value, 2):g}"
    environment.filters["number_of"] = lambda notebook: notebook.split("_")[0]
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


def print_summary(rows, output, files, seconds):
    """Prints in some lines what came out, and what needs a person.

    `files` says how many files were graded now, how many before, and how many are the same as another one.
    """
    counts = Counter(row.status for row in rows)
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()) + ".")
    now, before, same = files
    copies = f", {same} the same as another file" if same else ""
    print(f"{now} graded now ({clock(seconds)}), {before} before{copies}.")
    look = [row for row in rows if row.look]
    for row in look[:10]:
        print(f"  {row.student}: {row.look[0]}")
    if len(look) > 10:
        print(f"  and {len(look) - 10} more who need a person; the page has them all.")
    print(f"{shown(output / 'index.html')} shows all; {shown(output / 'grades.csv')} has the marks.")


def write_text(path, text):
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
