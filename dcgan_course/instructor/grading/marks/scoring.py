"""Gives points: reads nbval's XML, and finds each exercise's cells by their ids."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

from dcgan_course.exercises.checks.expected import Expected
from dcgan_course.exercises.checks.explanation import find_mistake, list_differences
from dcgan_course.exercises.checks.measured import from_text
from dcgan_course.exercises.python_source import PASSED_OVER
from dcgan_course.instructor.grading.marks.assembly import setup_id
from dcgan_course.instructor.grading.marks.submission_result import Marks

MOST_SOURCE = 50_000  # Characters of an answer that are kept.
MOST_LEFT_OUT, MOST_LEFT_OUT_LINE = 5, 200  # Of the lines that were passed over, and characters of each error.

# How a cell can end its kernel, as an outcome.
ENDINGS = ("timeout", "died", "memory", "processes", "disk", "output")
# Another submission may be the cause of these: it had the processor ("starved"), or the machine's last memory.
DOUBTFUL = ("starved", "died")


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
        cells[name] = Cell(not complaints, float(facts.pop("seconds", case.get("time", 0))), facts)
        if complaints and "message" not in facts:
            facts["complaint"] = (complaints[0].get("message") or "")[:300]
    return cells


def check_complete(cells, notebook, exercises):
    """Raises `BrokenRun` unless the XML has exactly the notebook's cells, and ours have passed."""
    expected = {cell.id for cell in notebook.cells}
    if set(cells) != expected:
        raise BrokenRun(f"nbval's result has {len(set(cells) & expected)} of {len(expected)} cells")
    for name in map(setup_id, exercises):
        if name in cells and not cells[name].passed:
            raise BrokenRun(f"the cell '{name}', which is ours, failed: {cells[name].facts}")


def score(exercise, check, cells, answer):
    """Gives an exercise its `Marks`; `cells` is what `read_xml` returned."""
    cell = cells.get(exercise.check_id, Cell(False, 0.0))
    facts, parts = cell.facts, list(check.parts)
    own = cells[exercise.answer_id].facts if exercise.answer_id in cells else {}
    if "error" in own and not {"error", "measured"} & facts.keys():  # Then the check had nothing to call.
        facts = {**facts, "error": own["error"], "message": own.get("message")}
    right = json.loads(facts.get("right", "[]"))
    ended = how_ended(exercise, cells)
    if answer.status != "answered":
        outcome, right = answer.status, []
    elif ended:
        outcome, right = "timeout" if ended == "starved" else ended, []
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
        answer=_shorten(answer.code or answer.source),
        source=_shorten(answer.source),
        support=_shorten(answer.support),
        cell=answer.cell,
        left_out=_find_left_out(own.get("printed", "")),
        line=facts.get("line", ""),
        measured=facts.get("measured", ""),
        expected=check.output,
        mistake=_name_mistake(exercise.key, check, facts.get("measured", "")) if outcome != "right" else "",
    )


def how_ended(exercise, cells):
    """Returns how an exercise's answer or its check has ended the kernel, or None."""
    endings = (cells[name].facts.get("ended") for name in (exercise.answer_id, exercise.check_id) if name in cells)
    return next(filter(None, endings), None)


def _shorten(source):
    return source if len(source) <= MOST_SOURCE else f"{source[:MOST_SOURCE]}\n..."


def _find_left_out(printed):
    """Returns the errors of an answer's lines that failed and were passed over, from what its cell has printed."""
    lines = (line.removeprefix(PASSED_OVER) for line in printed.split("\n") if line.startswith(PASSED_OVER))
    return tuple(line[:MOST_LEFT_OUT_LINE] for line in lines)[:MOST_LEFT_OUT]


def _name_mistake(key, check, lines):
    """Returns the name of the known mistake that gives these lines, or those of the parts that are wrong; else ""."""
    measured, right = from_text(key, lines), from_text(key, check.output)
    mistakes = {name: from_text(key, wrong) for name, wrong in check.mistakes.items()}
    differences = list_differences(measured, right)
    if not measured or not differences:
        return ""
    return find_mistake(differences, measured, Expected(0, right, mistakes)) or ""
