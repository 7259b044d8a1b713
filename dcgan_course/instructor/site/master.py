"""A master as one page of the site shows it: in one language, with or without its solutions."""

import re
import warnings

from dcgan_course.exercises.exercise import BEGIN, END, BadMaster, read_exercises
from dcgan_course.instructor.masters.colab_format import restore_format
from dcgan_course.instructor.masters.language import korean_text, split_languages
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.instructor.releasing.student_copy import VERDICT_CALL
from dcgan_course.refused import Refused

# What a page shows of an output that has several forms: the first of these that it has.
FORMS = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain")

HEADING = re.compile(r"^(#+) ", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)  # A comment in it is no heading.
BOLD_LINE = re.compile(r"^\*\*([^*\n]+)\*\*$", re.MULTILINE)
TITLE = re.compile(r"^#\s*@title\s+(\S[^\n{]*)", re.MULTILINE)  # What Colab shows of a folded cell.


def read_master(path):
    """Reads a master's file; returns a `NotebookNode`, or raises `Refused` if it is no valid notebook."""
    with skip_address_grammars():
        import nbformat

    try:
        with warnings.catch_warnings():
            # A cell without an id of its own would get another one each time, and links to it would break.
            warnings.simplefilter("error", nbformat.warnings.DuplicateCellId)
            warnings.simplefilter("error", nbformat.warnings.MissingIDFieldWarning)
            notebook = nbformat.read(path, as_version=4)
        restore_format(notebook)
        nbformat.validate(notebook)
    except Exception as error:  # A broken file fails in many ways.
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise Refused(f"{path.name} is no valid notebook ({reason}). Open it in Jupyter, and save it.") from None
    return notebook


def put_into_language(notebook, language):
    """Leaves in each text cell the text of one language, "en" or "ko", in place.

    What the page needs to know of a cell stands in its `metadata.site`: `language` is the cell's.
    """
    for cell in notebook.cells:
        korean = _korean_with_headings(cell.source) if cell.cell_type == "markdown" and language == "ko" else None
        if cell.cell_type == "markdown":
            cell.source = korean or split_languages(cell.source)[0]
        cell.metadata["site"] = {"language": "ko" if korean else "en"}


def _korean_with_headings(source):
    """Returns a text cell's Korean with all headings that its English has; None if it has no Korean.

    Below its first heading a master has bold lines instead: Jupyter's contents would list folded headings, too.
    """
    korean = korean_text(source)
    if korean is None:
        return None
    english = CODE.sub("", split_languages(source)[0])
    levels = HEADING.findall(english)[len(HEADING.findall(CODE.sub("", korean))) :]
    if len(levels) != len(BOLD_LINE.findall(korean)):
        return korean
    marks = iter(levels)
    return BOLD_LINE.sub(lambda line: f"{next(marks)} {line[1]}", korean)


def fold_code(notebook):
    """Names the code that Jupyter and Colab show folded in its cell's `metadata.site`, in place."""
    for cell in notebook.cells:
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden") or cell.metadata.get("cellView") == "form"
        if cell.cell_type == "code" and hidden:
            title = TITLE.search(cell.source)
            cell.metadata.site["folded"] = title[1] if title else cell.source.strip().partition("\n")[0]


def put_stubs(notebook, name, solutions):
    """Replaces solutions by stubs, in place; with `solutions` each stands in its cell's `metadata.site`.

    Without them what solutions printed goes too, and each check's verdict: a reader would take it for one on the stub.

    Raises:
        Refused: If the master is not well-formed.
    """
    try:
        exercises = {exercise.answer_id: exercise for exercise in read_exercises(notebook)}
    except (BadMaster, SyntaxError) as problem:
        raise Refused(f"{name}: {problem}") from None
    for cell in notebook.cells:
        if exercise := exercises.get(cell.id):
            cell.source = exercise.stub
            cell.metadata.site |= {"key": exercise.key, "points": exercise.points}
            if solutions:
                cell.metadata.site["solution"] = _without_marks(exercise.solution)
        if cell.cell_type == "code" and not solutions and (exercise or VERDICT_CALL.search(cell.source)):
            cell.outputs = []


def put_one_form(notebook):
    """Leaves of each output the one form that a page shows, in place; one that has no such form goes."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            best = next((form for form in FORMS if form in output.get("data", {})), None)
            if "data" in output:
                output.data = {best: output.data[best]} if best else {}
        cell.outputs = [output for output in cell.outputs if output.get("data", True)]


def _without_marks(solution):
    return "\n".join(line for line in solution.splitlines() if line.strip() not in (BEGIN, END))
