"""What nbval's process must know about a run; it comes in a pickled file from the grader."""

from dataclasses import dataclass

from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox

NOTEBOOK, SETTINGS, RESULT = "graded.ipynb", "settings.pickle", "result.xml"  # In the folder of a run.
OUR_BYTES = 2_000_000_000  # For a process that reads whatever a kernel sends.
OUR_SECONDS = 180.0  # For our own cells: the first of them imports TensorFlow.
START_SECONDS = 420.0  # For what is no cell: our imports, and TensorFlow's.
SILENT_SECONDS = 30.0  # From a cell's end to the message that it has ended; nbval waits 5, too few on a busy machine.


@dataclass(frozen=True)
class RunSettings:
    """How one notebook is run."""

    sandbox: Sandbox
    runtime: str  # The folder for the kernel's sockets.
    imports: str  # The source of what each kernel has imported.
    timeout: float  # Seconds for a cell with an answer or a check.
    setups: list  # The ids of the cells that come first in a kernel of their own.
    answers: list  # The ids of the answers' cells.
    checks: dict  # From a check's cell id to its exercise's key.
    recording: str | None = None  # What came on another machine; None to run the cells here.
