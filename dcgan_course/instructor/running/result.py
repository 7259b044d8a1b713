"""How a run ended."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Result:
    """How one run ended.

    Attributes:
        name: The run's name.
        status: "finished", "failed", "stopped", or "kept": finished by an earlier command.
        error: A sentence, or None.
        cell: The code cell in which it ended, by number and first line, or None.
        last_lines: What it printed last, and the end of its traceback.
        seconds: How long it took.
        host: The machine of the cluster that it ran on; None for this one.
    """

    name: str
    status: str
    error: str | None = None
    cell: str | None = None
    last_lines: tuple = ()
    seconds: float = 0.0
    host: str | None = None

    def to_json(self):
        """Returns a dict that JSON can hold; it has no `host` for a run on this machine."""
        values = asdict(self)
        if self.host is None:
            del values["host"]
        return values
