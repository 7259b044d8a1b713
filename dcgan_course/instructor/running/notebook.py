"""A notebook that the instructor's commands run: its file, and the parameters that can be set."""

import ast
import contextlib
import difflib
import hashlib
import itertools
import json
from pathlib import Path

from dcgan_course.refused import Refused

KINDS = {int: "a whole number", float: "a number", bool: "True or False", list: "a list", tuple: "a tuple"}


def add_notebook_arguments(parser):
    """Adds the options that say which notebooks, and with which parameters."""
    parser.add_argument(
        "notebook", nargs="*", metavar="NOTEBOOK", help="a file, or a name such as 01_mnist or 01 (default: all)"
    )
    parser.add_argument(
        "-p",
        dest="parameter",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a name of the notebooks' parameters cell",
    )


class Notebook:
    """A notebook file that was read.

    Attributes:
        path: Its absolute path.
        name: The file's name without `.ipynb`.
        text: What the file holds.
        digest: A hash of its code cells; outputs do not change it.
        defaults: Dict of the `parameters` cell's plain assignments, name to value.
        problem: Why the file is no valid notebook, a sentence; None if it is one.

    Raises:
        Refused: If there is no such file, or if it is a notebook without a `parameters` cell.
    """

    def __init__(self, path):
        self.path = Path(path).resolve()
        self.name = self.path.stem
        self.text, self.problem, cells = _read(path)
        sources = ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
        self.digest = hashlib.sha256("\0".join(sources).encode()).hexdigest()
        tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
        if not tagged and self.problem is None:
            raise Refused(
                f"'{path}' has no cell tagged 'parameters', so it cannot be told where to write its pictures."
            )
        self.defaults = _plain_assignments("".join(tagged[0]["source"])) if tagged else {}

    def check_name(self, name):
        """Raises `Refused` unless the `parameters` cell has the name."""
        if self.problem:
            raise Refused(self.problem)
        if name in self.defaults:
            return
        near = difflib.get_close_matches(name, self.defaults, n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        raise Refused(f"{self.name} has no parameter {name!r}. It has: {', '.join(self.defaults)}. {hint}".strip())

    def read_value(self, name, text):
        """Turns a parameter's text from the command line into a value of its default's type.

        Where the default is a text, `00123` stays one. Where it is None, the value may be of any type.

        Raises:
            Refused: If there is no such parameter, or the text is not of its type.
        """
        self.check_name(name)
        default = self.defaults[name]
        if isinstance(default, str):
            return text
        try:
            value = ast.literal_eval(text.strip())
        except (ValueError, SyntaxError):
            value = text
        if default is None:
            is_path = name.endswith(("_dir", "_path", "_file"))
            return text if is_path and type(value) in (int, float) else value
        if type(default) is float and type(value) is int:
            return float(value)
        if type(value) is not type(default):
            raise Refused(
                f"{self.name}: {name} must be {KINDS.get(type(default), 'of another type')}, as its default "
                f"{default!r} is. Received: {text!r}."
            )
        return value


def find_notebooks(names, course):
    """Finds notebooks by path, or by a name such as `01_mnist` or `01` of one in the course's `notebooks/`.

    Returns a list of `Notebook`; without names, all the course's.

    Raises:
        Refused: If one is not there or has no `parameters` cell, or if two are the same.
    """
    folder = course / "notebooks"
    masters = sorted(folder.glob("[0-9]*.ipynb"))
    if not names and not masters:
        raise Refused(f"There is no notebook in '{folder}'. Name one: python -m dcgan_course run FILE.ipynb")
    notebooks = [Notebook(path) for path in ([_find(name, masters) for name in names] or masters)]
    for earlier, notebook in itertools.combinations(notebooks, 2):
        if notebook.path == earlier.path:
            raise Refused(f"{notebook.name} is named twice. Name each notebook once; --repeat-seeds runs it again.")
    return notebooks


def _find(name, masters):
    if Path(name).is_file():
        return name
    stem = Path(name).name.removesuffix(".ipynb")
    for master in masters:
        if master.stem == stem or stem.isdigit() and master.stem.startswith(f"{stem}_"):
            return master
    known = [master.stem for master in masters]
    near = difflib.get_close_matches(stem, known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise Refused(f"There is no notebook '{name}'. The course has: {', '.join(known) or 'none'}.{hint}")


def _read(path):
    """Returns a file's text, what is wrong with it as a notebook or None, and its cells."""
    try:
        text = Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        return "", f"'{path}' is not a notebook: it is not a text file.", []
    except OSError as error:
        raise Refused(f"'{path}' cannot be read ({error.strerror}).") from None
    try:
        content = json.loads(text)
        cells = content["cells"]
        if content["nbformat"] != 4 or not all(isinstance(cell["source"], (str, list)) for cell in cells):
            raise ValueError("not of format 4")
    except (ValueError, KeyError, TypeError) as error:
        return text, f"'{path}' is not a notebook of format 4 ({error}). Open it in Jupyter and save it.", []
    return text, None, cells


def _plain_assignments(source):
    """Reads the cell's `name = literal` lines; its other lines are no parameters."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise Refused(f"The parameters cell is not valid Python: {error.msg}, line {error.lineno}.") from None
    values = {}
    for statement in statements:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if isinstance(target, ast.Name):
            with contextlib.suppress(ValueError):
                values[target.id] = ast.literal_eval(statement.value)
    return values
