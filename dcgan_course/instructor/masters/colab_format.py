"""A notebook that was saved on Colab gets the form back that Jupyter writes."""

import re

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def restore_format(notebook):
    """Restores each cell's id and removes what only Colab reads, in place; any other notebook stays as it is.

    Colab writes format 4.0: a cell's id is in its metadata, and the kernel is not named.
    """
    if notebook.nbformat_minor >= 5:
        return
    from nbformat import from_dict
    from nbformat.corpus.words import generate_corpus_id

    used = set()
    for cell in notebook.cells:
        cell.id = cell.metadata.pop("id", "")
        if not re.fullmatch(r"[\w-]{1,64}", cell.id, re.ASCII) or cell.id in used:
            cell.id = generate_corpus_id()
        used.add(cell.id)
        for key in ("colab", "executionInfo", "outputId"):
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith("application/vnd.google")]:
                del output.data[kind]
    notebook.nbformat_minor = 5
    notebook.metadata.setdefault("kernelspec", from_dict(KERNEL))
    notebook.metadata.setdefault("language_info", from_dict({"name": "python"}))
