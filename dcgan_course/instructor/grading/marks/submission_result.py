"""What a submission was given. A line of the ledger and an entry of `grades.json` are made from it here."""

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Marks:
    """What one exercise was given, and why.

    Attributes:
        status: What was read: "answered", "missing", "stub" or "not Python".
        found: How the answer's cell was found: "marker", "id" or "likeness"; None if it is missing.
        warnings: Sentences for the student.
        flags: Sentences for the instructor.
        digest: A hash that comments and layout do not change; None for no answer.
        points: What it gets.
        possible: What it could get.
        outcome: "right", "partly right", "wrong", "error", "missing", "stub", "not Python", or a key of
            `scoring.ENDINGS`.
        right: The names of the check's parts that are right.
        parts: The names of all its parts.
        error: The name of the exception, or None.
        message: The exception's text, or what is not Python; else None.
        printed: What the check's cell printed.
        seconds: How long the check ran.
    """

    status: str
    found: str | None
    warnings: tuple
    flags: tuple
    digest: str | None
    points: float
    possible: int
    outcome: str
    right: tuple
    parts: tuple
    error: str | None
    message: str | None
    printed: str
    seconds: float


@dataclass(frozen=True)
class SubmissionResult:
    """What became of one submission.

    Attributes:
        key: The submission's hash.
        batch: The name of the batch that graded it.
        notebook: The name of the course's notebook that it is, or None.
        reason: Why it was not graded: a sentence, or None.
        warnings: Sentences for the student.
        status: "graded", "could not be graded" or "grader error".
        points: What it gets; None if it was not graded, like `possible` and `runs`.
        possible: What it could get.
        exercises: Dict from each exercise's key to its `Marks`.
        runs: How often it was run.
        seconds: How long grading took.
        isolation: "bubblewrap" or "none".
    """

    key: str
    batch: str
    notebook: str | None = None
    reason: str | None = None
    warnings: tuple = ()
    status: str = "graded"
    points: float | None = None
    possible: int | None = None
    exercises: dict = field(default_factory=dict)
    runs: int | None = None
    seconds: float = 0.0
    isolation: str | None = None

    def to_json(self):
        """Returns a dict for JSON; what was not graded has no entries for its marks."""
        written = asdict(self)
        if self.status != "graded":
            for name in ("points", "possible", "exercises", "runs"):
                del written[name]
        return written

    @classmethod
    def from_json(cls, written):
        """Reads what `to_json` has made."""
        exercises = {key: Marks(**marks) for key, marks in written.get("exercises", {}).items()}
        return cls(**{**written, "exercises": exercises})
