"""Reads one student's file in a process of its own, with limits: run as a module, with the file as its argument.

The exercises come as JSON on stdin; the `Reading` goes as JSON to stdout.
"""

import resource
import sys
from pathlib import Path

from dcgan_course.exercises.answers import find_answers, which_notebook
from dcgan_course.exercises.student_notebook import NotGradable, read_notebook
from dcgan_course.instructor.grading.marks.flags import digest, suspicious
from dcgan_course.instructor.grading.submissions.reading import (
    ReadAnswer,
    Reading,
    questions_from_json,
    reading_to_json,
)

MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 60


def main():
    """Reads the file that the command line names."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    questions = questions_from_json(sys.stdin.read())
    sys.stdout.write(reading_to_json(read(Path(sys.argv[1]), questions)))


def read(path, questions):
    """Reads a notebook's answers; nothing of it is run.

    Args:
        path: The file.
        questions: Dict from a notebook's name to its `Questions`.

    Returns:
        A `Reading`.
    """
    try:
        notebook, warnings = read_notebook(path.read_bytes())
    except NotGradable as error:
        return Reading(str(error))
    except MemoryError:
        return Reading("The file is too large to be read. Clear its outputs and hand it in again.")
    name = which_notebook(notebook, {name: asked.tasks for name, asked in questions.items()})
    if name is None:
        return Reading(
            "None of the course's exercises was found in it. Was another notebook handed in? "
            "An answer's cell begins with a line such as '# EXERCISE 2.1'."
        )
    answers = find_answers(notebook, questions[name].tasks, frozenset(questions[name].given))
    return Reading(None, name, warnings, {key: _read_answer(answer) for key, answer in answers.items()})


def _read_answer(answer):
    return ReadAnswer(
        answer.status,
        answer.code,
        answer.error,
        answer.found_by,
        answer.warnings,
        suspicious(answer.code),
        digest(answer.code),
    )


if __name__ == "__main__":
    main()
