"""`show_progress`: which exercises of a notebook are right, and what will be handed in."""

import os
import sys
from pathlib import Path

from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.table import print_columns, say_status
from dcgan_course.exercises.tasks import TASKS

_checked = {}  # From an exercise's key to the answer that was checked last, and whether it was right.


def remember(key, answer, is_right):
    """Keeps a check's result for the table."""
    _checked[key] = answer, is_right


def show_progress(notebook, language="en"):
    """Prints a table of a notebook's exercises: what the checks said in this session, and what the saved file has.

    Jupyter and VS Code tell a kernel which file it belongs to. Colab does not: there the last column is left out.

    Args:
        notebook: The name of one of the course's notebooks, such as "02_faces_grayscale".
        language: "en" or "ko".
    """
    tasks = TASKS[notebook]
    states = [_find_state(task) for task in tasks]
    file, answers = _read_saved_file(notebook)
    columns = say("columns", language).split("|")
    rows = [[task.key, task.title, say(state, language)] for task, state in zip(tasks, states, strict=True)]
    if file is not None:
        rows = [[*row, say_status(answers[task.key], language)] for row, task in zip(rows, tasks, strict=True)]
    print_columns([columns[: len(rows[0])], *rows])
    print(say("progress", language, done=states.count("state right"), all=len(tasks)))
    hand_in = "hand in what is saved" if file is None else "hand in the saved file"
    print(say(hand_in, language, file=file.name if file else ""))


def _find_state(task):
    """Returns a key of the messages: "state right", "state not yet", "state changed" or "state not run"."""
    if task.key not in _checked:
        return "state not run"
    answer, is_right = _checked[task.key]
    if getattr(sys.modules["__main__"], task.title, answer) is not answer:
        return "state changed"  # The answer cell was run again since.
    return "state right" if is_right else "state not yet"


def _read_saved_file(notebook):
    """Returns the file of the notebook that runs this, and its answers by key; twice None if it is not known."""
    from dcgan_course.exercises.answers import read_answers
    from dcgan_course.exercises.student_notebook import NotGradable

    name = getattr(sys.modules["__main__"], "__vsc_ipynb_file__", None) or os.environ.get("JPY_SESSION_NAME")
    try:
        file = Path(name or "")
        read = read_answers(file.read_bytes())
    except (OSError, NotGradable):
        return None, None
    return (file, read.answers) if read.name == notebook else (None, None)
