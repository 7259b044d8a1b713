"""Masters as exercises: what is read of them, and that a stub is the solution without its marked lines."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dcgan_course.exercises.exercise import BadMaster, make_stub, read_exercises
from dcgan_course.exercises.python_source import bound_names, parse
from dcgan_course.exercises.tasks import TASKS

MASTERS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))

each_master = pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)

SOLVED = '''# EXERCISE 9.1 double and halve
def double(number):
    """Doubles."""
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION


def halve(number):
    if number == 0:
        ### BEGIN SOLUTION
        return 0
        ### END SOLUTION
    return number / 2'''


def exercises_of(path):
    return read_exercises(nbformat.read(path, as_version=4))


def master(answer, check="# CHECK 9.1 (2 points)\nprint(double(2))"):
    return new_notebook(cells=[new_code_cell(answer, id="answer"), new_code_cell(check, id="check")])


@each_master
def test_a_stub_is_the_solution_without_its_marked_lines(path):
    for exercise in exercises_of(path):
        kept, inside = [], False
        for line in exercise.solution.splitlines():
            if line.strip() == "### BEGIN SOLUTION":
                inside = True
            elif line.strip() == "### END SOLUTION":
                inside = False
            elif not inside:
                kept.append(line)
        added = ("# your code here", f'raise NotImplementedError("Exercise {exercise.key} is not done yet")')
        stub = exercise.stub.splitlines()
        assert [line for line in stub if line.strip() not in added] == kept
        assert [line for line in stub if line.strip() in added] == [f"    {line}" for line in added] * len(
            exercise.names
        )


@each_master
def test_a_stub_keeps_signature_and_docstring_and_says_which_exercise_is_not_done(path):
    for exercise in exercises_of(path):
        solved, names = {}, {}
        for node in ast.parse(exercise.solution).body:
            solved[node.name] = (ast.unparse(node.args), ast.get_docstring(node))
        for node in ast.parse(exercise.stub).body:
            assert (ast.unparse(node.args), ast.get_docstring(node)) == solved.pop(node.name)
            exec(exercise.stub, names)
            with pytest.raises(NotImplementedError, match=f"Exercise {exercise.key} is not done yet"):
                names[node.name](*[None] * len(node.args.args))
        assert not solved


@each_master
def test_the_table_for_students_is_what_the_master_asks(path):
    asked = [(exercise.key, exercise.title, exercise.answer_id, exercise.names) for exercise in exercises_of(path)]
    assert asked == [(task.key, task.title, task.answer_id, task.names) for task in TASKS[path.stem]]
    assert list(TASKS) == [master.stem for master in MASTERS]


@each_master
def test_an_answer_defines_what_its_marker_names_and_its_check_gives_points(path):
    for exercise in exercises_of(path):
        statements = parse(exercise.solution)[0].body
        assert set().union(*map(bound_names, statements)) == set(exercise.names)
        assert exercise.points > 0
        assert len(exercise.names) == 1  # A check takes one function.
        assert f'check("{exercise.key}", {exercise.title}, ' in exercise.check


def test_each_region_becomes_a_stub_with_its_own_indentation():
    assert make_stub(SOLVED) == (
        "# EXERCISE 9.1 double and halve\n"
        "def double(number):\n"
        '    """Doubles."""\n'
        "    # your code here\n"
        '    raise NotImplementedError("Exercise 9.1 is not done yet")\n'
        "\n\n"
        "def halve(number):\n"
        "    if number == 0:\n"
        "        # your code here\n"
        '        raise NotImplementedError("Exercise 9.1 is not done yet")\n'
        "    return number / 2"
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("    ### END SOLUTION\n\n\n", ""),
            "line 8: '### BEGIN SOLUTION' stands inside the region that began in line 4",
        ),
        (("        ### END SOLUTION\n", ""), "the region that begins in line 11 is not closed by '### END SOLUTION'"),
        (("    ### BEGIN SOLUTION\n    return 2", "    return 2"), "line 5: '### END SOLUTION' closes no region"),
        (("    ### BEGIN SOLUTION\n    r", "    ### Begin solution\n    r"), "line 4: '### Begin solution' is neither"),
        (("double and halve", "double"), "its first line must name what the stub defines"),
        (("(number):", "(number:"), "its stub is not Python"),
    ],
)
def test_a_region_that_is_not_well_formed_is_an_error_that_names_the_cell(change, sentence):
    assert change[0] in SOLVED
    with pytest.raises(BadMaster) as error:
        read_exercises(master(SOLVED.replace(*change, 1)))
    assert "Cell 'answer'" in str(error.value)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ([SOLVED], "Cell '0': exercise 9.1 has no cell that begins with '# CHECK 9.1 (2 points)'"),
        ([SOLVED, "# CHECK 9.1\n1"], "Cell '1': its first line must give the points: '# CHECK 9.1 (2 points)'"),
        (["# CHECK 9.1 (1 point)\n1"], "Cell '0' checks exercise 9.1, and no cell begins with '# EXERCISE 9.1'"),
        ([SOLVED, SOLVED], "Cell '1': '# EXERCISE 9.1 double and halve' stands in cell '0' too"),
        (["# EXERCISE 9.1 f\ndef f(): 1", "# CHECK 9.1 (1 point)\n1"], "Cell '0': exercise 9.1 has no region"),
    ],
)
def test_an_exercise_without_its_other_half_is_an_error(cells, sentence):
    notebook = new_notebook(cells=[new_code_cell(source, id=str(number)) for number, source in enumerate(cells)])
    with pytest.raises(BadMaster) as error:
        read_exercises(notebook)
    assert sentence in str(error.value)
