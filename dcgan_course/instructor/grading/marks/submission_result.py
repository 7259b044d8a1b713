"""What a submission was given. A line of the ledger and an entry of `grades.json` are made from it here."""

from dataclasses import asdict, dataclass, field, fields, replace


@dataclass(frozen=True)
class Marks:
    """What one exercise was given, and why."""

    status: str  # What was read: "answered", "missing", "stub" or "not Python".
    found: str | None  # How the answer's cell was found: "marker", "id" or "likeness"; None if it is missing.
    warnings: tuple  # Sentences for the student.
    flags: tuple  # Sentences for the instructor.
    digest: str | None  # A hash that comments and layout do not change; None for no answer.
    points: float
    possible: int
    outcome: str  # "right", "partly right", "wrong", "error", a status but "answered", or one of `scoring.ENDINGS`.
    right: tuple  # The names of the check's parts that are right.
    parts: tuple  # The names of all its parts.
    error: str | None  # The name of the exception.
    message: str | None  # The exception's text, or what is not Python.
    printed: str  # What the check's cell printed.
    seconds: float  # How long the check ran.
    # What earlier versions of the record do not have.
    answer: str = ""  # The source that was run, with what came along from other cells; else the cell as it stands.
    source: str = ""  # The answer as it stands in the notebook.
    support: str = ""  # What came along from the student's other cells.
    cell: int | None = None  # The number of the answer's cell in the notebook, from 1.
    left_out: tuple = ()  # The errors of its lines outside of functions that failed and were passed over.
    line: str = ""  # The line of the answer that ended with the error.
    measured: str = ""  # The lines that the check has measured.
    expected: str = ""  # The lines of a right answer, for the secret numbers of this batch.
    mistake: str = ""  # The known mistake whose values came: a key of the checks' messages; "" if it is none.

    def to_json(self):
        """Returns a dict for JSON; the fields that earlier versions do not have are left out where they say nothing."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name)) != each.default}


@dataclass(frozen=True)
class SubmissionResult:
    """What became of one submission; `points` and `possible` are None if it was not graded."""

    key: str  # The submission's hash.
    batch: str  # The name of the batch that graded it.
    notebook: str | None = None  # The name of the course's notebook that it is.
    reason: str | None = None  # Why it was not graded: a sentence.
    warnings: tuple = ()  # Sentences for the student.
    status: str = "graded"  # Or "could not be graded" or "grader error".
    points: float | None = None
    possible: int | None = None
    exercises: dict = field(default_factory=dict)  # From each exercise's key to its `Marks`.
    seconds: float = 0.0  # How long grading took.
    isolation: str | None = None  # "bubblewrap" or "none".

    def to_json(self):
        """Returns a dict for JSON; what was not graded has no entries for its marks."""
        written = asdict(replace(self, exercises={}))
        written["exercises"] = {key: marks.to_json() for key, marks in self.exercises.items()}
        if self.status != "graded":
            for name in ("points", "possible", "exercises"):
                del written[name]
        return written

    @classmethod
    def from_json(cls, written):
        """Reads what `to_json` has made."""
        exercises = {key: Marks(**marks) for key, marks in written.get("exercises", {}).items()}
        known = {name: value for name, value in written.items() if name != "runs"}  # Earlier versions wrote it.
        return cls(**{**known, "exercises": exercises})
