"""A notebook that a student hands in, read from its bytes: nothing is run, and no output is kept."""

import json
import re

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
    """Reads a notebook's cells from a file's bytes.

    Files that Colab wrote are understood: a cell's id in its metadata, no kernelspec, `source` as a list. Returns a
    `Node` built like a `NotebookNode` of format 4, and a list of warnings, a sentence each. Every source is one string,
    outputs and execution counts are dropped, and a cell has an `id` only if the file gave it one.

    Raises:
        NotGradable: If it is no notebook, has no code cell, or is too large.
    """
    if len(content) > LARGEST:
        raise NotGradable(
            f"The file has {len(content) / 1e6:,.0f} MB, and at most {LARGEST / 1e6:,.0f} MB can be read. "
            f"Clear its outputs (Edit, Clear all outputs), save it, and hand it in again."
        )
    text, warnings = _decode(content)
    notebook, warnings = _upgrade(_parse(text), warnings)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise NotGradable("The file is JSON, but not a notebook: its cells are no list. Was another file handed in?")
    kept = [cell for cell in map(_keep, cells) if cell is not None]
    if len(kept) < len(cells):
        warnings = [*warnings, f"{len(cells) - len(kept)} damaged cells were passed over."]
    if not any(cell.cell_type == "code" for cell in kept):
        raise NotGradable("The notebook has no code cell. Hand in the course's notebook with your answers in it.")
    return Node(nbformat=4, nbformat_minor=5, metadata=Node(), cells=kept), warnings


def _decode(content):
    """Turns bytes into text; anything but plain UTF-8 gives a warning."""
    if not content.strip(b"\0 \t\r\n"):
        raise NotGradable("The file is empty. Download the notebook again (File, Download .ipynb), and hand that in.")
    codec = json.detect_encoding(content)
    name = "UTF-8 with a byte order mark" if codec == "utf-8-sig" else codec[:6].upper()
    try:
        return content.decode(codec), [] if codec == "utf-8" else [f"The file is saved as {name}, and was read."]
    except UnicodeDecodeError:
        pass
    try:
        # Written by an editor on a Korean Windows.
        return content.decode("cp949"), ["The file is saved as CP949 instead of UTF-8, and was read."]
    except UnicodeDecodeError:
        raise NotGradable(
            "The file is not a notebook: it is not a text. Download it from Jupyter or Colab "
            "(File, Download .ipynb), and hand that in."
        ) from None


def _parse(text):
    """Turns text into a notebook's dict, or says what else the text is."""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        raise NotGradable(
            "The file is a web page saved as .ipynb. Download the notebook itself (in Colab: File, Download, "
            "Download .ipynb), and hand that in."
        )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        if len(CONFLICT.findall(text)) >= 2:
            raise NotGradable(
                "The file has git's merge-conflict marks (<<<<<<< and >>>>>>>) in it. Resolve the conflict, see "
                "that the notebook opens in Jupyter, and hand it in again."
            ) from None
        stripped = text.rstrip()
        if start.startswith("{") and (not stripped.endswith("}") or getattr(error, "pos", 0) >= len(stripped)):
            raise NotGradable(
                "The notebook breaks off in the middle: the file is not complete. Save and download it again."
            ) from None
        reason = f"line {error.lineno}: {error.msg}" if hasattr(error, "lineno") else "it is nested too deeply"
        raise NotGradable(
            f"The file is not a notebook: it cannot be read as JSON ({reason}). Open it in Jupyter; if it does not "
            f"open, download it again."
        ) from None
    if not isinstance(content, dict) or not ("cells" in content or "worksheets" in content):
        raise NotGradable("The file is JSON, but not a notebook: it has no cells. Was another file handed in?")
    return content


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
