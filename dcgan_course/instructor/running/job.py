"""A notebook that is to be run: what goes to a worker process, here or on another machine."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters, and where its files go.

    Attributes:
        name: What the run is called in messages.
        source: The notebook's text.
        parameters: Dict of what is injected into the executed copy.
        steps: How many steps it is to train, or None where the notebook does not say.
        pictures: The folder that the notebook is told to write to.
        executed: The executed copy's path.
        log: The path of what the notebook prints.
        working_folder: Where the notebook's kernel starts.
        threads: Threads for the numerical libraries, or None for all.
        timeout: Minutes that the run may take, or None.
        memory: GB that the run may hold, or None.
    """

    name: str
    source: str
    parameters: dict
    steps: int | None
    pictures: Path
    executed: Path
    log: Path
    working_folder: Path
    threads: int | None = None
    timeout: float | None = None
    memory: float | None = None
