"""What is said of a late or adjusted hand-in: sentences for the student, short words for tables."""

import json
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.instructor.grading.rules.due_time import show_due
from dcgan_course.instructor.grading.rules.lateness import COPIED, EXTENDED, LATE, NOT_KNOWN
from dcgan_course.instructor.grading.submissions.arrival import FILE, ZIP

TEXTS = json.loads(Path(__file__).with_name("late.json").read_text("utf-8"))
SOURCES = {ZIP: "the zip's time", FILE: "the file's time"}
REASONS = {COPIED: "the files' times only say when they were copied", EXTENDED: "Canvas knows nothing of the extension"}


@dataclass(frozen=True)
class LatePart:
    """What a student's page says of lateness and of what was adjusted by hand."""

    heading: str
    sentences: list  # On when each notebook came, and what that costs.
    adjustments: list  # Pairs of a sentence and a comment, which is in the language of the person who wrote it.
    total: list  # Sentences.


def late_part(row, language="en"):
    """Returns the `LatePart` of a `StudentRow`; None if there is no due time and nothing was adjusted."""

    def say(name, **values):
        return TEXTS[name][language].format(**values)

    sentences = [
        " ".join(_say_attempt(name, entry, say)) for name, entry in row.notebooks.items() if entry.lateness is not None
    ]
    adjustments = [
        (say("adjusted", exercise=each.exercise, points=f"{each.points:+g}"), each.comment) for each in row.adjustments
    ]
    if not sentences and not adjustments:
        return None
    total = _say_total(row, say) if row.taken_off or adjustments else []
    return LatePart(say("heading"), sentences, adjustments, total)


def _say_attempt(notebook, entry, say):
    """Yields sentences on when an attempt came, what says so, and what that costs."""
    lateness = entry.lateness
    values = {"notebook": notebook, "source": lateness.source, "due": show_due(lateness.due)}
    after = say_duration(lateness.seconds, say)
    if lateness.state == NOT_KNOWN:
        yield say(lateness.reason, **values)
    elif lateness.came is None:
        yield say(f"{lateness.state}, says the platform", **values)
    else:
        name = "in grace" if lateness.seconds and not lateness.is_late else lateness.state
        yield say(name, came=f"{lateness.came:%Y-%m-%d %H:%M:%S}", after=after, **values)
        yield say(f"by {lateness.source if lateness.source in SOURCES else 'platform'}", source=lateness.source)
        if lateness.read_as:
            yield say("read as", zone=lateness.read_as)
    if lateness.is_extended:
        yield say("extension")
    for other in entry.attempts:
        if other.taken_off and other.result.points > entry.result.points:
            yield say("other", points=f"{other.result.points:g}", taken=f"{other.taken_off:g}")
    if entry.taken_off:
        possible, points = f"{entry.result.possible:g}", f"{entry.taken_off:g}"
        yield say("taken off", points=points, percent=f"{lateness.percent:g}", possible=possible, days=lateness.days)


def _say_total(row, say):
    parts = [
        say("nothing graded") if row.points is None else say("exercises", points=f"{row.points:g}"),
        *([say("less", points=f"{row.taken_off:g}")] if row.taken_off else []),
        *([say("by hand", points=f"{row.adjusted:+g}")] if row.adjustments else []),
    ]
    total = say("total", total=f"{row.total:g}", possible=f"{row.total_possible:g}", parts=", ".join(parts))
    return [total] + [say("limited")] * any(each.is_limited for each in row.totals.values())


def say_duration(seconds, say=lambda name, number: TEXTS[name]["en"].format(number=number)):
    """Writes a duration in its two largest units, such as "2 d 3 h"."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [("days", days), ("hours", hours), ("minutes", minutes), ("seconds", seconds)]
    while len(parts) > 1 and not parts[0][1]:
        parts.pop(0)
    shown = parts[: 1 if parts[0][0] == "minutes" else 2]
    return " ".join(say(name, number=number) for name, number in shown if number or len(shown) == 1)


def say_short(lateness):
    """Says in some words how late an attempt is and what says so, such as "late by 31 min (Gradescope)"."""
    if lateness.state == NOT_KNOWN:
        return f"not known when ({REASONS.get(lateness.reason, 'nothing says it')})"
    source = SOURCES.get(lateness.source, lateness.source)
    read_as = f", read as {lateness.read_as}" if lateness.read_as else ""
    by = f" by {say_duration(lateness.seconds)}" if lateness.state == LATE and lateness.came else ""
    return f"{lateness.state}{by} ({source}{read_as})"


def say_late(row):
    """Says in some words how a student's notebooks came, for a cell of a table; "" without a due time."""
    known = {name: entry.lateness for name, entry in row.notebooks.items() if entry.lateness}
    several = len(known) > 1
    return "; ".join(f"{name}: {say_short(each)}" if several else say_short(each) for name, each in known.items())
