"""Whose marks have changed because an exercise was graded again with a corrected check, and why."""

from dataclasses import dataclass

from dcgan_course.exercises.table import print_columns

HEADINGS = ("student", "before", "after", "why", "file")


@dataclass(frozen=True)
class Moved:
    """An answer whose points have changed."""

    student: str
    file: str
    counts: bool  # Whether this attempt is the one that counts.
    before: str  # "1 of 2".
    after: str
    why: str  # How it ended before, and how it ends now.


@dataclass(frozen=True)
class Regraded:
    """What grading an exercise again has changed."""

    exercise: str
    answers: int  # How many were graded again.
    moved: list  # Of `Moved`.


def find_moved(rows, ledger):
    """Returns a `Regraded` for each exercise that the record says was graded again."""
    found = []
    for exercise in sorted(ledger.regradings.last):
        answers, moved = 0, []
        for row in rows:
            for entry in row.notebooks.values():
                for number, attempt in enumerate(entry.attempts):
                    before = ledger.regradings.before.get((attempt.result.key, exercise))
                    if before is None or ledger.regradings.is_due(attempt.result.key, exercise):
                        continue
                    answers, after = answers + 1, attempt.result.exercises[exercise]
                    if (before.points, before.possible) != (after.points, after.possible):
                        points = (f"{marks.points:g} of {marks.possible}" for marks in (before, after))
                        why = f"{_say_end(before)} -> {_say_end(after)}"
                        moved.append(Moved(row.student, attempt.file, number == entry.counts, *points, why))
        found.append(Regraded(exercise, answers, moved))
    return found


def print_moved(rows, ledger, keys):
    """Prints for each exercise of `keys` who moved."""
    for each in find_moved(rows, ledger):
        if each.exercise in keys:
            print(f"\n{say_moved(each)}")
            if each.moved:
                print_columns([HEADINGS, *((m.student, m.before, m.after, m.why, m.file) for m in each.moved)])


def say_moved(regraded):
    """Says in a sentence how many moved."""
    answers = f"{regraded.answers} answer{'s' * (regraded.answers != 1)}"
    return f"Exercise {regraded.exercise} was graded again: {answers}, {len(regraded.moved)} with other points."


def _say_end(marks):
    """Says how an answer ended: "right", "error (NameError)", "partly right (shape)"."""
    details = {"error": marks.error, "partly right": ", ".join(marks.right), "wrong": marks.mistake}
    detail = details.get(marks.outcome)
    return f"{marks.outcome} ({detail})" if detail else marks.outcome
