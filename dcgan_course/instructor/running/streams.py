"""What a cell prints, as a notebook keeps it: one output, and of a progress bar its last state."""

from copy import copy

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

ENGINE = "one output for what a cell prints"  # Its name for papermill.


def join_streams(outputs):
    """Returns outputs with streams that follow each other joined, without what a carriage return has overwritten."""
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor
    from nbformat.v4 import new_code_cell

    cell, _ = CoalesceStreamsPreprocessor().preprocess_cell(new_code_cell(outputs=outputs), {}, 0)
    return cell.outputs


class JoiningClient(PapermillNotebookClient):
    """Joins streams as they come: whenever the notebook is saved, also of a run that is killed, a bar is one output.

    nbclient's own `coalesce_streams` does so at a cell's end only, and moves what is printed after a picture before it.
    """

    def output(self, outs, msg, display_id, cell_index):
        """Puts a message of the kernel into the cell's outputs; returns it as it came, for the log."""
        output = super().output(outs, msg, display_id, cell_index)
        if output is None or output.output_type != "stream":
            return output
        came = copy(output)
        outs[-2:] = join_streams(outs[-2:])
        return came


class JoiningEngine(Engine):
    """Papermill's engine with another client."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, start_timeout=60, input_path=None, **arguments):
        """Executes the notebook, and writes what came of it into the manager's."""
        # Papermill keeps what it was given as input: here the whole notebook, which would be in its file twice.
        nb_man.nb.metadata.papermill.input_path = None
        JoiningClient(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, timeout=None, **arguments
        ).execute()


papermill_engines.register(ENGINE, JoiningEngine)
