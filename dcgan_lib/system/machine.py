"""How many processor cores there are for this process."""

import os


def usable_cores():
    """Returns how many cores the system lets this process use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
