"""A student's answers: which cells of a notebook they are, wherever they stand and whatever became of them."""

import re
from dataclasses import dataclass

from dcgan_course.exercises import python_source as python
from dcgan_course.exercises.exercise import CHECK, MARKER
from dcgan_course.exercises.support import find_support
from dcgan_course.exercises.tasks import COURSE

FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)^[ \t]*\1", re.MULTILINE | re.DOTALL)
WAYS = ("likeness", "id", "marker")
# What a cell may be for an exercise, from the least to the best.
STATES = ("empty", "stub", "other", "not Python", "answered")


@dataclass(frozen=True)
class Answer:
    """What a notebook has for one exercise.

    Attributes:
        key: The exercise's number, such as "2.1".
        status: "answered", "missing", "stub" or "not Python".
        source: The answer as it stands in the notebook; empty if it is missing.
        code: What is to be run: `source` without IPython's lines, after those imports, helpers and constants
            of other cells that it uses. Empty unless answered.
        found: "marker", "id" or "likeness"; None if it is missing.
        cell: The place of its cell in the notebook, from 1; None if it is missing.
        error: What is wrong with it as Python, for the status "not Python"; else None.
        warnings: Tuple of sentences.
    """

    key: str
    status: str
    source: str = ""
    code: str = ""
    found: str | None = None
    cell: int | None = None
    error: str | None = None
    warnings: tuple = ()


@dataclass
class Piece:
    """A cell, or the part of one that belongs to one marker.

    Attributes:
        cell: The cell's place, from 1.
        cell_id: The cell's id, or None.
        kind: "code", "markdown" or "raw".
        key: The key of the marker it begins with, or None.
        text: Its source.
        statements: List of `ast` statements; None if it is not Python.
        aside: Lines that only IPython understands.
        error: The `SyntaxError`, or None.
    """

    cell: int
    cell_id: str | None
    kind: str
    key: str | None
    text: str
    statements: list | None = None
    aside: tuple = ()
    error: SyntaxError | None = None


def find_answers(notebook, tasks, given=frozenset()):
    """Finds a student's answers.

    An answer is looked for by its marker in the source, then by its cell's id, then by what it defines. Of
    several the last is taken that is not the stub, and that is Python if one is.

    Args:
        notebook: The student's `NotebookNode`, as `read_notebook` gives it.
        tasks: `Task` or `Exercise` objects of one notebook of the course.
        given: Names that are there when the answer runs; all others that it uses are looked for in the
            student's other cells.

    Returns:
        A dict from each task's key to its `Answer`.
    """
    pieces = list(_pieces(notebook))
    return {task.key: _find(task, tasks, pieces, given) for task in tasks}


def which_notebook(notebook, course=COURSE):
    """Says which notebook of the course a submission is: by its exercises, whatever the file is called.

    Args:
        notebook: The student's `NotebookNode`.
        course: Dict from a notebook's name to its tasks.

    Returns:
        A name of `course`, or None if it is none of them.
    """
    pieces = list(_pieces(notebook))
    found = {}
    for name, tasks in course.items():
        ways = [way for task in tasks for way in {_way(task, piece, tasks) for piece in pieces}]
        found[name] = [ways.count(way) for way in reversed(WAYS)]
    best = max(found, key=found.get)
    return best if any(found[best]) and list(found.values()).count(found[best]) == 1 else None


def _pieces(notebook):
    """Yields the pieces of a notebook, without those that are checks."""
    for place, cell in enumerate(notebook.cells, start=1):
        marks = sorted((match.start(), match[1], True) for match in MARKER.finditer(cell.source))
        marks = sorted(marks + [(match.start(), match[1], False) for match in CHECK.finditer(cell.source)])
        # What stands above the first marker belongs to it.
        starts = [0, *(start for start, _, _ in marks[1:])]
        ends = [*starts[1:], len(cell.source)]
        for (_, key, answers), start, end in zip(marks or [(0, None, True)], starts, ends, strict=True):
            text = cell.source[start:end]
            if cell.cell_type == "markdown":
                text = "\n".join(fence[2] for fence in FENCE.finditer(text)) or text
            if answers:
                yield _parsed(Piece(place, cell.get("id"), cell.cell_type, key, text))


def _parsed(piece):
    try:
        tree, aside = python.parse(piece.text)
        piece.statements, piece.aside = tree.body, tuple(aside)
    except SyntaxError as error:
        piece.error = error
    return piece


def _way(task, piece, tasks):
    """Says how a piece is found to be a task's answer; None if it is not."""
    # A key of another notebook says nothing: exercise 3.2 is "copy your networks from notebook 2".
    if any(piece.key == other.key for other in tasks):
        way = "marker" if piece.key == task.key else None
    elif piece.cell_id == task.answer_id:
        way = "id"
    elif any(piece.cell_id == other.answer_id for other in tasks):
        way = None
    else:
        way = "likeness"
    # A text that only speaks of the exercise is no answer, nor is a cell that imports a name like the answer's.
    return way if way in ("marker", "id") and piece.kind == "code" or way and _defines(task, piece) else None


def _defines(task, piece):
    if piece.statements is None:
        names = "|".join(map(re.escape, task.names))
        return re.search(rf"^[ \t]*(?:def|class)[ \t]+(?:{names})\b", piece.text, re.MULTILINE) is not None
    return any(
        set(task.names) & python.bound_names(statement)
        for statement in piece.statements
        if not isinstance(statement, python.IMPORTS)
    )


def _state(task, piece):
    """Says what a piece is as a task's answer: one of STATES, and how many of its names are done."""
    if piece.statements is None:
        return "not Python", 0
    done = {name for name in _done(piece.statements) if name in task.names}
    if done:
        return "answered", len(done)
    if any(python.is_stub(statement) for statement in piece.statements):
        return "stub", 0
    return ("other" if piece.statements else "empty"), 0


def _done(statements):
    """Returns the names that statements bind, without those of stubs."""
    last = {name: statement for statement in statements for name in python.bound_names(statement)}
    return {name for name, statement in last.items() if not python.is_stub(statement)}


def _find(task, tasks, pieces, given):
    """Finds the answer to one task."""
    ways = [(piece, way) for piece in pieces if (way := _way(task, piece, tasks)) is not None]
    ranked = []
    for piece, way in ways:
        state, done = _state(task, piece)
        ranked.append(((STATES.index(state), done, WAYS.index(way), piece.cell), state, way, piece))
    if not ranked or max(ranked, key=_rank)[1] == "empty":
        return Answer(task.key, "missing")
    _, state, way, piece = max(ranked, key=_rank)
    place = {"source": piece.text, "found": way, "cell": piece.cell}
    warnings = list(_warn_of_place(task, piece, way, ranked))
    if state == "not Python":
        error = f"cell {piece.cell}, line {piece.error.lineno or 1} of the answer: {piece.error.msg}"
        return Answer(task.key, "not Python", error=error, warnings=tuple(warnings), **place)
    if state == "stub":
        return Answer(task.key, "stub", warnings=tuple(warnings), **place)
    code, unfinished = _code(task, tasks, piece, pieces, given)
    warnings += [f"{name} is not done in it." for name in unfinished]
    warnings += _warn_of_leftovers(piece)
    return Answer(task.key, "answered", code=code, warnings=tuple(warnings), **place)


def _rank(candidate):
    return candidate[0]


def _code(task, tasks, piece, pieces, given):
    """Writes what is run for an answer; returns it, and those of the task's names that nothing defines."""
    others = {name for other in tasks if other.key != task.key for name in other.names}
    elsewhere = [
        statement
        for other in pieces
        if other is not piece and other.kind == "code" and other.statements is not None
        for statement in other.statements
    ]
    own = [statement for statement in piece.statements if not python.is_stub(statement)]
    support, found = find_support(own, elsewhere, task.names, frozenset(given) | others)
    unfinished = [name for name in task.names if name not in found | _done(own)]
    stubs = [statement for statement in piece.statements if python.is_stub(statement) and statement.name in unfinished]
    return python.runnable([*support, *own, *stubs]), unfinished


def _warn_of_place(task, piece, way, ranked):
    if way == "id":
        yield f"Its line '# EXERCISE {task.key}' is gone; it was found by its cell."
    if way == "likeness":
        yield f"It stands in a cell without the line '# EXERCISE {task.key}', and was found by what it defines."
    if piece.kind != "code":
        yield f"Cell {piece.cell} is a text cell; its content was taken as code."
    # A part of the answer that stands elsewhere is no second answer.
    names = _done(piece.statements or []) & set(task.names)
    twice = {
        other.cell
        for _, state, _, other in ranked
        if state in ("not Python", "other") or state == "answered" and names & _done(other.statements)
    }
    cells = sorted(twice - {piece.cell})
    if cells:
        where = ", ".join(map(str, cells))
        yield f"It is there more than once: cell {piece.cell} counts, and not cell {where}."


def _warn_of_leftovers(piece):
    for line in piece.aside:
        yield f"The line {line[:60]!r} is passed over: it is not Python."
    for statement in piece.statements:
        body = statement.body if isinstance(statement, python.FUNCTIONS) and not python.is_stub(statement) else []
        if any(python.is_not_done(inner) for inner in body[:-1]):
            yield f"{statement.name} still has the line 'raise NotImplementedError' before your code: delete it."
