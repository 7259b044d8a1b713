"""`python -m dcgan_course check NOTEBOOK.ipynb`: can this be graded?

Nothing of the notebook is run, unless `--run` asks for it: then its answers and their checks run on this machine, with
all that the code in them may do.
"""

import os
import re
from pathlib import Path

KOREAN = re.compile(r"""^[ \t]*check\(.*\blanguage=["']ko["']""", re.MULTILINE)


def add_arguments(parser):
    """Adds the options of `check` to an `argparse` parser."""
    parser.add_argument("notebook", help="your .ipynb file")
    parser.add_argument(
        "--run",
        action="store_true",
        help="run the answers and their checks too, on this machine: only for a notebook that you trust",
    )


def main(options):
    """Prints which exercises are answered, and what an instructor's grader would warn of.

    Returns the exit status: 0 if the notebook can be graded and every exercise is answered, else 1.
    """
    from dcgan_course.exercises.answers import read_answers
    from dcgan_course.exercises.student_notebook import NotGradable
    from dcgan_course.exercises.table import print_columns, say_status
    from dcgan_course.exercises.tasks import TASKS

    try:
        read = read_answers(_read(options.notebook))
    except NotGradable as problem:
        print(f"It cannot be graded. {problem}")
        return 1
    name, answers = read.name, read.answers
    if name is None:
        damage = "".join(f"{warning} " for warning in read.warnings)  # Maybe that is why.
        print(f"It cannot be graded. {damage}None of the course's exercises is in it. Was another notebook meant?")
        return 1
    language = "ko" if any(KOREAN.search(cell.source) for cell in read.notebook.cells) else "en"
    print(f"This is {name}.\n")
    rows = [[task.key, task.title, say_status(answers[task.key], "en")] for task in TASKS[name]]
    print_columns([["exercise", "function", "in the file"], *rows])
    print()
    for warning in read.warnings:
        print(f"- {warning}")
    for answer in answers.values():
        for warning in answer.warnings:
            print(f"- {answer.key}: {warning}")
    answered = [task for task in TASKS[name] if answers[task.key].status == "answered"]
    print(f"It can be graded: {len(answered)} of {len(answers)} exercises are answered.", end=" ")
    if not options.run:
        print("Nothing was run.")
        return 0 if len(answered) == len(answers) else 1
    print("Their checks say:\n", flush=True)
    return 0 if _run(answered, answers, language) == len(answers) else 1


def _run(tasks, answers, language):
    """Runs the checks of some exercises, and prints what they say; returns how many are right."""
    from dcgan_course.exercises.checks.messages import say
    from dcgan_course.exercises.own_run import run_check

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow says nothing that a student needs.
    right = 0
    for task in tasks:
        verdict = run_check(task, answers[task.key], language)
        right += verdict == say("right", language, key=task.key, name=task.title)
        print(verdict, flush=True)
    print("\n" + say("progress", language, done=right, all=len(answers)))
    return right


def _read(path):
    path = Path(path).expanduser()
    if path.is_file():
        return path.read_bytes()
    if path.is_dir():
        raise FileNotFoundError(f"check: '{path}' is a folder. Name your notebook in it: '{path}/NAME.ipynb'.")
    notebooks = sorted(file.name for file in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
    hint = f" There are: {', '.join(notebooks[:5])}." if notebooks else ""
    raise FileNotFoundError(f"check: there is no file '{path}'.{hint} Put a name with blanks into quotes.")
