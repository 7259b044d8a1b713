"""The parts of a student's notebook that may be the answer to one exercise, and how they compare."""

import re
from dataclasses import dataclass

from dcgan_course.exercises import python_source as python
from dcgan_course.exercises.cell_parts import CellPart

# Both from the weakest to the strongest.
FOUND_BY = ("likeness", "id", "marker")
STATES = ("empty", "stub", "other code", "not Python", "answered")


@dataclass(frozen=True)
class Candidate:
    """A part of the notebook that may be the answer to a task."""

    part: CellPart
    found_by: str  # One of `FOUND_BY`.
    state: str  # One of `STATES`.
    finished: set[str]  # The task's names that it defines; stubs do not count.

    @property
    def rank(self):
        """A tuple; of several candidates the one with the highest rank is the answer."""
        found_by = FOUND_BY.index(self.found_by)
        return STATES.index(self.state), len(self.finished), found_by, self.part.cell_number


def find_candidates(task, tasks, parts):
    """Finds the parts of a notebook that may be the answer to a task, which is one of `tasks`."""
    candidates = []
    for part in parts:
        found_by = how_found(task, tasks, part)
        if found_by is not None:
            finished = set(task.names) & python.finished_names(part.statements or [])
            candidates.append(Candidate(part, found_by, _state(part, finished), finished))
    return candidates


def how_found(task, tasks, part):
    """Says by what a part is known as a task's answer: "marker", "id" or "likeness"; None if it is no answer to it."""
    # Ignore the keys of other notebooks: exercise 3.2 is "copy your networks from notebook 2".
    if any(part.key == any_task.key for any_task in tasks):
        found_by = "marker" if part.key == task.key else None
    elif part.cell_id == task.answer_id:
        found_by = "id"
    elif any(part.cell_id == any_task.answer_id for any_task in tasks):
        found_by = None
    else:
        found_by = "likeness"
    # A text that only mentions the exercise is no answer, nor is a cell that only imports one of its names.
    is_marked_code = found_by in ("marker", "id") and part.cell_type == "code"
    return found_by if is_marked_code or found_by and _defines_a_name(task, part) else None


def _defines_a_name(task, part):
    if part.statements is None:
        names = "|".join(map(re.escape, task.names))
        return re.search(rf"^[ \t]*(?:def|class)[ \t]+(?:{names})\b", part.source, re.MULTILINE) is not None
    definitions = (statement for statement in part.statements if not isinstance(statement, python.IMPORTS))
    return any(set(task.names) & python.bound_names(statement) for statement in definitions)


def _state(part, finished):
    if part.statements is None:
        return "not Python"
    if finished:
        return "answered"
    if any(python.is_stub(statement) for statement in part.statements):
        return "stub"
    return "other code" if part.statements else "empty"
