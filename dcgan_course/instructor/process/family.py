"""A process with all that it has started: how much memory they hold, and how to end them."""

import contextlib
import math
from pathlib import Path

import psutil


def family_of(process):
    """Lists a process and its children, and theirs; an empty list if it is gone.

    The `psutil.Process` must have been made when it was started: after its end another process may get its number.
    """
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def held_gigabytes(family):
    """Returns the GB of memory that processes hold; what several of them share counts for each."""
    total = 0
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 1e9


def proportional_gigabytes(family):
    """Returns the GB of memory that processes hold; what they share counts once. It takes longer to find out."""
    total = 0
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            try:
                total += process.memory_full_info().pss
            except (psutil.AccessDenied, AttributeError):  # PSS is Linux's.
                total += process.memory_info().rss
    return total / 1e9


def longest_wait(family):
    """Returns the seconds for which Linux has let a thread of theirs wait for the processor, the most of all threads.

    It is infinite where the system does not say.
    """
    waited = []
    for process in family:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                with contextlib.suppress(OSError):  # It has ended.
                    waited.append(int((thread / "schedstat").read_text().split()[1]))
    return max(waited, default=math.inf) / 1e9


def end_family(family):
    """Kills processes in their order: when bubblewrap's process ends, so do all in its sandbox."""
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
