"""What nbval's process must know about a run; it comes in a pickled file from the grader."""

from dataclasses import dataclass

from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class RunSettings:
    """How one notebook is run.

    Attributes:
        sandbox: The `Sandbox` of its kernel.
        runtime: The folder for the kernel's sockets.
        timeout: Seconds for a cell with an answer or a check.
        answers: List of the ids of the answers' cells.
        checks: Dict from a check's cell id to its exercise's key.
    """

    sandbox: Sandbox
    runtime: str
    timeout: float
    answers: list
    checks: dict
