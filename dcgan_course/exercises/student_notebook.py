"""A notebook that a student hands in, read from its bytes: nothing is run, and no output is kept."""

import json
import re

from dcgan_course.exercises.damaged_notebook import DECODER, take_cells
from dcgan_course.exercises.notebook_text import decode
from dcgan_course.exercises.other_files import HEAD, describe_other

LARGEST = 300_000_000  # Bytes. A notebook that shows hundreds of pictures may be as large as this.
CONFLICT = re.compile(r"^(<<<<<<< |=======\s*$|>>>>>>> )", re.MULTILINE)


class NotGradable(Exception):
    """A file cannot be read as a notebook of this course; the text is a sentence for whoever handed it in."""


class Node(dict):
    """A dict with its keys as attributes, like nbformat's `NotebookNode`, whose import takes two seconds."""

    __setattr__ = dict.__setitem__

    def __getattr__(self, name):
        if name not in self:
            raise AttributeError(name)
        return self[name]


def read_notebook(content):
    """Reads a notebook's cells from a file's bytes; of a damaged one the cells that are whole.

    Files that Colab wrote are understood: a cell's id in its metadata, no kernelspec, `source` as a list. Returns a
    `Node` built like a `NotebookNode` of format 4, and a list of warnings, a sentence each. Every source is one string,
    outputs and execution counts are dropped, and a cell has an `id` only if the file gave it one.

    Raises:
        NotGradable: If it is no notebook, has no code cell, or is too large.
    """
    notebook, warnings = _upgrade(*parse_notebook(content))
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise NotGradable("The file is JSON, but not a notebook: its cells are no list. Was another file handed in?")
    kept = [cell for cell in map(_keep, cells) if cell is not None]
    if len(kept) < len(cells):
        warnings = [*warnings, f"{len(cells) - len(kept)} damaged cells were passed over."]
    if not any(cell.cell_type == "code" for cell in kept):
        raise NotGradable("The notebook has no code cell. Hand in the course's notebook with your answers in it.")
    return Node(nbformat=4, nbformat_minor=5, metadata=Node(), cells=kept), warnings


def parse_notebook(content):
    """Parses a notebook's bytes, with all that is in it, of whatever format; a damaged one has no outputs.

    Returns the notebook's dict, of which nothing is checked, and a list of warnings. Raises `NotGradable` if it is no
    notebook or is too large.
    """
    if len(content) > LARGEST:
        raise NotGradable(
            f"The file has {len(content) / 1e6:,.0f} MB, and at most {LARGEST / 1e6:,.0f} MB can be read. "
            f"Clear its outputs (Edit, Clear all outputs), save it, and hand it in again."
        )
    text, warnings = _read_text(content)
    parsed, damage = _parse(text)
    return parsed, [*warnings, *damage]


def is_notebook(content):
    """Says by its bytes whether a file is a notebook, maybe a damaged one, whatever it is called."""
    text = content.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return text.startswith(b"{") and re.search(rb'"(?:cell_type|nbformat)"\s*:', text) is not None


def _read_text(content):
    """Turns bytes into text, and returns a list of warnings; what is surely no notebook is refused."""
    if not content.strip(b"\0 \t\r\n"):
        raise NotGradable("The file is empty. Download the notebook again (File, Download .ipynb), and hand that in.")
    if other := describe_other(content):
        raise NotGradable(other)
    text, warnings = decode(content)
    if text is None:
        raise NotGradable(
            "The file is not a notebook: it is not a text. Download it from Jupyter or Colab "
            "(File, Download .ipynb), and hand that in."
        )
    if other := describe_other(text[:HEAD].encode("utf-8", "replace")):  # Saved as UTF-16, most often.
        raise NotGradable(other)
    return text, warnings


def _parse(text):
    """Turns text into a notebook's dict, and returns a list of warnings; or says what is wrong with it."""
    start = len(text) - len(text.lstrip())
    try:
        content, end = DECODER.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        return _rescue(text, error)
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise NotGradable("The file is JSON, but not a notebook: it has no cells. Was another file handed in?")
    return _add_copies(content, text, end)


def _add_copies(content, text, end):
    """Reads what stands behind a notebook's end: other notebooks, whose cells are added, or junk."""
    copies, warnings = [content], []
    while rest := text[end:].strip():
        begin = text.find("{", end)
        try:
            copy, end = DECODER.raw_decode(text, begin) if begin >= 0 else (None, end)
        except (ValueError, RecursionError):
            copy = {"cells": take_cells(text[begin:])[0]}
            end = len(text)
        if not isinstance(copy, dict) or not copy.get("cells"):
            warnings.append(f"Behind the notebook's end there is something else ({len(rest):,} letters), not read.")
            break
        copies.append(copy)
    first = _sources(content)
    different = [copy for copy in copies[1:] if any(source not in first for source in _sources(copy))]
    if len(copies) > 1:
        what = "the cells of all were read" if different else "the first has all of them, and was read"
        warnings.append(f"The file holds {len(copies)} notebooks, one behind the other; {what}.")
    if different and isinstance(content.get("cells"), list):
        cells = [cell for copy in different if isinstance(copy["cells"], list) for cell in copy["cells"]]
        content = {**content, "cells": [*content["cells"], *cells]}
    return content, warnings


def _sources(content):
    cells = content.get("cells")
    return [(cell.cell_type, cell.source) for cell in map(_keep, cells) if cell] if isinstance(cells, list) else []


def _rescue(text, error):
    """Takes the cells that are whole out of a notebook that cannot be read as JSON."""
    if len(CONFLICT.findall(text)) >= 2:
        raise NotGradable(
            "The file has git's merge-conflict marks (<<<<<<< and >>>>>>>) in it. Resolve the conflict, see "
            "that the notebook opens in Jupyter, and hand it in again."
        ) from None
    reason = f"line {error.lineno}: {error.msg}" if hasattr(error, "lineno") else "it is nested too deeply"
    cells, ended = take_cells(text)
    if not cells:
        stripped = text.rstrip()
        if stripped.startswith("{") and (not stripped.endswith("}") or getattr(error, "pos", 0) >= len(stripped)):
            raise NotGradable(
                "The notebook breaks off in the middle: the file is not complete. Save and download it again."
            ) from None
        raise NotGradable(
            f"The file is not a notebook: it cannot be read as JSON ({reason}). Open it in Jupyter; if it does not "
            f"open, download it again."
        ) from None
    count = f"{len(cells)} cell{'s' * (len(cells) > 1)}"
    if ended == "cut off":
        warning = f"The notebook breaks off in the middle: only its first {count} could be read. Download it again."
    elif ended == "damaged":
        warning = f"The notebook is damaged ({reason}): {count} could be read, and others not. Download it again."
    else:
        warning = f"The notebook is damaged ({reason}); its {count} could all be read."
    version = re.search(r'"nbformat"\s*:\s*([0-9]{1,3})\b', text)
    version = int(version[1]) if version else 3 if '"worksheets"' in text else 4
    content = {"cells": cells, "nbformat": version, "nbformat_minor": 0, "metadata": {}}
    if version < 4:  # Its cells lie in worksheets, and must have all of their fields.
        cells = [{"language": "python", "metadata": {}, "outputs": [], **cell} for cell in content.pop("cells")]
        content["worksheets"] = [{"cells": cells, "metadata": {}}]
    return content, [warning]


def _upgrade(content, warnings):
    """Brings a dict of an earlier format to format 4."""
    version = content.get("nbformat")
    if isinstance(version, bool) or not isinstance(version, int):
        if "cells" not in content:
            raise NotGradable("The notebook does not say its format ('nbformat'). Open it in Jupyter and save it.")
        return content, [*warnings, "The notebook does not say its format; it was read as format 4."]
    if version > 4:
        raise NotGradable(
            f"The notebook is of format {version}, and formats up to 4 can be read. Save it in Jupyter or Colab as "
            f"format 4, and hand it in again."
        )
    if version == 4:
        return content, warnings
    import nbformat

    try:
        upgraded = nbformat.convert(nbformat.reader.reads(json.dumps(content)), 4)
    except Exception:  # The converter raises many kinds of errors.
        raise NotGradable(
            f"The notebook is of the old format {version} and damaged. Open it in Jupyter and save it."
        ) from None
    return upgraded, [*warnings, f"The notebook is of the old format {version}, and was upgraded."]


def _keep(cell):
    """Keeps what is read of a cell: its type, source, id and tags; returns None for a damaged one."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    node = Node(cell_type=cell["cell_type"], metadata=Node(), source=source.replace("\r\n", "\n"))
    ids = [name for name in (metadata.get("id"), cell.get("id")) if isinstance(name, str) and name]
    if ids:
        node.id = ids[0]  # Colab moves the id into the metadata.
    if isinstance(metadata.get("tags"), list):
        node.metadata.tags = [tag for tag in metadata["tags"] if isinstance(tag, str)]
    if node.cell_type == "code":
        node.outputs, node.execution_count = [], None
    return node
