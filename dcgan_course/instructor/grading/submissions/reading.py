"""What was read of a student's notebook. It comes as JSON from the process that has read the file."""

import json
from dataclasses import asdict, dataclass, field

from dcgan_course.exercises.answers import Answer


@dataclass(frozen=True)
class ReadAnswer(Answer):
    """An `Answer`, and what is unusual in it."""

    flags: tuple = ()  # Sentences for the instructor.
    digest: str | None = None  # A hash that comments and layout do not change; None for no answer.


@dataclass(frozen=True)
class Reading:
    """What was read of one submission."""

    problem: str | None = None  # Why it cannot be graded: a sentence.
    notebook: str | None = None  # The name of the course's notebook that it is; None if there is a problem.
    warnings: tuple = ()  # Sentences for the student.
    answers: dict = field(default_factory=dict)  # From each exercise's key to its `ReadAnswer`.

    def to_json(self):
        """Returns it as a text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        """Reads what `to_json` has written; raises `ValueError` if the text is not JSON."""
        content = json.loads(text)
        answers = {key: ReadAnswer(**answer) for key, answer in content["answers"].items()}
        return cls(**{**content, "answers": answers})
