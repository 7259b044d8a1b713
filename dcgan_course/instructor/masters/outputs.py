"""The outputs of a master: taken from an executed copy, cleaned, and checked for what should not be published."""

import itertools

from dcgan_course.refused import Refused

# Metadata of Jupyter, papermill and Colab that no reader needs.
DROPPED = ("papermill", "execution", "ExecuteTime", "widgets", "executionInfo", "outputId")


def put_outputs(master, executed, private):
    """Replaces a master's outputs by those of its executed copy, in place.

    Both are a `NotebookNode`; the copy also has papermill's cell of parameters. No output may show one of the paths of
    this machine in `private`.

    Raises:
        Refused: If the copy is of another notebook, or an output should not be published.
    """
    copies = [cell for cell in executed.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    if [cell.source for cell in copies] != [cell.source for cell in master.cells]:
        raise Refused("The executed copy is of another notebook: its cells differ.")
    clean_metadata(master.metadata)
    counts = itertools.count(1)
    for cell, executed_cell in zip(master.cells, copies, strict=True):
        clean_metadata(cell.metadata)
        if cell.cell_type != "code":
            continue
        cell.outputs = [clean_output(output) for output in executed_cell.outputs]
        check_outputs(cell, private)
        describe_pictures(cell)
        cell.execution_count = next(counts) if cell.source.strip() else None
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count


def describe_pictures(cell):
    """Puts the cell's `alt` text beside its pictures, where nbconvert and screen readers look for it."""
    for output in cell.outputs:
        if "image/png" in output.get("data", {}) and "alt" in cell.metadata:
            output.metadata["image/png"] = {"alt": cell.metadata.alt}


def clean_metadata(metadata):
    """Removes metadata that describes one execution only."""
    for key in DROPPED:
        metadata.pop(key, None)


def clean_output(output):
    """Removes from an output what a reader does not see."""
    clean_metadata(output.get("metadata", {}))
    if output.output_type == "stream":
        output.text = output.text.replace("\r", "")  # The last one of a bar, which nothing follows.
    for kind in [kind for kind in output.get("data", {}) if kind.startswith("application/vnd.jupyter.widget")]:
        del output.data[kind]
    return output


def check_outputs(cell, private):
    """Raises `Refused` if a cell's outputs hold an error, something on stderr, or a path of this machine."""
    first = cell.source.strip().splitlines()[0] if cell.source.strip() else ""
    for output in cell.outputs:
        if output.output_type == "error":
            raise Refused(f"The cell '{first}' failed: {output.ename}: {output.evalue}")
        if output.output_type == "stream" and output.name == "stderr":
            raise Refused(f"The cell '{first}' wrote to stderr: {output.text.strip()[:500]}")
        text = output.get("text", "") + "".join(
            str(value) for kind, value in output.get("data", {}).items() if not kind.startswith("image/png")
        )
        for path in private:
            if len(path) > 1 and path in text:
                raise Refused(f"The cell '{first}' shows a path of this machine: {path}")
