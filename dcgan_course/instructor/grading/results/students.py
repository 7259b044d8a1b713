"""A row for each student: which attempts count, what they give, and what a person should look at."""

from dataclasses import asdict, dataclass, field

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.rules.lateness import Lateness, milder
from dcgan_course.instructor.grading.rules.total import Total
from dcgan_course.instructor.process.wording import visible

NOT_YET = "not graded yet"
# Fields of `Marks`: a student's code, and what tells the right values of a batch.
ANSWERS, VALUES = ("answer", "source", "support", "line"), ("measured", "expected")


@dataclass(frozen=True)
class GradedAttempt:
    """The file that was handed in, and what it was given."""

    file: str
    result: SubmissionResult
    lateness: Lateness | None = None  # None without a due time.

    @property
    def taken_off(self):
        """The points that coming late costs."""
        return self.lateness.taken_off(self.result) if self.lateness else 0.0


@dataclass(frozen=True)
class NotebookAttempts:
    """All that a student handed in of one notebook."""

    attempts: list  # Of `GradedAttempt`, oldest first.
    counts: int  # The index of the one that counts.

    @property
    def file(self):
        """The file that counts."""
        return self.attempts[self.counts].file

    @property
    def result(self):
        """The `SubmissionResult` that counts."""
        return self.attempts[self.counts].result

    @property
    def lateness(self):
        """The `Lateness` of the one that counts; None without a due time."""
        return self.attempts[self.counts].lateness

    @property
    def taken_off(self):
        """The points that coming late costs the one that counts."""
        return self.attempts[self.counts].taken_off


@dataclass(frozen=True)
class Problem:
    """A file without marks: "could not be graded", "grader error" or "not graded yet", and a sentence that says why."""

    file: str
    status: str
    reason: str


@dataclass(frozen=True)
class StudentRow:
    """What is known of one student."""

    student: str  # The name.
    identity: str  # What tells the student from all others.
    id: str  # The class list's number, or "".
    lms_id: str  # The number that Canvas or Moodle wrote into the file's name, or "".
    columns: dict  # The student's line in the class list, or {}.
    notebooks: dict  # From a master's name to `NotebookAttempts`; only what was graded.
    problems: list  # Of `Problem`.
    look: list = field(default_factory=list)  # Sentences: why a person should look at it.
    flags: list = field(default_factory=list)  # Sentences: what is unusual.
    adjustments: list = field(default_factory=list)  # Of `Adjustment`: what a person has given or taken by hand.
    lateness: dict = field(default_factory=dict)  # From each `Attempt` to its `Lateness`; empty without a due time.

    @property
    def status(self):
        """Says "graded", "no submission", or the status of the last problem."""
        if self.notebooks:
            return "graded"
        return self.problems[-1].status if self.problems else "no submission"

    @property
    def points(self):
        """All points together; None unless something was graded, because 0 would be a mark."""
        return round(sum(entry.result.points for entry in self.notebooks.values()), 2) if self.notebooks else None

    @property
    def possible(self):
        """What the notebooks that were graded could give; None if there are none."""
        return sum(entry.result.possible for entry in self.notebooks.values()) if self.notebooks else None

    @property
    def totals(self):
        """A dict from a notebook's name to its `Total`, for what was graded or adjusted by hand."""
        adjusted = {}
        for each in self.adjustments:
            adjusted.setdefault(each.notebook, []).append(each)
        totals = {}
        for name in {**self.notebooks, **adjusted}:
            entry, by_hand = self.notebooks.get(name), adjusted.get(name, [])
            totals[name] = Total(
                points=entry.result.points if entry else None,
                possible=entry.result.possible if entry else by_hand[0].possible,
                taken_off=entry.taken_off if entry else 0.0,
                adjusted=round(sum(each.points for each in by_hand), 2),
            )
        return totals

    @property
    def total(self):
        """What is handed on: points, less what coming late costs, with what was adjusted; None for no mark at all."""
        return round(sum(each.total for each in self.totals.values()), 2) if self.totals else None

    @property
    def total_possible(self):
        """What the notebooks that have a total could give; None if there are none."""
        return sum(each.possible for each in self.totals.values()) if self.totals else None

    @property
    def taken_off(self):
        """All points that coming late costs."""
        return round(sum(each.taken_off for each in self.totals.values()), 2)

    @property
    def adjusted(self):
        """All points that were given or taken by hand."""
        return round(sum(each.adjusted for each in self.totals.values()), 2)

    @property
    def exercises(self):
        """A dict from each exercise's key to its `Marks`."""
        return {key: marks for entry in self.notebooks.values() for key, marks in entry.result.exercises.items()}

    def to_json(self, with_expected=False):
        """Returns the student's entry of `grades.json`.

        Answers are not in it, and what was measured and expected only if `with_expected` is True: it may be handed on.
        """
        kept = ("student", "id", "status", "points", "possible", "problems", "look", "flags")
        written = {name: getattr(self, name) for name in kept}
        written["problems"] = [asdict(problem) for problem in self.problems]
        written |= {"taken_off": self.taken_off, "adjusted": self.adjusted, "total": self.total}
        written["adjustments"] = [each.to_json() for each in self.adjustments]
        written["notebooks"] = {
            name: {
                **_without_secrets(entry.result.to_json(), with_expected),
                "file": entry.file,
                "lateness": entry.lateness and entry.lateness.to_json(),
                "taken_off": entry.taken_off,
                "total": self.totals[name].total,
                "junit": f"junit/{entry.result.key[:16]}.xml",
                "attempts": [
                    {
                        "file": attempt.file,
                        "points": attempt.result.points,
                        "key": attempt.result.key,
                        "lateness": attempt.lateness and attempt.lateness.to_json(),
                        "taken_off": attempt.taken_off,
                    }
                    for attempt in entry.attempts
                ],
            }
            for name, entry in self.notebooks.items()
        }
        return written


def _without_secrets(result, with_expected):
    kept_back = ANSWERS if with_expected else (*ANSWERS, *VALUES)
    exercises = {
        key: {name: value for name, value in marks.items() if name not in kept_back}
        for key, marks in result["exercises"].items()
    }
    return {**result, "exercises": exercises}


def gather(ledger, roster, submissions, masters, keep, deadline=None, adjustments=()):
    """Gathers what is known of each student; returns a list of `StudentRow`, sorted by name.

    `submissions` is what was found this time. `keep` says which attempt of a notebook counts: "best" or "last".
    `deadline` is a `Deadline`, or None, and `adjustments` a list of `Adjustment`: neither changes what was graded.
    """
    submissions = list(submissions)
    found = {submission.identity: submission for submission in submissions}
    people = {person.identity: person for person in roster.people}
    attempts_by_student = ledger.attempts_by_student(submissions)
    if deadline:
        arrivals = {one: [each.arrival for each in attempts] for one, attempts in attempts_by_student.items()}
        deadline = deadline.trusting(arrivals)
    rows = []
    for identity in sorted({*attempts_by_student, *found, *people}):
        attempts = attempts_by_student.get(identity, [])
        submission, person = found.get(identity), people.get(identity)
        lateness = _judge(attempts, ledger.results, deadline, identity) if deadline else {}
        graded, problems = _sort_attempts(attempts, ledger.results, lateness)
        problems += [
            Problem(each.file, "grader error", each.problem)
            for each in submissions
            if each.identity == identity and each.problem and not each.key
        ]
        row = StudentRow(
            student=person.name if person else (submission.student if submission else visible(attempts[-1].student)),
            identity=identity,
            id=person.id if person else "",
            lms_id=submission.lms_id if submission else "",
            columns=person.columns if person else {},
            notebooks={
                master.name: NotebookAttempts(graded[master.name], which_counts(graded[master.name], keep))
                for master in masters
                if master.name in graded
            },
            problems=problems,
            adjustments=[each for each in adjustments if each.identity == identity],
            lateness=lateness,
        )
        row.look.extend(
            f"{problem.file}: {problem.status}. {problem.reason}" for problem in problems if problem.status != NOT_YET
        )
        if person is None and submission is not None and submission.matched.endswith("."):
            row.look.append(submission.matched)
        elif person is None and roster.people:
            row.look.append("The class list has no student of this name or number.")
        for name, entry in row.notebooks.items():
            row.flags.extend(_flags(name, entry.result))
        rows.append(row)
    _flag_twins(rows)
    return sorted(rows, key=lambda row: (row.student.casefold(), row.id, row.identity))


def _judge(attempts, results, deadline, identity):
    """Returns a dict from each `Attempt` of a student to its `Lateness`.

    Who hands in the same content twice running had it already when it came first.
    """
    judged, newest = {}, {}
    for attempt in attempts:
        result = results.get(attempt.key)
        lateness = deadline.judge(attempt.arrival, identity)
        before = newest.get(result and result.notebook)
        if before and before[0] == attempt.key:
            lateness = milder(before[1], lateness)
        newest[result and result.notebook] = attempt.key, lateness
        judged[attempt] = lateness
    return judged


def _sort_attempts(attempts, results, lateness):
    """Returns a dict from a notebook's name to a list of `GradedAttempt`, and a list of `Problem`."""
    graded, problems = {}, []
    for attempt in attempts:
        result, file = results.get(attempt.key), visible(attempt.file)
        if result is None:
            problems.append(Problem(file, NOT_YET, "It has not been run yet."))
        elif result.status != "graded":
            problems.append(Problem(file, result.status, visible(result.reason or "")))
        else:
            earlier = graded.setdefault(result.notebook, [])
            # The same content twice running is one attempt.
            if earlier and earlier[-1].result.key == result.key:
                earlier.pop()
            earlier.append(GradedAttempt(file, result, lateness.get(attempt)))
    return graded, list(dict.fromkeys(problems))


def which_counts(attempts, keep):
    """Returns the index of the `GradedAttempt` that counts; of two with the same points it is the later one.

    The best is the best after what coming late costs: 8 points in time are more than 9 points of which 2 are taken.
    """
    indices = range(len(attempts))
    left = [round(each.result.points - each.taken_off, 2) for each in attempts]
    return max(indices, key=lambda index: (left[index], index)) if keep == "best" else indices[-1]


def _flags(name, result):
    """Yields what is unusual in the answers, and in how they were found."""
    for warning in result.warnings:
        yield f"{name}: {warning}"
    for key, marks in result.exercises.items():
        for flag in marks.flags:
            yield f"{key} {flag}"
        if marks.found == "likeness" and marks.status == "answered":
            yield f"{key} was found by likeness alone"


def _flag_twins(rows):
    """Flags students whose answers to a notebook are all the same; the same answer to one exercise is not unusual."""
    groups = {}
    for row in rows:
        for name, entry in row.notebooks.items():
            digests = {key: marks.digest for key, marks in entry.result.exercises.items() if marks.digest}
            if len(digests) >= 2:
                groups.setdefault((name, *sorted(digests.items())), []).append(row)
    for twins in groups.values():
        for row in twins:
            names = ", ".join(sorted(twin.student for twin in twins if twin is not row))
            if len(twins) > 1:
                row.flags.append(f"all answers of one notebook are the same as those of {names}")
