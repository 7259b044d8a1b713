"""The parts of a notebook that may be answers: a cell, or what stands below one marker of a cell."""

import ast
import re
from dataclasses import dataclass

from dcgan_course.exercises.exercise import CHECK, MARKER
from dcgan_course.exercises.python_source import parse, parse_python, transform

FENCE = re.compile(r"^[ \t]*(```|~~~)[^\n]*\n(.*?)^[ \t]*\1", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class CellPart:
    """A cell, or the part of a cell that belongs to one marker."""

    cell_number: int  # From 1.
    cell_id: str | None
    cell_type: str  # "code", "markdown" or "raw".
    key: str | None  # The key of the marker it begins with.
    source: str
    statements: list[ast.stmt] | None  # None if it is not Python.
    ipython_lines: tuple[str, ...]  # The lines that only IPython understands.
    error: SyntaxError | None


def split_cells(notebook):
    """Splits the cells of a `NotebookNode` (or a `Node`) at their markers; the parts that are checks are left out."""
    parts = []
    for number, cell in enumerate(notebook.cells, start=1):
        for key, source in _split_at_markers(cell.source):
            if cell.cell_type == "markdown":
                source = "\n".join(fence[2] for fence in FENCE.finditer(source)) or source
            try:
                # A text is no cell that IPython could have run.
                tree, ipython_lines = parse(source) if cell.cell_type == "code" else (parse_python(source), [])
                parsed = tree.body, tuple(ipython_lines), None
            except SyntaxError as error:
                parsed = None, (), error
            parts.append(CellPart(number, cell.get("id"), cell.cell_type, key, source, *parsed))
    return parts


def _split_at_markers(source):
    """Yields the key and the text of each part of a cell that is no check."""
    has_marker = MARKER.search(source) or CHECK.search(source)
    inside = _lines_inside_statements(source) if has_marker else ()

    def find(pattern):
        matches = pattern.finditer(source)
        return [match for match in matches if source.count("\n", 0, match.start()) + 1 not in inside]

    marks = [(match.start(), match[1], True) for match in find(MARKER)]
    marks += [(match.start(), match[1], False) for match in find(CHECK)]
    marks = sorted(marks) or [(0, None, True)]
    starts = [0, *(start for start, _, _ in marks[1:])]  # What stands above the first marker belongs to it.
    ends = [*starts[1:], len(source)]
    for (_, key, is_answer), start, end in zip(marks, starts, ends, strict=True):
        if is_answer:
            yield key, source[start:end]


def _lines_inside_statements(source):
    """Returns the numbers of the lines that continue a statement: a marker there is a comment or text of an answer."""
    for read in (str, transform):  # As it is, or as IPython reads it.
        text = read(source) or ""
        if text.count("\n") - source.count("\n") not in (0, 1):  # IPython ends a cell with a newline.
            continue
        try:
            statements = ast.parse(text).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return {line for statement in statements for line in range(statement.lineno + 1, statement.end_lineno + 1)}
    return set()
