"""`python -m dcgan_course notebooks`: executes the masters and writes the outputs back into them.

First it measures what the masters' solutions and the known mistakes give, and writes that into the file that the checks
compare with. In the masters only outputs and execution counts change. Parameters given with -p are used in a copy that
is executed. Its pictures go to a temporary folder, unless -p output_dir names another.

With --figures it executes nothing, and draws the figures in the masters' texts again.
"""

import sys
import tempfile
from pathlib import Path

from dcgan_course.instructor.masters.colab_format import restore_format
from dcgan_course.instructor.masters.outputs import put_outputs
from dcgan_course.instructor.masters.pictures import put_pictures, read_pictures
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.instructor.running.log import last_lines
from dcgan_course.instructor.running.notebook import add_notebook_arguments, find_notebooks
from dcgan_course.instructor.running.plan import Run
from dcgan_course.refused import Refused
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_root


def add_arguments(parser):
    """Adds the options of `notebooks`."""
    add_notebook_arguments(parser)
    parser.add_argument("--figures", action="store_true", help="draw the figures of the texts, and execute nothing")


def main(arguments):
    """Rewrites each notebook; returns the exit status."""
    notebooks = find_notebooks(arguments.notebook, course_root())
    settings = [{name: notebook.read_value(name, text) for name, text in arguments.parameter} for notebook in notebooks]
    if arguments.figures:
        if arguments.parameter:
            raise Refused("--figures executes nothing, so that -p has no use beside it. Leave one of the two out.")
        for notebook in notebooks:
            print(f"{notebook.name}: {draw_figures(notebook)} figures drawn", flush=True)
        return 0
    masters = course_root() / "notebooks"
    if any(notebook.path.parent == masters.resolve() for notebook in notebooks):
        from dcgan_course.instructor.masters.expected_values import write_expected_values

        write_expected_values(masters)  # Before the notebooks run: their checks compare with these values.
        print("The expected values of the checks: written", flush=True)
    status = 0
    for notebook, parameters in zip(notebooks, settings, strict=True):
        try:
            seconds = rewrite(notebook, parameters)
            print(f"{notebook.name}: written ({seconds:.0f} s)", flush=True)
        except Refused as refusal:
            status = 1
            print(f"{notebook.name}: not written. {refusal}", flush=True)
    return status


def draw_figures(notebook):
    """Draws all figures in a master's texts again; returns how many there are.

    Raises:
        Refused: If it is no valid notebook, or a text names a figure that there is not; nothing is changed.
    """
    from dcgan_course.instructor.masters.figures.gallery import draw_figure

    with skip_address_grammars():
        import nbformat

    if notebook.problem:
        raise Refused(notebook.problem)
    master = nbformat.reads(notebook.text, as_version=4)
    texts = [cell for cell in master.cells if cell.cell_type == "markdown"]
    for cell in texts:
        cell.source = put_pictures(cell.source, draw_figure)
    write_master(notebook.path, master)
    return sum(len(read_pictures(cell.source)) for cell in texts)


def write_master(path, master):
    """Writes a master, completely or not at all."""
    import nbformat

    text = nbformat.writes(master)
    with atomic_write(path) as file:
        file.write(text if text.endswith("\n") else text + "\n")


def rewrite(notebook, parameters):
    """Executes a copy of a master with these parameters, and writes its outputs into the master.

    Returns:
        The seconds that it took.

    Raises:
        Refused: If it is no valid notebook, a cell failed, or an output should not be published; nothing is changed.
    """
    from dcgan_course.instructor.running.execution import execute

    with skip_address_grammars():
        import nbformat

    if notebook.problem:
        raise Refused(notebook.problem)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # Keep the folder's own name: the pictures are named after it, and the notebook prints it.
        pictures = folder / Path(notebook.defaults.get("output_dir", notebook.name)).name
        if "output_dir" in parameters:
            pictures = course_root() / parameters["output_dir"]
        run = Run(notebook.name, notebook, parameters, {}, pictures, folder / "executed.ipynb", folder / "log.txt")
        result = execute(run)
        if result.status != "finished":
            lines = "\n".join(f"  | {line}" for line in last_lines(run.log))
            raise Refused(f"{result.error}\n  in {result.cell}\n{lines}")
        executed = nbformat.read(run.executed, as_version=4)
        master = nbformat.reads(notebook.text, as_version=4)
        restore_format(master)
        put_outputs(master, executed, [str(course_root()), str(Path.home()), sys.prefix, tempfile.gettempdir()])
        write_master(notebook.path, master)
    return result.seconds
