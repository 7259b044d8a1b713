"""Who got what: a line for each file, with how its student was found and whether it counts, before anything is run."""

import textwrap
from dataclasses import dataclass, replace

from dcgan_course.exercises.table import print_columns
from dcgan_course.instructor.grading.results.students import GradedAttempt, which_counts
from dcgan_course.instructor.grading.rules.late_words import say_short
from dcgan_course.instructor.process.wording import visible

MISSING_SHARE = 1 / 3  # Of the class list: so many students without a file are a surprise.
HEADINGS = ("student", "notebook", "matched by", "counts", "came", "file")


@dataclass(frozen=True)
class HandIn:
    """A line of the table."""

    student: str
    id: str  # The class list's number, or "".
    file: str  # "" if nothing was handed in.
    notebook: str  # Which of the course's notebooks it is, or "".
    matched: str  # How the student was found: "id", "name", ..., or "nobody".
    counts: str  # Whether it counts, and why.
    explained: str = ""  # Why it belongs to nobody: a sentence.
    came: str = ""  # How late it came, and what says so; "" without a due time.


@dataclass(frozen=True)
class Overview:
    """What a person should see before anything is run."""

    hand_ins: list  # Of `HandIn`.
    passed_over: list  # Pairs of a file and a sentence.
    surprises: list  # Sentences.


def make_overview(rows, ledger, intake, roster, readings, keep, pending=()):
    """Makes the `Overview` of a batch.

    `rows` are the `StudentRow` objects of today. `readings` is a dict from the keys of new submissions to their
    `Reading`. `keep` says which attempt of a notebook counts: "best" or "last". `pending` are the keys of submissions
    that will be graded, maybe once more.
    """
    attempts = ledger.attempts_by_student(intake.submissions)
    today = {(each.identity, each.key): each for each in intake.submissions}
    today |= {(each.identity, each.key, each.file): each for each in intake.submissions}
    results = {key: result for key, result in ledger.results.items() if key not in pending}
    hand_ins = []
    for row in rows:
        files = [each for each in intake.submissions if each.identity == row.identity and not each.key]
        hand_ins += _of_row(row, attempts.get(row.identity, []), today, results, readings, keep)
        hand_ins += [_line(row, each, each.problem and f"no: {each.problem}") for each in files]
        if row.identity not in attempts and not files:
            hand_ins.append(HandIn(row.student, row.id, "", "", "", "nothing was handed in"))
    return Overview(hand_ins, intake.passed_over, find_surprises(intake, roster, ledger))


def _of_row(row, attempts, today, results, readings, keep):
    """Yields a line for each of a student's files."""
    by_notebook = {}
    for attempt in attempts:
        result = results.get(attempt.key) or readings.get(attempt.key)
        group = by_notebook.setdefault(result.notebook if result else None, [])
        if group and group[-1].key == attempt.key:  # The same content twice running is one attempt.
            group.pop()
        group.append(attempt)
    for notebook, group in sorted(by_notebook.items(), key=lambda pair: pair[0] or "~"):
        # A file may have been recorded under another name.
        found = [
            today.get((row.identity, attempt.key, attempt.file), today.get((row.identity, attempt.key)))
            for attempt in group
        ]
        counted = [None] * len(group)
        if notebook is not None:
            order = next((each.ordered for each in reversed(found) if each and each.ordered), "the earlier runs")
            lateness = [row.lateness.get(attempt) for attempt in group]
            counted = _which([results.get(attempt.key) for attempt in group], order, keep, lateness)
        for attempt, submission, counts in zip(group, found, counted, strict=True):
            if counts is None:
                result, reading = results.get(attempt.key), readings.get(attempt.key)
                counts = f"no: {(result and result.reason) or (reading and reading.problem) or 'not read yet'}"
            came = say_short(row.lateness[attempt]) if attempt in row.lateness else ""
            if submission is None:
                file = visible(attempt.file)
                yield HandIn(row.student, row.id, file, notebook or "", "an earlier run", visible(counts), came=came)
            else:
                yield replace(_line(row, submission, counts, notebook or ""), came=came)


def _line(row, submission, counts, notebook=""):
    """Makes the line of a file that was found today."""
    nobody = submission.known is False or submission.matched.endswith(".")
    matched = "nobody" if nobody else submission.matched
    matched += ", late in Canvas" * submission.late
    explained = submission.matched if nobody else ""
    counts = visible(counts or "nothing was handed in")
    return HandIn(row.student, row.id, submission.file, notebook, matched, counts, explained)


def _which(results, order, keep, lateness):
    """Says of each attempt at one notebook whether it counts, and why.

    `results` are their `SubmissionResult` objects, or None before they are graded. `order` says what gave the order.
    `lateness` holds the `Lateness` of each, or None without a due time.
    """
    broken = [bool(result and result.status != "graded") for result in results]
    said = [f"no: {result.reason}" if bad else None for result, bad in zip(results, broken, strict=True)]
    valid = [index for index, bad in enumerate(broken) if not bad]
    if len(valid) < 2:
        return [text or "yes" for text in said]
    newest, number = valid[-1], len(valid)
    graded = all(results[index] for index in valid)
    if keep == "last":
        chosen, why = newest, f"the newest of {number}, by {order}"
    elif graded:
        attempts = [GradedAttempt("", results[index], lateness[index]) for index in valid]
        chosen = valid[which_counts(attempts, keep)]
        why = f"the best of {number}" + ", lateness counted" * any(each.taken_off for each in attempts)
    else:
        chosen, why = None, f"if it is the best of {number}"
    for index in valid:
        points = _say_points(results[index], lateness[index]) if results[index] and keep == "best" else ""
        if chosen is None:
            said[index] = why + (f"; the newest, by {order}" if index == newest else "")
        else:
            said[index] = f"yes: {why}{points}" if index == chosen else f"no: not {why.split(',')[0]}{points}"
    return said


def _say_points(result, lateness):
    taken = lateness.taken_off(result) if lateness else 0
    return f" ({result.points:g} points" + f", {taken:g} taken off" * bool(taken) + ")"


def find_surprises(intake, roster, ledger):
    """Returns sentences about what must be looked at before anything is run: somebody's marks may go astray."""
    surprises = [*roster.troubles, *intake.surprises]
    if not roster.people:
        return surprises
    people = {person.identity: person for person in roster.people}
    with_file = set(ledger.attempts_by_student(intake.submissions))
    with_file |= {each.identity for each in intake.submissions if each.problem}
    missing = [person.name for identity, person in people.items() if identity not in with_file]
    if len(with_file) == 1 < len(people):
        surprises.append(f"Only one student's files were found, and the class list has {len(people)} students.")
    elif len(missing) >= MISSING_SHARE * len(people):
        listed = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        surprises.append(f"{len(missing)} of the class list's {len(people)} students have no file: {listed}.")
    return surprises


def print_overview(overview):
    """Prints the table, then what was passed over."""
    lines = [HEADINGS]
    with_times = any(each.came for each in overview.hand_ins)
    for each in overview.hand_ins:
        student = each.student + (f" ({each.id})" if each.id and each.id != each.student else "")
        lines.append((student, each.notebook, each.matched, _shorten(each.counts), _shorten(each.came), each.file))
    print_columns(lines if with_times else [(*line[:4], line[5]) for line in lines])
    if overview.passed_over:
        print("\nPassed over:")
        for file, reason in overview.passed_over:
            print(f"  {file}: {reason}")
    print()


def _shorten(text):
    return textwrap.shorten(text, 50, placeholder=" ...")


def print_surprises(overview):
    """Prints what is surprising."""
    for surprise in overview.surprises:
        print(f"Surprise: {surprise}")
