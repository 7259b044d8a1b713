"""Two packages, imports in one direction, no circles; the lesson's files stay an evening's reading."""

import ast
import json
import re
from pathlib import Path

import pytest
from setuptools import find_packages

from dcgan_course import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LESSON = sorted((ROOT / "dcgan_lib").glob("*.py"))


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in FILES}


def imported_modules(path):
    """Returns the modules of the two packages that a file imports, also inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            # `from package import module` is an import of the module.
            found |= {f"{node.module}.{alias.name}" for alias in node.names if f"{node.module}.{alias.name}" in MODULES}
            if not all(f"{node.module}.{alias.name}" in MODULES for alias in node.names):
                found.add(node.module)
    return {name for name in found if name.split(".")[0] in PACKAGES}


def test_exactly_two_packages_are_installed():
    configuration = (ROOT / "pyproject.toml").read_text("utf-8")
    include = json.loads(re.search(r"include = (\[.*?\])", configuration)[1])
    installed = {package.split(".")[0] for package in find_packages(ROOT, include=include)}
    assert installed == set(PACKAGES) == {"dcgan_lib", "dcgan_course"}


def test_every_imported_module_is_there():
    for path in FILES:
        assert imported_modules(path) <= set(MODULES), path


def test_the_library_imports_nothing_of_the_course():
    for path in FILES:
        if path.is_relative_to(ROOT / "dcgan_lib"):
            assert not [name for name in imported_modules(path) if name.startswith("dcgan_course")], path


def test_what_students_get_imports_nothing_of_the_instructors():
    for path in FILES:
        if "instructor" not in path.parts:
            assert not [name for name in imported_modules(path) if ".instructor" in name], path


def test_no_module_imports_itself_by_way_of_others():
    graph = {name: imported_modules(path) for name, path in MODULES.items()}
    done, way = set(), []

    def visit(name):
        if name in done:
            return
        assert name not in way, f"a circle: {' -> '.join([*way[way.index(name) :], name])}"
        way.append(name)
        for other in sorted(graph[name] - {name}):
            visit(other)
        way.pop()
        done.add(name)

    for name in sorted(graph):
        visit(name)


def test_the_top_of_the_library_is_an_evenings_reading():
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in LESSON}
    assert len(lines) <= 13 and sum(lines.values()) <= 1_400 and max(lines.values()) <= 200, lines


def test_the_readme_names_the_files_of_the_lesson_in_the_order_to_read_them():
    text = (ROOT / "README.md").read_text("utf-8")
    places = [text.index(f"`{name}`") for name in ("models.py", "dcgan.py", "training.py")]
    assert places == sorted(places)


def test_the_loop_is_short():
    (loop,) = (
        node
        for node in ast.walk(ast.parse((ROOT / "dcgan_lib" / "training.py").read_text("utf-8")))
        if isinstance(node, ast.While)
    )
    assert loop.end_lineno - loop.lineno + 1 < 25


def private_attributes(source):
    """Yields `object._name` of objects that are not the file's own."""
    tree = ast.parse(source)
    own = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr) and node.attr not in own:
            yield f"{ast.unparse(node)} (line {node.lineno})"


# Python's own and other packages' names with an underscore, each looked at by hand: none is Keras's.
KNOWN = ("os._exit", "self._ensure_iopub_up", "self._async_launch_kernel", "super()._async_launch_kernel")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_no_private_attribute_is_used(path):
    found = [name for name in private_attributes(path.read_text("utf-8")) if not name.startswith(KNOWN)]
    assert not found, found


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_no_private_attribute_is_used_in_a_notebook(path):
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            found = list(private_attributes("".join(cell["source"])))
            assert not found, (cell["id"], found)


def test_the_search_for_private_attributes_finds_them():
    assert list(private_attributes("scores._keras_logits\nnetwork._flatten_layers()")) == [
        "scores._keras_logits (line 1)",
        "network._flatten_layers (line 2)",
    ]
