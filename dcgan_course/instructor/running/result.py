"""How a run ended."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """How one run ended."""

    name: str
    status: str  # "finished", "failed", "stopped", or "kept": finished by an earlier command.
    error: str | None = None  # A sentence.
    cell: str | None = None  # The code cell in which it ended, by number and first line.
    last_lines: tuple = ()  # What it printed last, and the end of its traceback.
    seconds: float = 0.0
    host: str | None = None  # The machine of the cluster that it ran on; None for this one.
