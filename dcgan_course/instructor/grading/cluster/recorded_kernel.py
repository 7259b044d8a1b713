"""A kernel for nbval that runs nothing: it sends again what a kernel on another machine has sent."""

from queue import Empty

from nbval.kernel import RunningKernel

from dcgan_course.instructor.grading.cluster.recording import ENDED, SILENT, read_recording
from dcgan_course.instructor.grading.sandbox.kernel_server import KernelEnded

REQUEST = "recorded"


class RecordedKernel(RunningKernel):
    """Replays what `record_kernels` has made, with the methods of `BoxedKernel` that nbval and our plugin call.

    Raises `ValueError` or `TypeError` if the text is something else.

    Attributes:
        ended: How the kernel had ended after the last cell, or None.
    """

    def __init__(self, text):
        self.kernels = iter(read_recording(text))
        self.start_fresh()

    def start_fresh(self):
        """Goes to the next kernel."""
        self.cells = iter(next(self.kernels))
        self.cell, self.seconds, self.ended = None, 0.0, None

    def is_alive(self):
        """Says whether the kernel was alive."""
        return self.ended is None

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Goes to the next cell; what its source is makes no difference."""
        self.cell = next(self.cells)
        self.seconds, self.ended = float(self.cell.seconds), self.cell.ended
        self.messages = iter(self.cell.messages)
        return REQUEST

    def await_reply(self, msg_id, timeout=None):
        """Fails as it failed there."""
        if not self.cell.has_replied:
            self._fail()

    def get_message(self, stream, timeout=None):
        """Returns the next message; after the last one it fails as it failed there."""
        for kind, content in self.messages:
            return {"msg_type": kind, "content": content, "parent_header": {"msg_id": REQUEST}}
        self._fail()

    def take_seconds(self):
        """Returns for how long the cell has run since the last call; 0 if none was run."""
        seconds, self.seconds = self.seconds, 0.0
        return seconds

    def stop(self):
        """There is nothing to end."""

    def _fail(self):
        if self.cell.failure == ENDED:
            raise KernelEnded(self.cell.ended)
        if self.cell.failure == SILENT:
            raise Empty
        raise RuntimeError(self.cell.failure)
