"""A student's copy of a master: it has stubs for solutions, and looks as if nothing had been run."""

import re

from dcgan_course.exercises.exercise import BadMaster, read_exercises
from dcgan_course.instructor.masters.colab_format import restore_format
from dcgan_course.instructor.masters.language import unfold_korean
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.refused import Refused

REPOSITORY_LINE = re.compile(r'^repository = ""', re.MULTILINE)
# A call whose words a student reads, without its last bracket: a check's verdict, or a page to play with.
VERDICTS = "check|show_progress"
VERDICT_CALL = re.compile(rf"^[ \t]*(?:{VERDICTS})\(", re.MULTILINE)
SPEAKING_CALL = re.compile(
    rf"^([ \t]*(?:{VERDICTS}|LatentSpaceWalk|RealOrFake|TimelinePage)\([^()\n]*)\)", re.MULTILINE
)


def make_student_copy(path, repository=None, language="en", ai=False):
    """Makes a student's notebook from a master's file; returns it as JSON text.

    No cell keeps its outputs: below a check there would be a verdict on our solution, which a student would take for
    one on the stub. `repository` is the address of the released course; without one, there is no badge. `language` is
    the one in which texts stand open and checks answer, "en" or "ko". `ai` leaves Colab's AI assistance on.

    Raises:
        Refused: If the master is not well-formed.
    """
    with skip_address_grammars():
        import nbformat

    notebook = nbformat.read(path, as_version=4)
    restore_format(notebook)
    try:
        exercises = read_exercises(notebook)
    except BadMaster as problem:
        raise Refused(f"{path.name}: {problem}") from None
    stubs = {exercise.answer_id: exercise.stub for exercise in exercises}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = stubs.get(cell.id, cell.source)
            cell.outputs, cell.execution_count = [], None
    if language == "ko":
        unfold_korean(notebook)
        _answer_in_korean(notebook)
    if repository is not None:
        _add_repository(notebook, path.name, repository)
    if not ai:
        notebook.metadata["colab"] = {**notebook.metadata.get("colab", {}), "generative_ai_disabled": True}
    return nbformat.writes(notebook) + "\n"


def badge(repository, name):
    """Returns the "Open in Colab" badge of a released notebook, in Markdown."""
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({image})]({colab_address(repository, name)})"


def colab_address(repository, name):
    """Returns where Colab opens a notebook of a repository, which is `https://github.com/OWNER/NAME`."""
    path = f"{repository.removeprefix('https://github.com/')}/blob/main/notebooks/{name}"
    return f"https://colab.research.google.com/github/{path}"


def _answer_in_korean(notebook):
    """Lets the checks, the table of progress and the pages to play with speak Korean."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = SPEAKING_CALL.sub(r'\1, language="ko")', cell.source)


def _add_repository(notebook, name, repository):
    """Inserts the badge on top, and writes the address into the cell that fetches the course on Colab."""
    from nbformat.v4 import new_markdown_cell

    for cell in notebook.cells:
        if cell.cell_type == "code" and REPOSITORY_LINE.search(cell.source):
            cell.source = REPOSITORY_LINE.sub(f'repository = "{repository}"', cell.source)
            break
    else:
        raise Refused(f"{name}: no cell has the line 'repository = \"\"' that the address belongs into.")
    notebook.cells.insert(0, new_markdown_cell(badge(repository, name), id="badge"))
