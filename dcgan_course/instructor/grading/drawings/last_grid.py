"""Which picture of a notebook is the last grid: what its generator draws when it has been trained.

A notebook also shows its data, a portrait, charts and comparisons. Those are the course's, not what a student drew.
"""

import re

OWN = "a cell of the student's own"
# The cells with what a student would put on the wall, the best first. The timeline has earlier grids beside the last.
GRID_CELLS = {
    "01_mnist": ("last-images", OWN, "timeline"),
    "02_faces_grayscale": ("last-images", OWN, "timeline"),
    "03_faces_colour": ("grid-show", OWN, "timeline"),
}
GENERATES = re.compile(r"\bgenerator\s*\(|\.predict\(|\.draw\(")
SHOWN_AS = ("display_data", "execute_result", "pyout")  # The last one is nbformat 3's.
KINDS = ("image/png", "png", "image/jpeg", "jpeg")  # Format 3 has the short names.


def sources_by_id(notebook):
    """Returns a dict from the id of each of a master's code cells to its source; `notebook` is the parsed file."""
    return {cell["id"]: _source(cell) for cell in _code_cells(notebook)}


def find_grids(notebook, name, masters_cells):
    """Finds the pictures that may be a notebook's last grid.

    Args:
        notebook: The parsed file of a student, of format 3 or 4; nothing of it is trusted.
        name: Which of the course's notebooks it is.
        masters_cells: What `sources_by_id` gives for the master of that name.

    Yields:
        Pairs of what the cell is, an entry of `GRID_CELLS`, and the picture's text in base64; the best comes first.
    """
    names = {"".join(source.split()): cell_id for cell_id, source in masters_cells.items()}
    cells = [(_name_cell(cell, masters_cells, names), cell) for cell in _code_cells(notebook)]
    for wanted in GRID_CELLS[name]:
        for found, cell in reversed(cells):
            if found == wanted:
                yield from ((wanted, encoded) for encoded in _pictures(cell))


def _name_cell(cell, masters_cells, names):
    """Returns the id of the master's cell that a cell is, `OWN` for one with a picture by a generator, or None."""
    metadata = cell.get("metadata")
    for cell_id in (metadata.get("id") if isinstance(metadata, dict) else None, cell.get("id")):
        if isinstance(cell_id, str) and cell_id in masters_cells:
            return cell_id
    source = _source(cell)  # Ids are lost in older formats; then a cell is known by its text.
    return names.get("".join(source.split())) or (OWN if GENERATES.search(source) else None)


def _code_cells(notebook):
    """Lists the code cells of a parsed file, which may be anything."""
    if not isinstance(notebook, dict):
        return []
    sheets = notebook.get("worksheets") if "cells" not in notebook else [notebook]
    cells = []
    for sheet in sheets if isinstance(sheets, list) else ():
        found = sheet.get("cells") if isinstance(sheet, dict) else None
        cells += found if isinstance(found, list) else []
    return [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def _source(cell):
    return _text(cell.get("source", cell.get("input"))) or ""


def _pictures(cell):
    """Yields the pictures of a cell's outputs in base64, the last one first."""
    outputs = cell.get("outputs")
    for output in reversed(outputs if isinstance(outputs, list) else []):
        if not isinstance(output, dict) or output.get("output_type") not in SHOWN_AS:
            continue
        bundle = output.get("data", output)
        texts = [_text(bundle.get(kind)) for kind in KINDS] if isinstance(bundle, dict) else []
        yield from list(filter(None, texts))[:1]  # The same picture may be there as PNG and as JPEG.


def _text(value):
    """Returns a text that may have been saved as a list of lines; None if it is neither."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return value if isinstance(value, str) else None
