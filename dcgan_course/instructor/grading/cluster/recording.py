"""What a kernel has sent, cell by cell, as a text that another process can replay."""

import json
import time
from dataclasses import asdict, dataclass
from queue import Empty

from dcgan_course.exercises.checks.checking import FAILED_TYPE, LINE_TYPE, MEASURED_TYPE
from dcgan_course.instructor.grading.marks.run_settings import SILENT_SECONDS
from dcgan_course.instructor.grading.sandbox.kernel_server import KernelEnded

# Of each kind of message, what nbval and our plugin look at.
LOOKED_AT = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
    "status": ("execution_state",),
}
SHOWN = (MEASURED_TYPE, FAILED_TYPE, LINE_TYPE)
MOST_TEXT = 1_000_000  # Characters of one text; what a right answer measures has less than 4,000.
MOST_TRACEBACK = 200  # Lines.
MOST_RECORDED = 5_000_000  # Characters of one cell's messages.
ENDED, SILENT = "ended", "silent"


@dataclass(frozen=True)
class RecordedCell:
    """How one cell went."""

    seconds: float
    has_replied: bool  # Whether the kernel has said that the cell is done.
    messages: list  # What it has sent, in order: each a list of the kind and the content.
    failure: str | None  # What came after the last message: `ENDED`, `SILENT`, an error's text, or None: all is well.
    ended: str | None  # How the kernel has ended by then, as in `BoxedKernel.ended`; None if it is alive.


def record_kernels(kernel, kernels):
    """Runs cells in a `BoxedKernel` that is fresh, and between them in fresh ones; returns what came, as a text.

    Args:
        kernel: The `BoxedKernel`.
        kernels: For each kernel its cells, as in `Journey`. After a kernel has ended, the rest of its cells is not run.
    """
    recorded = []
    for number, cells in enumerate(kernels):
        if number > 0:
            kernel.start_fresh()
        recorded.append([])
        for source, seconds in cells:
            cell = _record_cell(kernel, source, seconds)
            recorded[-1].append(asdict(cell))
            if cell.ended:
                break
    return json.dumps(recorded)


def read_recording(text):
    """Reads what `record_kernels` has made: returns for each kernel a list of `RecordedCell`.

    Raises `ValueError` or `TypeError` if it is something else.
    """
    return [[RecordedCell(**cell) for cell in cells] for cells in json.loads(text)]


def _record_cell(kernel, source, seconds):
    """Does what nbval does with a cell, and writes down what came of it."""
    began, size = time.monotonic(), 0
    messages, has_replied, failure, ended = [], False, None, None
    try:
        request = kernel.execute_cell_input(source)
        kernel.await_reply(request, seconds)
        has_replied = True
        for message in _receive(kernel, request):
            size += len(json.dumps(message))
            if size > MOST_RECORDED:
                ended = "output"
                raise KernelEnded(ended)
            messages.append(message)
    except KernelEnded:
        failure = ENDED
    except Empty:
        failure = SILENT
        kernel.stop()
    except Exception as error:  # What an answer sends may be shaped in any way.
        failure = f"{type(error).__name__}: {error}"[:MOST_TEXT]
    if ended is None and not kernel.is_alive():
        ended = kernel.ended or "died"
    return RecordedCell(round(time.monotonic() - began, 3), has_replied, messages, failure, ended)


def _receive(kernel, request):
    """Yields the messages that belong to a request, until the one that says that all have come."""
    while True:
        message = kernel.get_message("iopub", SILENT_SECONDS)
        kind, content = message["msg_type"], message["content"]
        if message["parent_header"].get("msg_id") != request or kind not in LOOKED_AT:
            continue
        yield [kind, _shorten(kind, content)]
        if kind == "status" and content["execution_state"] == "idle":
            return


def _shorten(kind, content):
    """Returns what nbval and our plugin look at: no pictures, and no text without end."""
    kept = {name: _cut(content[name]) for name in LOOKED_AT[kind] if name in content}
    if "metadata" in kept:
        kept["metadata"] = {}
    if "data" in kept:
        kept["data"] = {name: _cut(content["data"][name]) for name in SHOWN if name in content["data"]}
    return kept


def _cut(value):
    """Returns a text, a number, or the lines of a traceback; whatever else is sent there says nothing."""
    if isinstance(value, list):
        return [line[:MOST_TEXT] for line in value[-MOST_TRACEBACK:] if isinstance(line, str)]
    if isinstance(value, str):
        return value[:MOST_TEXT]
    return value if isinstance(value, (int, float)) else None
