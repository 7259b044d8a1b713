"""A notebook that the instructor's commands run: its file, and the parameters that can be set."""

import ast
import difflib
import hashlib
import json
from pathlib import Path

from dcgan_course.refused import Refused

KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    list: "a list",
    tuple: "a tuple",
}


class Notebook:
    """A notebook file that was read.

    Args:
        path: The `.ipynb` file.

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

        Args:
            name: A name of the `parameters` cell.
            text: What was typed. `00123` stays a text where the default is one.

        Returns:
            The value. Where the default is None, it may be of any type.

        Raises:
            Refused: If there is no such parameter, or the text is not of its type.
        """
        self.check_name(name)
        default = self.defaults[name]
        if isinstance(default, str):
            return text
        value = _literal(text)
        if default is None:
            return text if isinstance(value, (int, float)) and not isinstance(value, bool) and _is_path(name) else value
        if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is not type(default):
            raise Refused(
                f"{self.name}: {name} must be {KINDS.get(type(default), 'of another type')}, as its default "
                f"{default!r} is. Received: {text!r}."
            )
        return value


def find_notebooks(names, course):
    """Finds notebooks by path, or by the name of one in the course's `notebooks/`.

    Args:
        names: Paths, or names such as `01_mnist`; empty means all the course's.
        course: The course's root folder.

    Returns:
        A list of `Notebook`.

    Raises:
        Refused: If one is not there or has no `parameters` cell, or if two are the same.
    """
    masters = sorted((Path(course) / "notebooks").glob("[0-9]*.ipynb"))
    if not names and not masters:
        raise Refused(
            f"There is no notebook in '{Path(course) / 'notebooks'}'. Name one: python -m dcgan_course run FILE.ipynb"
        )
    notebooks = [Notebook(_find(name, masters)) for name in names] if names else [Notebook(path) for path in masters]
    for index, notebook in enumerate(notebooks):
        if any(notebook.path == earlier.path for earlier in notebooks[:index]):
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
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(targets[0], ast.Name):
            try:
                values[targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                continue
    return values


def _literal(text):
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return text


def _is_path(name):
    return name.endswith(("_dir", "_path", "_file"))
