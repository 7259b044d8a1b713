"""What a run has printed so far: its progress and its last lines."""

import functools
import os
import re
from dataclasses import dataclass

# What tqdm prints: "  45%|####5     | 900/2001 [00:09<00:11, 99.21step/s, d_loss 0.69".
PROGRESS = re.compile(r"(\d+)/(\d+) \[[\d:]+<([\d:?]+)")


@dataclass(frozen=True)
class RunProgress:
    """How far a run is."""

    name: str
    step: int | None = None  # The steps that it has made; None before it has said so.
    steps: int | None = None  # The steps that it is to make; None where `step` is None.
    seconds_left: int | None = None  # By its own estimate, if it gives one.


def read_progress(name, log):
    """Reads the progress of the run of that name from the end of what it printed; returns a `RunProgress`."""
    matches = PROGRESS.findall(_tail(log, 2_000))
    if not matches:
        return RunProgress(name)
    step, steps, left = matches[-1]
    seconds = None
    if "?" not in left:
        seconds = functools.reduce(lambda total, part: 60 * total + int(part), left.split(":"), 0)
    return RunProgress(name, int(step), int(steps), seconds)


def last_lines(log):
    """Returns the last 15 lines of a log; of a progress line that was overwritten, only the last state."""
    lines = (line.rsplit("\r", 1)[-1].rstrip() for line in _tail(log, 20_000).split("\n"))
    return [line for line in lines if line][-15:]


def _tail(path, size):
    try:
        with open(path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
