"""Which versions are asked for, and of whom: the same in every file that names them; students ask for less."""

import ast
import re
import shutil
import subprocess
import sys
import warnings
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from dcgan_course import PACKAGES
from dcgan_course.instructor.releasing.command import write_release

try:
    import tomllib
except ModuleNotFoundError:  # Before Python 3.11, where pytest brings the same under its earlier name.
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SEVEN = {"tensorflow", "numpy", "matplotlib", "pillow", "jupyterlab", "nbval", "papermill"}
KINDS = PROJECT["project"]["optional-dependencies"]


def read_requirements(path):
    """Returns the packages of a requirements file with their ranges, and its other lines."""
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    others = [line for line in lines if line.startswith("-")]
    return ranges(line for line in lines if line and line not in others), others


def ranges(lines):
    return {canonicalize_name(each.name): str(each.specifier) for each in map(Requirement, lines)}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "release"
    write_release(ROOT, folder)
    return folder / "dcgan-course"


def test_the_repository_asks_for_its_seven_packages_and_itself_with_the_instructors():
    packages, others = read_requirements(ROOT / "requirements.txt")
    assert set(packages) == SEVEN and others == ["-e .[instructor]"]


def with_what_they_need(names):
    """Returns packages with all that is installed for them."""
    found, left = set(), [canonicalize_name(name) for name in names]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            try:
                needed = map(Requirement, metadata.requires(name) or ())
            except metadata.PackageNotFoundError:
                continue  # For another system or Python.
            left += [canonicalize_name(each.name) for each in needed if not each.marker or each.marker.evaluate()]
    return found


def imported_packages(folders):
    """Returns the packages of others that the code in some folders imports, each with a file that does."""
    distributions, found = metadata.packages_distributions(), {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module] if isinstance(node, ast.ImportFrom) else []
            for module in {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - set(PACKAGES):
                name = canonicalize_name(distributions.get(module, [module])[0])
                found[name] = path.relative_to(ROOT).as_posix()
    return found


def test_whoever_installs_the_requirements_has_what_the_commands_import():
    packages, _ = read_requirements(ROOT / "requirements.txt")
    installed = with_what_they_need([*packages, *ranges(PROJECT["project"]["dependencies"] + KINDS["instructor"])])
    imported = imported_packages(PACKAGES)
    assert {"nh3", "psutil", "tensorflow", "pytest"} <= imported.keys()
    missing = {name: path for name, path in imported.items() if name not in installed}
    assert missing.keys() == {"datasets", "distributed"}, missing


def test_a_student_asks_for_jupyterlab_and_the_course_but_for_nothing_that_runs_or_grades_notebooks(released):
    packages, others = read_requirements(released / "requirements.txt")
    assert set(packages) == {"jupyterlab"} and others == ["-e ."]
    course = tomllib.loads((released / "pyproject.toml").read_text("utf-8"))["project"]
    assert not {"papermill", "nbval", "pytest", "psutil"} & ranges(course["dependencies"]).keys()


def test_a_package_has_the_same_range_wherever_it_is_named(released):
    named = [read_requirements(ROOT / "requirements.txt")[0], read_requirements(released / "requirements.txt")[0]]
    named += map(ranges, [PROJECT["project"]["dependencies"], *KINDS.values()])
    seen = {}
    for packages in named:
        for package, versions in packages.items():
            assert seen.setdefault(package, versions) == versions, package


def test_every_text_names_the_same_pythons(released):
    pythons = SpecifierSet(PROJECT["project"]["requires-python"])
    admitted = [minor for minor in range(30) if f"3.{minor}" in pythons]
    first, last = f"3.{admitted[0]}", f"3.{admitted[-1]}"
    for path in (ROOT / "README.md", ROOT / "Makefile", released / "README.md"):
        text = path.read_text("utf-8")
        assert f"Python {first} to {last}" in text
        assert len(set(re.findall(r"Python 3\.\d+ to 3\.\d+", text))) == 1, path
    for path in (ROOT / "README.ko.md", released / "README.ko.md"):
        found = re.findall(r"Python (3\.\d+)\s*[-~–]\s*(?:Python )?(3\.\d+)", path.read_text("utf-8"))
        assert found == [(first, last)], path
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{first.replace('.', '')}"


@pytest.mark.parametrize("version", [(3, 9), (3, 14)])
def test_make_says_in_one_sentence_which_python_it_needs(version, tmp_path):
    shutil.copyfile(ROOT / "Makefile", tmp_path / "Makefile")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.version_info = {(*version, 0, 'final', 0)}\n")
    command = ["make", "--no-print-directory", ".venv/bin/python", f"PYTHON=env PYTHONPATH={tmp_path} {sys.executable}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    said, _ = done.stderr.splitlines()  # The other line is make's own: which target failed.
    assert done.returncode == 2 and done.stdout == ""
    assert said.startswith("Python 3.10 to 3.13 is needed (TensorFlow has no package for others), and ")
    assert said.endswith(f" is 3.{version[1]}. Name one that fits: make PYTHON=/path/to/python3.13")
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    "module", ["dcgan_lib.models", "test_models", "__main__", "keras.src.layers", "numpy", "PIL.Image"]
)
@pytest.mark.parametrize(
    "kind",
    [DeprecationWarning, PendingDeprecationWarning, FutureWarning, np.exceptions.VisibleDeprecationWarning],
)
def test_a_warning_that_announces_a_removal_is_an_error_in_these_tests(kind, module):
    with pytest.raises(kind, match="will be taken away"):
        warnings.warn_explicit("this will be taken away", kind, "a.py", 1, module=module)


def test_what_tensorflow_has_not_mended_yet_is_let_through_only_where_keras_does_it():
    said = "__array__ implementation doesn't accept a copy keyword, so passing copy=False failed."
    warnings.warn_explicit(said, DeprecationWarning, "a.py", 1, module="keras.src.backend.tensorflow.core")
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit(said, DeprecationWarning, "a.py", 1, module="dcgan_lib.run.checkpoints")
