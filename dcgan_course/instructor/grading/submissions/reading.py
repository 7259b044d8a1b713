"""What a notebook asks, and what was read of a student's answers: the two texts between the grader and `reader.py`."""

import json
from dataclasses import asdict, dataclass, field

from dcgan_course.exercises.exercise import Task


@dataclass(frozen=True)
class Questions:
    """What one notebook of the course asks.

    Attributes:
        tasks: Tuple of `Task`.
        given: Sorted tuple of the names that are defined when an answer runs.
    """

    tasks: tuple
    given: tuple

    @classmethod
    def of(cls, master):
        """Makes it from a `Master`, without the solutions."""
        tasks = tuple(Task(exercise.key, exercise.title, exercise.answer_id) for exercise in master.exercises)
        return cls(tasks, tuple(sorted(master.given)))


@dataclass(frozen=True)
class ReadAnswer:
    """What was read of one exercise.

    Attributes:
        status: "answered", "missing", "stub" or "not Python".
        code: What is to be run; empty unless answered.
        error: What is wrong with it as Python, or None.
        found: "marker", "id" or "likeness": how its cell was found; None if it is missing.
        warnings: Sentences for the student.
        flags: Sentences for the instructor.
        digest: A hash that comments and layout do not change; None for no answer.
    """

    status: str
    code: str = ""
    error: str | None = None
    found: str | None = None
    warnings: tuple = ()
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


def questions_to_json(questions):
    """Writes a dict from a notebook's name to its `Questions`."""
    return json.dumps({name: asdict(asked) for name, asked in questions.items()})


def questions_from_json(text):
    """Reads what `questions_to_json` has written."""
    return {
        name: Questions(tuple(Task(**task) for task in asked["tasks"]), tuple(asked["given"]))
        for name, asked in json.loads(text).items()
    }


def reading_to_json(reading):
    """Writes a `Reading`."""
    return json.dumps(asdict(reading))


def reading_from_json(text):
    """Reads what `reading_to_json` has written; raises `ValueError` if the text is something else."""
    try:
        content = json.loads(text)
        answers = {key: ReadAnswer(**answer) for key, answer in content.pop("answers").items()}
        return Reading(answers=answers, **content)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"This is no reading of a notebook ({error}).") from None
