"""What a run has printed so far, read from its end."""

import os
import re
from collections import deque

# What tqdm prints: "  45%|####5     | 900/2001 [00:09<00:11, 99.21step/s, d_loss 0.69".
PROGRESS = re.compile(r"(\d+)/(\d+) \[[\d:]+<([\d:?]+)")


def read_progress(log):
    """Reads a training's progress from the end of what it printed.

    Returns:
        A dict of `step`, `steps` and `left` (seconds); each None where nothing was printed yet.
    """
    matches = PROGRESS.findall(_tail(log, 2_000))
    if not matches:
        return {"step": None, "steps": None, "left": None}
    step, steps, left = matches[-1]
    seconds = None
    if "?" not in left:
        seconds = 0
        for part in left.split(":"):
            seconds = 60 * seconds + int(part)
    return {"step": int(step), "steps": int(steps), "left": seconds}


def last_lines(log, count=15):
    """Returns the last lines of a log, without what a progress line had overwritten."""
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
