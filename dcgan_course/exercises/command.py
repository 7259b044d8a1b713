"""`python -m dcgan_course check NOTEBOOK.ipynb`: can this be graded? Nothing of the notebook is run."""

from pathlib import Path


def add_arguments(parser):
    """Adds the options of `check` to an `argparse` parser."""
    parser.add_argument("notebook", help="your .ipynb file")


def main(options):
    """Prints which exercises are answered, and what an instructor's grader would warn of.

    Returns the exit status: 0 if the notebook can be graded and every exercise is answered, else 1.
    """
    from dcgan_course.exercises.answers import find_answers, which_notebook
    from dcgan_course.exercises.student_notebook import NotGradable, read_notebook
    from dcgan_course.exercises.tasks import TASKS

    try:
        notebook, warnings = read_notebook(_read(options.notebook))
    except NotGradable as problem:
        print(f"It cannot be graded. {problem}")
        return 1
    name = which_notebook(notebook)
    if name is None:
        print("It cannot be graded. None of the course's exercises is in it. Was another notebook meant?")
        return 1
    answers = find_answers(notebook, TASKS[name])
    print(f"This is {name}.\n")
    _print_table(TASKS[name], answers)
    for warning in warnings:
        print(f"- {warning}")
    for answer in answers.values():
        for warning in answer.warnings:
            print(f"- {answer.key}: {warning}")
    answered = sum(answer.status == "answered" for answer in answers.values())
    print(f"It can be graded: {answered} of {len(answers)} exercises are answered. Nothing was run.")
    return 0 if answered == len(answers) else 1


def _print_table(tasks, answers):
    rows = [("exercise", "defines", "state")]
    for task in tasks:
        answer = answers[task.key]
        state = "not done yet" if answer.status == "stub" else answer.status
        state += f" ({answer.error})" if answer.error else ""
        rows.append((task.key, ", ".join(task.names), state))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    print()


def _read(path):
    path = Path(path).expanduser()
    if path.is_file():
        return path.read_bytes()
    if path.is_dir():
        raise FileNotFoundError(f"check: '{path}' is a folder. Name your notebook in it: '{path}/NAME.ipynb'.")
    notebooks = sorted(file.name for file in path.parent.glob("*.ipynb")) if path.parent.is_dir() else []
    hint = f" There are: {', '.join(notebooks[:5])}." if notebooks else ""
    raise FileNotFoundError(f"check: there is no file '{path}'.{hint} Put a name with blanks into quotes.")
