"""Cells as students really leave them: an exercise that ran in their Jupyter is found, whole, and costs no other."""

import nbformat
import pytest

from dcgan_course.exercises.answers import find_answers, read_answers
from dcgan_course.exercises.exercise import Task
from dcgan_course.exercises.python_source import with_deep_stack

TASKS = (Task("9.1", "double", "ex91"), Task("9.2", "half", "ex92"))
DOUBLE = "# EXERCISE 9.1 double\ndef double(number):\n    return 2 * number"
HALF = "# EXERCISE 9.2 half\ndef half(number):\n    return number / 2"


def find(*sources):
    """Finds the answers in code cells with these sources."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return with_deep_stack(find_answers, nbformat.v4.new_notebook(cells=cells), TASKS)


def run(answer):
    names = {}
    exec(answer.code, names)
    return names


INSIDE = {
    "a comment": "def double(number):\n    # EXERCISE 9.2 comes later\n    return 2 * number",
    "a comment at the margin": "def double(number):\n    two = 2\n# EXERCISE 9.2 comes later\n    return two * number",
    "a check in a comment": "def double(number):\n    two = 2\n    # CHECK 9.1 says no\n    return two * number",
    "a docstring": 'def double(number):\n    """Doubles.\n\n# EXERCISE 9.2 half\n# CHECK 9.1\n    """\n    return 2 * number',
    "a text": 'NOTE = """\n# CHECK 9.1 (2 points)\n"""\n\n\ndef double(number):\n    return 2 * number',
    "a list": "TWO = [\n    # EXERCISE 9.2\n    2,\n]\n\n\ndef double(number):\n    return TWO[0] * number",
    "a list below a magic": "%time\nTWO = [\n    # EXERCISE 9.2\n    2,\n]\n\n\ndef double(number):\n    return TWO[0] * number",
}  # fmt: skip


@pytest.mark.parametrize("what", INSIDE)
def test_a_marker_inside_of_a_statement_does_not_cut_it(what):
    found = find(f"# EXERCISE 9.1 double\n{INSIDE[what]}", HALF)
    assert run(found["9.1"])["double"](4) == 8
    assert run(found["9.2"])["half"](4) == 2


def test_two_answers_and_a_check_in_one_cell_are_still_told_apart():
    found = find(f"{DOUBLE}\n\n# CHECK 9.1 (2 points)\nraise SystemExit\n\n{HALF}")
    assert run(found["9.1"])["double"](4) == 8
    assert "SystemExit" not in found["9.1"].code + found["9.2"].code
    assert run(found["9.2"])["half"](4) == 2


IPYTHON = {
    "indented as a whole": "\n".join(f"    {line}" for line in DOUBLE.splitlines()),
    "with Python's prompts": ">>> # EXERCISE 9.1 double\n>>> def double(number):\n...     return 2 * number",
    "with IPython's prompts": "In [1]: # EXERCISE 9.1 double\n   ...: def double(number):\n   ...:     return 2 * number",
    "timed as a whole": f"%%time\n{DOUBLE}",
    "captured": f"%%capture output\n{DOUBLE}",
    "with a needed assignment that is timed": "# EXERCISE 9.1 double\n%time TWO = 2\ndef double(number):\n    return TWO * number",
    "with an output of a program": f"{DOUBLE}\nfiles = !ls",
    "with help": f"{DOUBLE}\ndouble?",
    "called in IPython's way": f"{DOUBLE}\n/double 3",
    "with a program inside": "# EXERCISE 9.1 double\ndef double(number):\n    !nvidia-smi\n    return 2 * number",
    "below another language": f"%load_ext autoreload\n%autoreload 2\n!pip install numpy\n{DOUBLE}",
}  # fmt: skip


@pytest.mark.parametrize("how", IPYTHON)
def test_what_ipython_runs_is_an_answer(how):
    assert run(find(IPYTHON[how], HALF)["9.1"])["double"](4) == 8


def test_a_cell_of_another_language_is_no_answer():
    assert find(f"%%writefile double.py\n{DOUBLE}")["9.1"].status != "answered"


NEEDED = {
    "a dict that is filled": ["TWO = {}", "TWO['two'] = 2", "return TWO['two'] * number"],
    "a constant that grows": ["TWO = 1", "TWO += 1", "return TWO * number"],
    "a list that grows in a loop": ["TWO = []", "for one in range(2):\n    TWO.append(one)", "return len(TWO) * number"],
    "a list that a function fills": ["TWO = []\ndef fill(numbers):\n    numbers += [2]", "fill(TWO)", "return TWO[0] * number"],
    "a field that is set": ["class Settings:\n    two = 1", "settings = Settings()", "settings.two = 2", "return settings.two * number"],
    "a first value and a last": ["TWO = 1", "TWO = 2", "return TWO * number"],
    "a timed assignment": ["%time TWO = 2", "return TWO * number"],
    "a value that is worked out in a with block": ["from contextlib import nullcontext", "with nullcontext(2) as TWO:\n    pass", "return TWO * number"],
    "a helper that uses what is filled": ["TWO = {}\ndef two():\n    return TWO['two']", "TWO.update(two=2)", "return two() * number"],
}  # fmt: skip


@pytest.mark.parametrize("what", NEEDED)
def test_what_an_answer_needs_of_other_cells_comes_along_whole(what):
    *cells, last = NEEDED[what]
    found = find(*cells, f"# EXERCISE 9.1 double\ndef double(number):\n    {last}", HALF)
    assert run(found["9.1"])["double"](4) == 8


def test_what_an_answer_does_not_need_stays_away():
    found = find("import time\ntime.sleep(100)", "model = train(steps=40_001)", "print(double(3))", DOUBLE)
    assert found["9.1"].code == "def double(number):\n    return 2 * number"


ODD = {
    "a sum of 400 numbers": "return 2 * number + " + " + ".join(["0"] * 400),
    "a sum of 3,000 numbers": "return 2 * number + " + " + ".join(["0"] * 3_000),
    "700 elif": "if number < -1: return 0\n" + "".join(f"    elif number == -{n}: return 0\n" for n in range(2, 702)) + "    return 2 * number",
    "80 brackets": "return " + "(" * 80 + "2 * number" + ")" * 80,
    "a long chain of methods": "return 2 * number" + ".real" * 800,
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_an_odd_expression_is_read_and_costs_no_other_exercise(what):
    found = find(f"# EXERCISE 9.1 double\ndef double(number):\n    {ODD[what]}", HALF)
    assert found["9.2"].status == "answered"
    assert with_deep_stack(run, found["9.1"])["double"](4) == 8


def test_what_no_python_can_read_costs_its_own_exercise_only():
    found = find(f"# EXERCISE 9.1 double\ndef double(number):\n    return {'(' * 500}number{')' * 500}", HALF)
    assert found["9.1"].status == "not Python"
    assert found["9.2"].status == "answered"


def test_a_file_with_an_odd_expression_is_read_wherever_a_student_asks_for_it():
    source = f"# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    {ODD['a sum of 3,000 numbers']}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    read = read_answers(nbformat.writes(notebook).encode())
    assert (read.name, read.answers["2.2"].status) == ("02_faces_grayscale", "answered")
