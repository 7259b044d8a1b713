"""Reads one student's file in a process of its own, with limits."""

import resource
from dataclasses import asdict

from dcgan_course.exercises.answers import find_answers, which_notebook
from dcgan_course.exercises.python_source import with_deep_stack
from dcgan_course.exercises.student_notebook import NotGradable, read_notebook
from dcgan_course.instructor.grading.marks.flags import digest, suspicious
from dcgan_course.instructor.grading.submissions.reading import ReadAnswer, Reading

MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 60


def main(path, masters):
    """Reads a file after it has set this process's limits; returns the `Reading` as JSON."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return with_deep_stack(read, path, masters).to_json()


def read(path, masters):
    """Reads a notebook's answers into a `Reading`; nothing of it is run. `masters` is a dict by name."""
    try:
        notebook, warnings = read_notebook(path.read_bytes())
    except NotGradable as error:
        return Reading(str(error))
    except MemoryError:
        return Reading("The file is too large to be read. Clear its outputs and hand it in again.")
    name = which_notebook(notebook, {name: master.exercises for name, master in masters.items()})
    if name is None:
        damage = "".join(f"{warning} " for warning in warnings)  # Maybe that is why.
        return Reading(
            f"{damage}None of the course's exercises was found in it. Was another notebook handed in? "
            f"An answer's cell begins with a line such as '# EXERCISE 2.1'."
        )
    answers = find_answers(notebook, masters[name].exercises, masters[name].given)
    flagged = {
        key: ReadAnswer(**asdict(answer), flags=suspicious(answer.code), digest=digest(answer.code))
        for key, answer in answers.items()
    }
    return Reading(None, name, warnings, flagged)
