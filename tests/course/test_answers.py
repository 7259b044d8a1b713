"""A student's answers are found wherever they stand, and what is run of them does what the student's cell did."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dcgan_course.exercises.answers import find_answers, which_notebook
from dcgan_course.exercises.exercise import Task, read_exercises
from dcgan_course.exercises.python_source import parse
from dcgan_course.exercises.tasks import TASKS

SOME_TASKS = (Task("9.1", "double", "ex91"), Task("9.2", "halve and third", "ex92"))
STUB = '# EXERCISE 9.1 double\ndef double(number):\n    """Doubles."""\n    # your code here\n    raise NotImplementedError("Exercise 9.1 is not done yet")'
DOUBLE = '# EXERCISE 9.1 double\ndef double(number):\n    """Doubles."""\n    return 2 * number'
PARTS = "# EXERCISE 9.2 halve and third\ndef halve(number):\n    return number / 2\n\n\ndef third(number):\n    return number / 3"
BARE = DOUBLE.split("\n", 1)[1]


def notebook(*cells):
    """Strings are code cells without an id; a pair is an id and a source."""
    made = []
    for cell in cells:
        if isinstance(cell, tuple):
            made.append(new_code_cell(cell[1], id=cell[0]))
        elif isinstance(cell, str):
            made.append(new_code_cell(cell))
            del made[-1]["id"]
        else:
            made.append(cell)
    return nbformat.from_dict({**new_notebook(), "cells": made})


def answers(*cells, given=frozenset()):
    return find_answers(notebook(*cells), SOME_TASKS, given)


def run(answer, **names):
    exec(answer.code, names)
    return names


def test_an_answer_is_found_by_its_marker_whatever_its_cell_is_called():
    answer = answers("1 + 1", ("other", DOUBLE))["9.1"]
    assert (answer.status, answer.found_by, answer.cell, answer.warnings) == ("answered", "marker", 2, ())
    assert answer.source == DOUBLE
    assert run(answer)["double"](4) == 8


def test_without_marker_it_is_found_by_the_cells_id_and_without_that_by_what_it_defines():
    by_id, by_name = answers(("ex91", BARE))["9.1"], answers("x = 1", BARE)["9.1"]
    assert (by_id.found_by, by_name.found_by) == ("id", "likeness")
    assert "is gone; it was found by its cell" in by_id.warnings[0]
    assert "found by what it defines" in by_name.warnings[0]
    assert run(by_id)["double"](4) == run(by_name)["double"](4) == 8


def test_of_several_the_last_counts_that_is_not_the_stub():
    variant = DOUBLE.replace("2 * number", "number + number + 0")
    first, last = answers(DOUBLE, variant, STUB)["9.1"], answers(variant, DOUBLE)["9.1"]
    assert (first.source, first.cell, last.source) == (variant, 2, DOUBLE)
    assert first.warnings == ("It is there more than once: cell 2 counts, and not cell 1.",)


def test_of_several_one_that_is_python_is_taken():
    answer = answers(DOUBLE, DOUBLE + "\n    return (")["9.1"]
    assert (answer.status, answer.cell) == ("answered", 1)


def test_an_answer_in_a_new_cell_is_taken_when_the_marked_one_is_still_the_stub():
    for rest in (STUB, "# EXERCISE 9.1 double\n"):
        answer = answers(rest, "print(1)", BARE)["9.1"]
        assert (answer.status, answer.found_by, answer.cell) == ("answered", "likeness", 3)


def test_a_stub_a_missing_answer_and_one_that_is_not_python_are_told_apart():
    found = answers(STUB)
    assert (found["9.1"].status, found["9.1"].code) == ("stub", "")
    assert (found["9.2"].status, found["9.2"].cell) == ("missing", None)
    broken = answers("\n" + DOUBLE.replace("(number):", "(number:"))["9.1"]
    assert (broken.status, broken.code) == ("not Python", "")
    assert broken.error.startswith("cell 1, line 3 of the answer: ")
    assert answers("# EXERCISE 9.1 double")["9.1"].status == "missing"


@pytest.mark.parametrize("text", ["print('", "x = 'half \ud800'", "return 3", "f(" * 500, "\0", "1" + " + 1" * 900])
def test_whatever_else_is_in_the_notebook_costs_no_other_exercise(text):
    found = answers(DOUBLE, "# EXERCISE 9.2 halve and third\n" + text, text)
    assert [answer.status for answer in found.values()] == ["answered", "not Python"]


@pytest.mark.parametrize("body", ["pass", "...", "raise NotImplementedError", '"""Only a docstring."""'])
def test_a_function_of_which_nothing_is_written_is_a_stub(body):
    assert answers(f"# EXERCISE 9.1 double\ndef double(number):\n    {body}")["9.1"].status == "stub"


def test_an_answer_turned_into_a_text_cell_is_taken_with_a_warning_and_a_text_about_it_is_not():
    text = new_markdown_cell("**Exercise 9.1.** Write a function.\n\n# EXERCISE 9.1\nIt doubles.")
    assert answers(text)["9.1"].status == "missing"
    for source in (DOUBLE, f"My answer:\n```python\n{DOUBLE}\n```\nand a word.", f"```\n{BARE}\n```"):
        answer = answers(text, new_markdown_cell(source))["9.1"]
        assert (answer.status, answer.cell) == ("answered", 2)
        assert any("is a text cell" in warning for warning in answer.warnings)
        assert run(answer)["double"](4) == 8


def test_answers_merged_into_one_cell_with_each_other_and_with_a_check_are_taken_apart():
    found = answers(f"import math\n{DOUBLE}\n\n\n# CHECK 9.1 (2 points)\nraise SystemExit\n{PARTS}")
    assert [answer.status for answer in found.values()] == ["answered", "answered"]
    assert "SystemExit" not in found["9.1"].code + found["9.2"].code
    assert run(found["9.2"])["third"](6) == 2


def test_an_edited_check_is_never_an_answer():
    assert answers(STUB, f"# CHECK 9.1 (2 points)\n{BARE}")["9.1"].status == "stub"


@pytest.mark.parametrize(
    "line",
    [
        "%nosuch",
        "!pip install 'einops",
        "!pip install einops \\\n    --quiet",
        "%matplotlib inline",
        "%%time",
        "files = !ls",
        "np.pad?",
        "?np.pad",
        "%cd /content/gdrive/My Drive",
    ],
)
def test_lines_that_only_ipython_understands_are_set_aside(line):
    answer = answers(f"{line}\n{DOUBLE}")["9.1"]
    assert answer.status == "answered"
    assert "is passed over: it is not Python" in answer.warnings[0]
    assert run(answer)["double"](4) == 8


def test_such_a_line_inside_a_function_leaves_the_rest_of_it():
    source = DOUBLE.replace("    return", "    !nvidia-smi\n    return")
    assert run(answers(source)["9.1"])["double"](4) == 8


def test_a_percent_sign_in_a_string_or_a_sum_is_no_such_line():
    tree, aside = parse('text = """\n%matplotlib inline\n!ls\n"""\nrest = (7\n    % 4)\n%time')
    names = {}
    exec(compile(tree, "cell", "exec"), names)
    assert (names["text"], names["rest"], aside) == ("\n%matplotlib inline\n!ls\n", 3, ["%time"])


@pytest.mark.parametrize(
    "line",
    [
        "from google.colab import drive",
        "drive.mount('/content/gdrive')",
        "print(double(unknown))",
        "plt.plot([1])",
        "for image in images: show(image)",
        "1 / 0",
    ],
)
def test_a_top_level_line_that_fails_elsewhere_takes_no_definition_with_it(line, capsys):
    for source in (f"{line}\n{DOUBLE}", f"{DOUBLE}\n\n\n{line}"):
        assert run(answers(source)["9.1"])["double"](4) == 8
        assert "passed over: " in capsys.readouterr().out


def test_a_future_import_stays_in_front():
    source = DOUBLE.replace("def double(number)", "from __future__ import annotations\ndef double(number: Nowhere)")
    assert run(answers(source)["9.1"])["double"](4) == 8


def test_what_an_answer_uses_of_other_cells_comes_with_it():
    found = answers(
        "import math as m\nFACTOR = 2\nUNUSED = open('/nowhere')",
        "def helper(number):\n    return other(number) * FACTOR\n\n\ndef other(number):\n    return m.floor(number)",
        DOUBLE.replace("2 * number", "helper(number)"),
    )
    answer = found["9.1"]
    assert "UNUSED" not in answer.code
    assert run(answer)["double"](4.5) == 8


def test_what_is_only_tried_out_brings_nothing_along():
    tried = "\n\nprint(double(images))\nresult = double(images)\nplot_losses(history)"
    answer = answers("images = load(1)", "history = train(images)", DOUBLE + tried)["9.1"]
    assert "load" not in answer.code and "train" not in answer.code
    assert run(answer)["double"](4) == 8


def test_a_table_that_is_filled_at_the_top_level_is_whole():
    table = "table = []\nfor number in range(9):\n    table.append(helper(number))\n"
    answer = answers(
        "def helper(number):\n    return 2 * number", table + DOUBLE.replace("2 * number", "table[number]")
    )["9.1"]
    assert run(answer)["double"](4) == 8


def test_of_two_helpers_with_a_name_the_last_is_taken_and_never_a_stub():
    helper = "def helper(number):\n    return {} * number"
    answer = answers(helper.format(3), helper.format(2), DOUBLE.replace("2 * number", "helper(number)"))["9.1"]
    assert run(answer)["double"](4) == 8
    split = answers(
        PARTS.replace("    return number / 3", "    raise NotImplementedError"), "def third(n):\n    return n / 3"
    )
    assert (split["9.2"].status, split["9.2"].warnings) == ("answered", ())
    assert run(split["9.2"])["third"](6) == 2


def test_the_variable_of_a_comprehension_is_no_definition():
    uses_factor = DOUBLE.replace("2 * number", "factor * number")
    for cells in (
        ("factor = 2", "print([factor for factor in range(3)])", uses_factor),
        ("factor = 2", f"print([factor for factor in range(3)])\n{uses_factor}"),
    ):
        assert run(answers(*cells)["9.1"])["double"](4) == 8
    assert run(answers("print([factor := 2 for _ in range(3)])", uses_factor)["9.1"])["double"](4) == 8


def test_names_that_are_given_are_not_looked_for_elsewhere():
    source = DOUBLE.replace("2 * number", "np.add(number, number)")
    assert "numpy" in answers("import numpy as np", source)["9.1"].code
    assert "numpy" not in answers("import numpy as np", source, given={"np"})["9.1"].code


def test_a_star_import_comes_with_an_answer_that_may_need_it():
    answer = answers("from math import *", DOUBLE.replace("2 * number", "2 * floor(number)"))["9.1"]
    assert run(answer)["double"](4) == 8


def test_an_answer_that_is_half_done_or_called_otherwise_says_so():
    half = answers(PARTS.replace("    return number / 3", "    raise NotImplementedError"))["9.2"]
    assert (half.status, half.warnings) == ("answered", ("third is not done in it.",))
    with pytest.raises(NotImplementedError):
        run(half)["third"](1)
    assert run(half)["halve"](4) == 2
    renamed = answers(DOUBLE.replace("def double", "def twice"))["9.1"]
    assert (renamed.status, renamed.warnings) == ("answered", ("double is not done in it.",))


def test_a_stubs_line_left_before_the_code_is_pointed_out():
    answer = answers(STUB + "\n    return 2 * number")["9.1"]
    assert answer.status == "answered"
    assert "double still has the line 'raise NotImplementedError' before your code: delete it." in answer.warnings


def test_the_name_of_the_function_may_be_bound_in_another_way():
    for source in (
        "double = lambda number: 2 * number",
        "import functools, operator\ndouble = functools.partial(operator.mul, 2)",
    ):
        assert run(answers(f"# EXERCISE 9.1 double\n{source}")["9.1"])["double"](4) == 8
    imported = answers("from dcgan_lib import double")["9.1"]
    assert imported.status == "missing"


def master(name):
    path = Path(__file__).resolve().parents[2] / "notebooks" / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("name", TASKS)
def test_a_notebook_is_known_by_its_exercises_whatever_was_stripped_or_reordered(name):
    submitted = master(name)
    assert which_notebook(submitted) == name
    for cell in submitted.cells:
        del cell["id"]
    submitted.cells.reverse()
    assert which_notebook(submitted) == name
    for cell in submitted.cells:
        cell.source = cell.source.replace("# EXERCISE ", "# My answer to ").replace("# CHECK", "# Check")
    assert which_notebook(submitted) == name
    assert {answer.found_by for answer in find_answers(submitted, TASKS[name]).values()} == {"likeness"}


def test_an_answer_copied_from_another_notebook_with_its_marker_is_found():
    copied = master("03_faces_colour")
    for key, earlier in (("3.1", "2.1"), ("3.2", "2.3"), ("3.3", "2.4")):
        cell = next(cell for cell in copied.cells if cell.source.startswith(f"# EXERCISE {key}"))
        cell.source = cell.source.replace(f"# EXERCISE {key}", f"# EXERCISE {earlier}")
    for way in ("id", "likeness"):
        assert which_notebook(copied) == "03_faces_colour"
        found = find_answers(copied, TASKS["03_faces_colour"])
        assert [answer.status for answer in found.values()] == ["answered"] * 5
        assert [answer.found_by for answer in found.values()] == [way, way, way, "marker", "marker"]
        for cell in copied.cells:
            cell.pop("id", None)


def test_a_notebook_of_something_else_is_none_of_the_courses():
    assert which_notebook(notebook("import keras", "model = keras.Sequential()")) is None
    assert which_notebook(notebook(DOUBLE, PARTS)) is None
    assert which_notebook(notebook("def load_face(path):\n    return path")) is None  # 2.1 or 3.1.


@pytest.mark.parametrize("name", TASKS)
def test_what_is_run_of_a_solution_is_the_solution(name):
    exercises = read_exercises(master(name))
    found = find_answers(master(name), exercises, {"np", "Image", "keras", "tf", "Sequential"})
    for exercise in exercises:
        answer = found[exercise.key]
        assert (answer.status, answer.found_by, answer.source, answer.warnings) == (
            "answered",
            "marker",
            exercise.solution,
            (),
        )
        solution = {node.name: ast.dump(node) for node in ast.parse(exercise.solution).body}
        run_of_it = {
            node.name: ast.dump(node) for node in ast.parse(answer.code).body if isinstance(node, ast.FunctionDef)
        }
        assert run_of_it == solution
