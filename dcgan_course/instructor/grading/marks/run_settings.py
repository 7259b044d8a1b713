"""What the grader tells nbval's process about a run, in a file between the two."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

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

    def write(self, path):
        """Writes the settings to a file."""
        Path(path).write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path):
        """Reads what `write` has written."""
        content = json.loads(Path(path).read_text("utf-8"))
        return cls(**{**content, "sandbox": Sandbox(**content["sandbox"])})
