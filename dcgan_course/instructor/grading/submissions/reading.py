"""What was read of a student's notebook. It comes as JSON from the process that has read the file."""

import json
from dataclasses import asdict, dataclass, field

from dcgan_course.exercises.answers import Answer


@dataclass(frozen=True)
class ReadAnswer(Answer):
    """An `Answer`, and what is unusual in it.

    Attributes:
        flags: Sentences for the instructor.
        digest: A hash that comments and layout do not change; None for no answer.
    """

    flags: tuple = ()
    digest: str | None = None


@dataclass(frozen=True)
class Reading:
    """What was read of one submission.

    Attributes:
        problem: Why it cannot be graded: a sentence, or None.
        notebook: The name of the course's notebook that it is; None if there is a problem.
        warnings: Sentences for the student.
        answers: Dict from each exercise's key to its `ReadAnswer`.
    """

    problem: str | None = None
    notebook: str | None = None
    warnings: tuple = ()
    answers: dict = field(default_factory=dict)

    def to_json(self):
        """Returns it as a text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        """Reads what `to_json` has written; raises `ValueError` if the text is not JSON."""
        content = json.loads(text)
        answers = {key: ReadAnswer(**answer) for key, answer in content["answers"].items()}
        return cls(**{**content, "answers": answers})
