"""The cells of a notebook that is not valid JSON: each is read alone, so that damage costs only where it is.

The file may be cut off, or nested so deeply that `json` gives up, which it does at a few thousand levels.
"""

import json
import re

DECODER = json.JSONDecoder(strict=False)  # A line break inside of a text is no reason to lose the cell.
CELLS = re.compile(r'"cells"\s*:\s*\[')
BLANKS = re.compile(r"[\s,]*")
TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
KEY = re.compile(rf"[\s,]*({TEXT})\s*:\s*", re.DOTALL)
STEP = re.compile(rf"{TEXT}|[\[\]{{}}]", re.DOTALL)
SCALAR = re.compile(r"[^\s,\]}]+")
NEXT_CELL = re.compile(r'\{\s*"(?:cell_type|attachments|execution_count|id|metadata|source|outputs)"\s*:')
# What is read of a cell; all else, such as its outputs, is stepped over.
WANTED = ("cell_type", "source", "input", "id", "metadata", "level", "language")


def take_cells(text):
    """Reads the cells of a damaged notebook.

    Returns a list of dicts, which is empty if there is none, and how the file's list of cells ended: "whole", "damaged"
    (something was passed over) or "cut off".
    """
    for match in CELLS.finditer(text):
        cells, ended = _take_list(text, match.end())
        if cells:
            return cells, ended
    return [], "cut off"


def _take_list(text, position):
    cells, ended = [], "whole"
    while True:
        position = BLANKS.match(text, position).end()
        if text.startswith("]", position):
            return cells, ended
        try:
            cell, position = _take_cell(text, position)
            cells.append(cell)
            continue
        except (ValueError, RecursionError):
            pass
        following = NEXT_CELL.search(text, position + 1)
        if following is None:
            # Nothing comes after it: the file ends inside of this cell, or behind the last one.
            return cells, "cut off" if _never_closed(text, position) else "damaged"
        ended, position = "damaged", following.start()


def _never_closed(text, position):
    try:
        _skip(text, position)
    except ValueError:
        return True
    return False


def _take_cell(text, position):
    """Reads a cell that begins at a position; returns it, and where it ends. Raises `ValueError` if it is not whole."""
    if not text.startswith("{", position):
        raise ValueError("A cell begins with a brace.")
    cell, position = {}, position + 1
    while key := KEY.match(text, position):
        name, position = DECODER.decode(key[1]), _skip(text, key.end())
        if name in WANTED:
            try:
                cell[name] = DECODER.raw_decode(text, key.end())[0]
            except (ValueError, RecursionError):
                cell[name] = None  # Metadata may be nested as deeply as they like: the source counts.
    position = BLANKS.match(text, position).end()
    if not text.startswith("}", position) or "cell_type" not in cell:
        raise ValueError("The cell is not whole.")
    return cell, position + 1


def _skip(text, position):
    """Returns where the value that begins at a position ends. Raises `ValueError` if the text ends before."""
    if text[position : position + 1] not in ("{", "["):
        value = STEP.match(text, position) or SCALAR.match(text, position)
        if value is None or value[0] in ('"', "]", "}"):
            raise ValueError("There is no value.")
        return value.end()
    depth = 0
    for step in STEP.finditer(text, position):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(step[0], 0)
        if depth == 0:
            return step.end()
    raise ValueError("The text ends inside of a value.")
