"""One student's folder and what must come of it, and how notebooks are made for it."""

import copy
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.releasing.student_copy import make_student_copy

NOTEBOOKS = Path(__file__).resolve().parent.parent.parent / "notebooks"
MNIST, GRAY, COLOUR = "01_mnist", "02_faces_grayscale", "03_faces_colour"
# The tests put it into the environment of the command, and a case looks for it in the sandbox.
SECRET = "DCGAN_COURSE_SECRET"


@dataclass(frozen=True)
class Case:
    """A student's folder.

    Attributes:
        name: The folder's name.
        intent: One line: what happened, and what must come of it.
        files: Dict from a file's name in the folder to its bytes, or to a function that makes them.
        points: Dict from each exercise's key to the points that it must get; None if nothing can be graded.
        status: "graded", "could not be graded" or "no submission".
    """

    name: str
    intent: str
    files: dict
    points: dict | None
    status: str = "graded"

    def write(self, folder):
        """Writes the student's folder into a folder."""
        for name, content in self.files.items():
            path = Path(folder) / self.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content() if callable(content) else content)
        (Path(folder) / self.name).mkdir(parents=True, exist_ok=True)


@functools.cache
def exercises(name):
    """Returns the exercises of a master: a dict by key."""
    master = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    return {exercise.key: exercise for exercise in read_exercises(master)}


# What a student is given of notebook 2, by the exercise's key.
STUBS = {key: exercise.stub for key, exercise in exercises(GRAY).items()}


@functools.cache
def _released(name):
    return nbformat.reads(make_student_copy(NOTEBOOKS / f"{name}.ipynb"), as_version=4)


def released(name=GRAY):
    """Returns the notebook that a student is given."""
    return copy.deepcopy(_released(name))


def solution(key):
    """Returns a right answer, as a student writes it: without the master's marks."""
    name = {"1": MNIST, "2": GRAY, "3": COLOUR}[key[0]]
    return re.sub(r"^ *### (?:BEGIN|END) SOLUTION\n?", "", exercises(name)[key].solution, flags=re.MULTILINE).rstrip()


def solved(name=GRAY, **changes):
    """Returns a notebook with a right answer to each exercise but those that are given: `ex21="..."`."""
    notebook = released(name)
    for exercise in exercises(name).values():
        answer_cell(notebook, exercise.key).source = changes.pop(exercise.answer_id, solution(exercise.key))
    assert not changes, changes
    return notebook


def answer_cell(notebook, key):
    """Returns the cell of an answer, for it to be changed."""
    return cell(notebook, "ex" + key.replace(".", ""))


def check_cell(notebook, key):
    """Returns the cell of a check."""
    return cell(notebook, "check" + key.replace(".", ""))


def cell(notebook, cell_id):
    """Returns the cell with an id."""
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def to_bytes(notebook, **options):
    """Writes a notebook as Jupyter does; whatever is wrong with it stays wrong."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, **options).encode("utf-8", "surrogatepass")


def full(name=GRAY, **other):
    """Returns full points for a notebook, but for those given: `ex21=0`."""
    points = {key: other.pop(exercise.answer_id, exercise.points) for key, exercise in exercises(name).items()}
    assert not other, other
    return points


def short(answer):
    """Returns notebook 2 with an answer to 2.2. 2.4 and 2.5 are stubs: they take as long again, and 2.3 shows as much."""
    return solved(ex22=answer, ex24=STUBS["2.4"], ex25=STUBS["2.5"])


def short_points(**other):
    """Returns full points for such a notebook, but for those given."""
    return full(ex24=0, ex25=0, **other)


def notebook_case(name, intent, notebook, points, file="02_faces_grayscale.ipynb"):
    """Makes the case of a student who hands in one notebook."""
    return Case(name, intent, {file: to_bytes(notebook)}, points)
