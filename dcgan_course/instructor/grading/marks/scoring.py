"""Gives points: reads nbval's XML, and finds each exercise's cells by their ids."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from dcgan_course.instructor.grading.marks.submission_result import Marks

# How a cell can end its kernel, and what the student is told.
ENDINGS = {
    "timeout": "it took longer than the time-out",
    "died": "the kernel died in it (a crash, or code that ends the process)",
    "memory": "it used more memory than is allowed",
    "processes": "it started more processes than are allowed",
    "disk": "it wrote more to the disk than is allowed",
    "output": "its output did not end",
}


@dataclass
class Cell:
    """What the XML says of a cell."""

    passed: bool  # Whether nbval found nothing wrong.
    seconds: float  # How long it ran.
    facts: dict = field(
        default_factory=dict
    )  # From the plugin: printed, error, message, right, ended, or some of them.


class BrokenRun(Exception):
    """The run failed for a reason of our own; it says nothing about the student."""


def read_xml(path):
    """Reads a run's XML; returns a dict from cell id to `Cell`, in the order in which they ran.

    Raises `BrokenRun` if there is none, or it cannot be read.
    """
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError) as error:
        raise BrokenRun(f"nbval wrote no result that can be read ({error})") from None
    cells = {}
    for case in cases:
        facts = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
        complaints = [child for child in case if child.tag in ("failure", "error", "skipped")]
        name = facts.pop("cell_id", None)
        if name is None or name in cells:
            raise BrokenRun("nbval's result has a cell without an id, or one id twice")
        cells[name] = Cell(not complaints, float(case.get("time", 0)), facts)
        if complaints and "message" not in facts:
            facts["complaint"] = (complaints[0].get("message") or "")[:300]
    return cells


def find_culprit(cells, exercises):
    """Finds the exercise that ended the kernel, or filled its memory so that the next exercise would end it.

    Returns the exercise's key, and how it ended the kernel (a key of ENDINGS), or None if there is no such exercise.
    Raises `BrokenRun` if the kernel ended in a cell of ours.
    """
    owners = {name: exercise.key for exercise in exercises for name in (exercise.answer_id, exercise.check_id)}
    for name, cell in cells.items():
        ended = cell.facts.get("ended")
        if ended and name not in owners:
            raise BrokenRun(f"the kernel ended in our own cell '{name}' ({ended})")
        # The exception keeps the function's arrays: this kernel still runs, but its memory is full for the next answer.
        if ended or (cell.facts.get("error") == "MemoryError" and name in owners):
            return owners[name], ended or "memory"
    return None


def check_complete(cells, notebook):
    """Raises `BrokenRun` unless the XML has exactly the notebook's cells, and ours have passed."""
    expected = {cell.id for cell in notebook.cells}
    if set(cells) != expected:
        raise BrokenRun(f"nbval's result has {len(set(cells) & expected)} of {len(expected)} cells")
    if not cells["setup"].passed:
        raise BrokenRun(f"the first cell, which is ours, failed: {cells['setup'].facts}")


def score(exercise, check, cell, answer, ended):
    """Gives an exercise its `Marks`.

    `cell` is the check's `Cell` of the last run. `ended` says how the answer ended the kernel in an earlier run (a key
    of ENDINGS); it may be None.
    """
    right = json.loads(cell.facts.get("right", "[]"))
    parts = list(check.parts)
    # Otherwise a stub ran in the place of the answer, and what it did says nothing about the student.
    facts = cell.facts if answer.status == "answered" and not ended else {}
    if answer.status != "answered":
        outcome, right = answer.status, []
    elif ended:
        outcome, right = ended, []
    elif cell.passed and right == parts:
        outcome = "right"
    elif right:
        outcome = "partly right"
    else:
        outcome = "error" if "error" in facts else "wrong"
    return Marks(
        status=answer.status,
        found=answer.found_by,
        warnings=answer.warnings,
        flags=answer.flags,
        digest=answer.digest,
        points=round(exercise.points * len(right) / len(parts), 2),
        possible=exercise.points,
        outcome=outcome,
        right=right,
        parts=parts,
        error=facts.get("error"),
        message=answer.error if outcome == "not Python" else facts.get("message"),
        printed=facts.get("printed", ""),
        seconds=round(cell.seconds, 2),
    )
