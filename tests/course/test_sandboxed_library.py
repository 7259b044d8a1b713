"""What an answer finds of the course in the sandbox: the checks, and nothing that solves an exercise."""

import ast
import json
import subprocess

import pytest

from dcgan_course import PACKAGES
from dcgan_course.exercises.checks.expected import FILE, read_expected
from dcgan_course.exercises.checks.explanation import list_differences
from dcgan_course.exercises.tasks import TASKS
from dcgan_course.instructor.grading.marks.assembly import read_masters, seed_of
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_lib.system.paths import course_root

FOUND = """
import importlib, json, sys
found = {}
for module, names in json.load(open(sys.argv[-1])).items():
    try:
        imported = importlib.import_module(module)
    except ImportError:
        continue
    found[module] = [name for name in names if hasattr(imported, name)]
print(json.dumps(found))
"""
# Each public function as the answer to each exercise, but for those of the stand-in, which are all the same.
ANSWERS = """
import contextlib, importlib, io, json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from dcgan_course.exercises.checks.measures import measure
seeds, functions = json.load(open(sys.argv[-1]))
measured = []
# Several modules import the same function.
names = {id(found): (found, name) for module, name in functions for found in [getattr(importlib.import_module(module), name)]}
for function, name in names.values():
    for key, seed in seeds.items():
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                measured.append((name, key, measure(key, function, seed)))
        except BaseException as error:
            measured.append((name, key, None))
print(json.dumps(measured, default=str))
"""
LIBRARY = """
import importlib, json, sys
import dcgan_lib
from dcgan_lib import *
for name in json.load(open(sys.argv[-1])):
    for arguments in ((), (1,), (1, 2, 3, 4, 5, 6)):
        try:
            print("CALLED", name, getattr(dcgan_lib, name)(*arguments))
        except ImportError as error:
            print(error)
"""


@pytest.fixture(scope="module")
def run_inside(tmp_path_factory):
    """Runs code with the sandbox's library, without isolation, on a value that comes in a file; returns its output."""
    folder = tmp_path_factory.mktemp("library")
    build_library(folder)
    sandbox = Sandbox(str(folder), "none", memory=8.0, threads=2)

    def run(code, value):
        file = folder / "value.json"
        file.write_text(json.dumps(value), "utf-8")
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = sandbox.start(str(folder), ["-c", f"exec({code!r}, {{}})", str(file)], **streams)
        printed, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return printed

    run.folder = folder
    return run


def public_names():
    """Returns the public functions and classes of each module of both packages: a dict by the module's name."""
    names = {}
    for path in (path for package in PACKAGES for path in (course_root() / package).rglob("*.py")):
        module = ".".join(path.relative_to(course_root()).with_suffix("").parts).removesuffix(".__init__")
        body = ast.parse(path.read_text("utf-8")).body
        defined = {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
        imported = {
            alias.asname or alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        names[module] = sorted(name for name in defined | imported if not name.startswith("_") and name != "*")
    return names


def test_of_the_course_only_the_checks_can_be_imported(run_inside):
    found = set(json.loads(run_inside(FOUND, public_names())))
    others = {name for name in found if not name.startswith("dcgan_course.exercises.checks.")}
    assert "dcgan_course.exercises.checks.measures" in found
    assert others == {
        "dcgan_lib",
        "dcgan_course",
        "dcgan_course.exercises",
        "dcgan_course.exercises.checks",
        "dcgan_course.exercises.exercise",
        "dcgan_course.exercises.table",
        "dcgan_course.exercises.tasks",
    }


def test_no_expected_value_and_no_solution_is_in_a_file_of_the_sandbox(run_inside):
    files = [path for path in run_inside.folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert FILE.name not in {path.name for path in files}
    texts = {path: path.read_text("utf-8", "replace") for path in files if "matplotlib" not in path.parts}
    for master in read_masters(course_root() / "notebooks"):
        for exercise in master.exercises:
            inside = exercise.solution.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            lines = [line.strip() for line in inside.splitlines() if len(line.strip()) > 20]
            for path, text in texts.items():
                found = [line for line in lines if line in text]
                assert len(found) <= len(lines) / 4, (path, found)  # A layer of the lecture's may be in a check.


@pytest.mark.slow
def test_no_public_function_of_the_course_answers_an_exercise_or_a_part_of_one(run_inside):
    found = json.loads(run_inside(FOUND, public_names()))
    functions = [(module, name) for module, names in found.items() if module != "dcgan_lib" for name in names]
    assert ("dcgan_course.exercises.checks.measured", "to_array") in functions and len(functions) > 40
    seeds = {
        exercise.key: seed_of(exercise.check)
        for master in read_masters(course_root() / "notebooks")
        for exercise in master.exercises
    }
    assert list(seeds) == [task.key for tasks in TASKS.values() for task in tasks]
    measured = json.loads(run_inside(ANSWERS, (seeds, functions)))
    assert {name for name, _, _ in measured} == {name for _, name in functions}
    for name, key, values in measured:
        right = read_expected(key, seeds[key]).right
        wrong_parts = {part for part, *_ in list_differences(values or {}, right)}
        assert wrong_parts == set(right), f"{name} gives a part of what {key} asks for"


def test_whatever_is_called_of_the_library_says_that_it_is_not_there(run_inside):
    names = sorted(set().union(*public_names().values()))
    printed = run_inside(LIBRARY, names).splitlines()
    expected = [f"{name} of the course's library is not there when it is graded. Write it yourself." for name in names]
    assert printed == [line for line in expected for _ in range(3)]
