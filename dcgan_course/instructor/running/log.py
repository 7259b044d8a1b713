"""What a run has printed so far: its progress and its last lines."""

import os
import re
from collections import deque
from dataclasses import dataclass

# What tqdm prints: "  45%|####5     | 900/2001 [00:09<00:11, 99.21step/s, d_loss 0.69".
PROGRESS = re.compile(r"(\d+)/(\d+) \[[\d:]+<([\d:?]+)")


@dataclass(frozen=True)
class RunProgress:
    """How far a run is.

    Attributes:
        name: The run's name.
        step: The steps that it has made; None before it has said so.
        steps: The steps that it is to make; None where `step` is None.
        seconds_left: How long it will still take by its own estimate, or None.
    """

    name: str
    step: int | None = None
    steps: int | None = None
    seconds_left: int | None = None


def read_progress(name, log):
    """Reads the progress of the run of that name from the end of what it printed; returns a `RunProgress`."""
    matches = PROGRESS.findall(_tail(log, 2_000))
    if not matches:
        return RunProgress(name)
    step, steps, left = matches[-1]
    seconds = None
    if "?" not in left:
        seconds = 0
        for part in left.split(":"):
            seconds = 60 * seconds + int(part)
    return RunProgress(name, int(step), int(steps), seconds)


def last_lines(log, count=15):
    """Returns the last lines of a log; of a progress line that was overwritten, only the last state."""
    lines = (line.rsplit("\r", 1)[-1].rstrip() for line in _tail(log, 20_000).split("\n"))
    return list(deque((line for line in lines if line), count))


def _tail(path, size):
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
