"""What travels to a worker: the cells of an assembled notebook, and nothing of what a right answer gives."""

import json
from dataclasses import asdict, dataclass

from dcgan_course.instructor.grading.marks.run_settings import OUR_SECONDS

AROUND_SECONDS = 40.0  # For each cell: a fresh kernel, and the last messages.


@dataclass(frozen=True)
class Journey:
    """Cells for another machine, and how they are run there.

    It names no student, and what a right answer gives is not in it.
    """

    kit: dict  # What the machine must have: see `kit.describe_kit`.
    isolation: str  # As in `Sandbox`.
    memory: float
    threads: int = 1  # The worker knows how many it can give.
    imports: str = ""  # The source of what each kernel has imported.
    kernels: tuple = ()  # For each kernel the cells that it runs, each `[source, seconds that it may take]`.

    @property
    def seconds(self):
        """The seconds that all cells together may take, with what comes around them."""
        return sum(seconds + AROUND_SECONDS for cells in self.kernels for _, seconds in cells)

    def to_json(self):
        """Returns it as a text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        """Reads what `to_json` has made."""
        return cls(**json.loads(text))


def split_kernels(notebook, setups, timeout):
    """Returns the `kernels` of an assembled notebook: of its cells only the source is taken.

    `setups` are the ids of the cells that come first in a kernel of their own; they may take longer than `timeout`.
    """
    kernels = []
    for cell in notebook.cells:
        if cell.id in setups:
            kernels.append([])
        kernels[-1].append([cell.source, OUR_SECONDS if cell.id in setups else timeout])
    return kernels
