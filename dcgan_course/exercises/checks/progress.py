"""`show_progress`: which exercises of a notebook are right, by the checks that were run since the kernel started."""

import sys

from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.tasks import TASKS

_checked = {}  # From an exercise's key to the answer that was checked last, and whether it was right.


def remember(key, answer, is_right):
    """Keeps a check's result for the table."""
    _checked[key] = answer, is_right


def find_state(task):
    """Returns a key of the messages: "state right", "state not yet", "state changed" or "state not run"."""
    if task.key not in _checked:
        return "state not run"
    answer, is_right = _checked[task.key]
    if getattr(sys.modules["__main__"], task.title, answer) is not answer:
        return "state changed"  # The answer cell was run again since.
    return "state right" if is_right else "state not yet"


def show_progress(notebook, language="en"):
    """Prints a table of a notebook's exercises, and what will be handed in.

    Args:
        notebook: The name of one of the course's notebooks, such as "02_faces_grayscale".
        language: "en" or "ko".
    """
    tasks = TASKS[notebook]
    width = max(len(task.title) for task in tasks)
    for task in tasks:
        print(f"{task.key}  {task.title.ljust(width)}  {say(find_state(task), language)}")
    done = sum(find_state(task) == "state right" for task in tasks)
    print(say("progress", language, done=done, all=len(tasks)))
