"""A student's answers: found wherever they stand in a notebook, with the code that runs them."""

import ast
from dataclasses import dataclass

from dcgan_course.exercises import python_source as python
from dcgan_course.exercises.candidates import FOUND_BY, find_candidates, how_found
from dcgan_course.exercises.cell_parts import split_cells
from dcgan_course.exercises.python_source import with_deep_stack
from dcgan_course.exercises.student_notebook import Node, read_notebook
from dcgan_course.exercises.support import find_support
from dcgan_course.exercises.tasks import TASKS


@dataclass(frozen=True)
class Answer:
    """What a notebook has for one exercise; a missing answer has only its key and status."""

    key: str  # The exercise's number, such as "2.1".
    status: str  # "answered", "missing", "stub" or "not Python".
    source: str = ""  # The answer as it stands in the notebook.
    # The code to run: `source` without IPython's lines, below the imports, helpers and constants of other cells that
    # it uses. Empty unless answered.
    code: str = ""
    support: str = ""  # What of `code` stands in other cells, as Python writes it.
    found_by: str | None = None  # "marker", "id" or "likeness".
    cell: int | None = None  # The number of its cell in the notebook, from 1.
    error: str | None = None  # Why it is not Python.
    warnings: tuple[str, ...] = ()  # Sentences.


@dataclass(frozen=True)
class ReadNotebook:
    """What a student's file holds."""

    notebook: Node
    warnings: list  # Sentences about the file.
    name: str | None  # Which of the course's notebooks it is; None if it is none of them.
    answers: dict  # From each exercise's key to its `Answer`; empty if it is none of them.


def read_answers(content):
    """Reads the answers in a file's bytes into a `ReadNotebook`; nothing of them is run.

    Raises `NotGradable` if it is no notebook.
    """
    return with_deep_stack(_read_answers, content)


def _read_answers(content):
    notebook, warnings = read_notebook(content)
    name = which_notebook(notebook)
    return ReadNotebook(notebook, warnings, name, find_answers(notebook, TASKS[name]) if name else {})


def find_answers(notebook, tasks, given=frozenset()):
    """Finds a student's answers.

    An answer is known by the marker in its source, else by its cell's id, else by the names that it defines. Of
    several, a finished one comes before one that is not Python, and that before a stub. Then the one that defines
    more of the task's names is taken, then one with its marker, then the last. Returns a dict from each task's key to
    its `Answer`. `given` are the names that are defined before an answer runs; all others that it uses are searched for
    in the student's other cells.
    """
    parts = split_cells(notebook)
    return {task.key: _find_answer(task, tasks, parts, given) for task in tasks}


def which_notebook(notebook, tasks_by_notebook=TASKS):
    """Says which notebook of the course a submission is, by its exercises; the file's name does not matter.

    Returns a name of `tasks_by_notebook`, or None if it is none of them.
    """
    parts, scores = split_cells(notebook), {}
    for name, tasks in tasks_by_notebook.items():
        ways = [{how_found(task, tasks, part) for part in parts} - {None} for task in tasks]
        # First how many exercises are found at all: answers copied into notebook 3 may keep the markers of notebook 2.
        scores[name] = [sum(map(bool, ways)), *(sum(way in found for found in ways) for way in reversed(FOUND_BY))]
    best = max(scores, key=scores.get)
    is_only_one = list(scores.values()).count(scores[best]) == 1
    return best if any(scores[best]) and is_only_one else None


def _find_answer(task, tasks, parts, given):
    candidates = find_candidates(task, tasks, parts)
    best = max(candidates, key=lambda candidate: candidate.rank, default=None)
    if best is None or best.state == "empty":
        return Answer(task.key, "missing")
    part, code, support, error = best.part, "", "", None
    status = "answered" if best.state == "other code" else best.state
    warnings = list(_warn_of_place(task, best, candidates))
    if status == "not Python":
        error = f"cell {part.cell_number}, line {part.error.lineno or 1} of the answer: {part.error.msg}"
    elif status == "answered":
        code, support, unfinished = _make_code(task, tasks, part, parts, given)
        warnings += [f"{name} is not done in it." for name in unfinished]
        warnings += _warn_of_leftovers(part)
    return Answer(task.key, status, part.source, code, support, best.found_by, part.cell_number, error, tuple(warnings))


def _make_code(task, tasks, part, parts, given):
    """Makes the code that runs an answer; returns it, what of it stands in other cells, and the names not defined."""
    names_of_others = {name for any_task in tasks if any_task.key != task.key for name in any_task.names}
    elsewhere = [
        statement
        for any_part in parts
        if any_part is not part and any_part.cell_type == "code" and any_part.statements is not None
        for statement in any_part.statements
    ]
    own = [statement for statement in part.statements if not python.is_stub(statement)]
    support, supported = find_support(own, elsewhere, task.names, frozenset(given) | names_of_others)
    unfinished = [name for name in task.names if name not in supported | python.finished_names(own)]
    stubs = [statement for statement in part.statements if python.is_stub(statement) and statement.name in unfinished]
    return python.runnable([*support, *own, *stubs]), "\n".join(map(ast.unparse, support)), unfinished


def _warn_of_place(task, best, candidates):
    if best.found_by == "id":
        yield f"Its line '# EXERCISE {task.key}' is gone; it was found by its cell."
    if best.found_by == "likeness":
        yield f"It stands in a cell without the line '# EXERCISE {task.key}', and was found by what it defines."
    if best.part.cell_type != "code":
        yield f"Cell {best.part.cell_number} is a text cell; its content was taken as code."
    # A part of the answer that stands in another cell is no second answer.
    duplicates = {
        candidate.part.cell_number
        for candidate in candidates
        if candidate.state in ("not Python", "other code") or candidate.finished & best.finished
    }
    cells = ", ".join(map(str, sorted(duplicates - {best.part.cell_number})))
    if cells:
        yield f"It is there more than once: cell {best.part.cell_number} counts, and not cell {cells}."


def _warn_of_leftovers(part):
    for line in part.ipython_lines:
        yield f"The line {line[:60]!r} is passed over: it is not Python."
    for statement in part.statements:
        body = statement.body if isinstance(statement, python.FUNCTIONS) and not python.is_stub(statement) else []
        if any(python.is_not_done(inner) for inner in body[:-1]):
            yield f"{statement.name} still has the line 'raise NotImplementedError' before your code: delete it."
