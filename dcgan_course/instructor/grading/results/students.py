"""A row for each student: which attempts count, what they give, and what a person should look at."""

from dataclasses import asdict, dataclass, field

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.process.wording import visible

NOT_YET = "not graded yet"


@dataclass(frozen=True)
class GradedAttempt:
    """The file that was handed in, and what it was given."""

    file: str
    result: SubmissionResult


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
    def exercises(self):
        """A dict from each exercise's key to its `Marks`."""
        return {key: marks for entry in self.notebooks.values() for key, marks in entry.result.exercises.items()}

    def to_json(self):
        """Returns the student's entry of `grades.json`."""
        kept = ("student", "id", "status", "points", "possible", "problems", "look", "flags")
        written = {name: getattr(self, name) for name in kept}
        written["problems"] = [asdict(problem) for problem in self.problems]
        written["notebooks"] = {
            name: {
                **entry.result.to_json(),
                "file": entry.file,
                "junit": f"junit/{entry.result.key[:16]}.xml",
                "attempts": [
                    {"file": attempt.file, "points": attempt.result.points, "key": attempt.result.key}
                    for attempt in entry.attempts
                ],
            }
            for name, entry in self.notebooks.items()
        }
        return written


def gather(ledger, roster, submissions, masters, keep):
    """Gathers what is known of each student; returns a list of `StudentRow`, sorted by name.

    `submissions` is what was found this time. `keep` says which attempt of a notebook counts: "best" or "last".
    """
    submissions = list(submissions)
    found = {submission.identity: submission for submission in submissions}
    people = {person.identity: person for person in roster.people}
    attempts_by_student = ledger.attempts_by_student(submissions)
    rows = []
    for identity in sorted({*attempts_by_student, *found, *people}):
        attempts = attempts_by_student.get(identity, [])
        submission, person = found.get(identity), people.get(identity)
        graded, problems = _sort_attempts(attempts, ledger.results)
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


def _sort_attempts(attempts, results):
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
            earlier.append(GradedAttempt(file, result))
    return graded, list(dict.fromkeys(problems))


def which_counts(attempts, keep):
    """Returns the index of the `GradedAttempt` that counts; of two with the same points it is the later one."""
    indices = range(len(attempts))
    return max(indices, key=lambda index: (attempts[index].result.points, index)) if keep == "best" else indices[-1]


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
