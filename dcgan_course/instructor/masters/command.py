"""`python -m dcgan_course notebooks`: executes the masters and puts the outputs back into them.

Only outputs and execution counts change. The parameters given with -p are injected into a copy; the
pictures go to a temporary folder, unless -p output_dir says otherwise.
"""

import copy
import os
import re
import sys
import tempfile
from pathlib import Path

from dcgan_course.instructor.masters.colab_format import restore_format
from dcgan_course.instructor.running.log import last_lines
from dcgan_course.instructor.running.notebook import find_notebooks
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

# What Jupyter, papermill and Colab leave in a notebook that a reader has no use for.
DROPPED = ("papermill", "execution", "ExecuteTime", "widgets", "executionInfo", "outputId")
CARRIAGE = re.compile(r"[^\n]*\r(?=[^\n])")


def add_arguments(parser):
    """Adds the options of `notebooks` to an `argparse` parser."""
    parser.add_argument("notebook", nargs="*", metavar="NOTEBOOK", help="a file, or a name such as 01 (default: all)")
    parser.add_argument(
        "-p", dest="parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="set a parameter"
    )


def main(arguments):
    """Rewrites each notebook; returns the exit status."""
    notebooks = find_notebooks(arguments.notebook, course_root())
    settings = [{name: notebook.read_value(name, text) for name, text in arguments.parameter} for notebook in notebooks]
    failures = 0
    for notebook, parameters in zip(notebooks, settings, strict=True):
        try:
            seconds = rewrite(notebook, parameters)
            print(f"{notebook.name}: written ({seconds:.0f} s)", flush=True)
        except Refused as refusal:
            failures += 1
            print(f"{notebook.name}: not written. {refusal}", flush=True)
    return 1 if failures else 0


def rewrite(notebook, parameters):
    """Executes a copy of a master and writes its outputs into the master.

    Args:
        notebook: A `Notebook`.
        parameters: Dict of parameters for the copy.

    Returns:
        The seconds that it took.

    Raises:
        Refused: If it is no valid notebook, a cell failed, or an output should not be published; nothing is changed.
    """
    import nbformat

    from dcgan_course.instructor.running.execution import execute

    if notebook.problem:
        raise Refused(notebook.problem)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # The folder's name stands in the grids' names and in what the notebook prints.
        pictures = folder / Path(notebook.defaults.get("output_dir", notebook.name)).name
        job = {
            "name": notebook.name,
            "source": notebook.text,
            "parameters": {"output_dir": str(pictures), **parameters},
            "steps": parameters.get("steps", notebook.defaults.get("steps")),
            "pictures": str(parameters.get("output_dir", pictures)),
            "executed": str(folder / "executed.ipynb"),
            "log": str(folder / "log.txt"),
            "cwd": str(notebook.path.parent),
            "threads": None,
            "timeout": None,
            "memory": None,
        }
        if "output_dir" in parameters:
            job["parameters"]["output_dir"] = job["pictures"] = str(course_root() / parameters["output_dir"])
        result = execute(job)
        if result["status"] != "finished":
            lines = "\n".join(f"  | {line}" for line in last_lines(job["log"]))
            raise Refused(f"{result['error']}\n  in {result['cell']}\n{lines}")
        executed = nbformat.read(job["executed"], as_version=4)
        master = nbformat.reads(notebook.text, as_version=4)
        restore_format(master)
        put_outputs(master, executed, [str(course_root()), str(Path.home()), sys.prefix, tempfile.gettempdir()])
        text = nbformat.writes(master)
        written = notebook.path.with_name(f".{notebook.path.name}.part")
        written.write_text(text if text.endswith("\n") else text + "\n", "utf-8")
        os.replace(written, notebook.path)
    return result["seconds"]


def put_outputs(master, executed, private):
    """Puts the outputs of an executed copy into its master, in place.

    Args:
        master: The master's `NotebookNode`.
        executed: The executed copy's, which has the injected cell besides.
        private: Paths of this machine, which must not stand in an output.

    Raises:
        Refused: If the copy is of another notebook, or an output should not be published.
    """
    copies = [cell for cell in executed.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    if [cell.source for cell in copies] != [cell.source for cell in master.cells]:
        raise Refused("The executed copy is of another notebook: its cells differ.")
    clean_metadata(master.metadata)
    count = 0
    for cell, done in zip(master.cells, copies, strict=True):
        clean_metadata(cell.metadata)
        if cell.cell_type != "code":
            continue
        cell.outputs = [clean_output(output) for output in join_streams(copy.deepcopy(done.outputs))]
        check_outputs(cell, private)
        describe_pictures(cell)
        cell.execution_count = None
        if cell.source.strip():
            count += 1
            cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count


def describe_pictures(cell):
    """Puts the cell's `alt` text beside its pictures, where nbconvert and screen readers look for it."""
    for output in cell.outputs:
        if "image/png" in output.get("data", {}) and "alt" in cell.metadata:
            output.metadata["image/png"] = {"alt": cell.metadata.alt}


def clean_metadata(metadata):
    """Drops what was only true of one execution."""
    for key in DROPPED:
        metadata.pop(key, None)


def clean_output(output):
    """Leaves of an output what a reader sees."""
    if "metadata" in output:
        clean_metadata(output.metadata)
    if "data" in output:
        for kind in [kind for kind in output.data if kind.startswith("application/vnd.jupyter.widget")]:
            del output.data[kind]
    return output


def join_streams(outputs):
    """Joins the pieces of what was printed, and keeps of each progress line its last state.

    Args:
        outputs: A cell's outputs.

    Returns:
        A list with at most one stream of a name in a row.
    """
    joined = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].get("name") == output.name:
            joined[-1].text += output.text
        else:
            joined.append(output)
    for output in joined:
        if output.output_type == "stream":
            output.text = CARRIAGE.sub("", output.text).replace("\r", "")
    return joined


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
