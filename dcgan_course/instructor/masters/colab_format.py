"""A notebook that was saved on Colab, put back into the form that Jupyter writes."""

import re

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
COLABS_OWN = ("colab", "executionInfo", "outputId")
COLABS_KIND = "application/vnd.google"


def restore_format(notebook):
    """Gives each cell its id back and drops what only Colab reads, in place; any other notebook stays as it is.

    Colab writes format 4.0: a cell's id stands in its metadata, and the kernel is not named.

    Args:
        notebook: A `NotebookNode` of format 4.
    """
    if notebook.nbformat_minor >= 5:
        return
    from nbformat import from_dict
    from nbformat.corpus.words import generate_corpus_id

    taken = set()
    for cell in notebook.cells:
        own = cell.metadata.pop("id", "")
        cell.id = own if re.fullmatch(r"[\w-]{1,64}", own, re.ASCII) and own not in taken else generate_corpus_id()
        taken.add(cell.id)
        for key in COLABS_OWN:
            cell.metadata.pop(key, None)
        for output in cell.get("outputs", []):
            for kind in [kind for kind in output.get("data", {}) if kind.startswith(COLABS_KIND)]:
                del output.data[kind]
    notebook.nbformat_minor = 5
    notebook.metadata.setdefault("kernelspec", from_dict(KERNEL))
    notebook.metadata.setdefault("language_info", from_dict({"name": "python"}))
