"""Ends a kernel that takes more than its share of memory, processes or disk."""

import contextlib
import os
import threading

import psutil

from dcgan_course.instructor.process.family import end_family, family_of, held_gigabytes

LOOK_SECONDS = 0.2
MOST_PROCESSES = 64
MOST_BYTES = 64_000_000  # In the one folder that inside and outside share.
MOST_FILES = 1_000


class LimitMonitor(threading.Thread):
    """Measures a kernel's processes five times a second, and ends them if they take too much.

    The system's own limits (`inside.py`) count each process separately, and some do not hold for root. Here all
    children of the process `pid` count with it, and hold at most `memory` GB together. `folder` is the one outside the
    sandbox that the kernel may write to.

    Attributes:
        reason: "memory", "processes" or "disk" once it has ended the kernel, else None.
    """

    def __init__(self, pid, folder, memory):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.folder, self.memory = folder, memory
        self.reason = None
        self.stopping = threading.Event()

    def run(self):
        """Measures until `stop` is called, or the kernel has ended."""
        while not self.stopping.wait(LOOK_SECONDS):
            family = family_of(self.process)
            if not family:
                return
            self.reason = self._exceeded_limit(family)
            if self.reason:
                end_family(family)
                return

    def stop(self):
        """Ends the measuring, and all processes that are left of the kernel."""
        self.stopping.set()
        end_family(family_of(self.process))

    def _exceeded_limit(self, family):
        if len(family) > MOST_PROCESSES:
            return "processes"
        if held_gigabytes(family) > self.memory:
            return "memory"
        return "disk" if _is_full(self.folder) else None


def _is_full(folder):
    """Says whether a folder holds more than it may; it counts no further than that."""
    size = 0
    files = (os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names)
    for count, file in enumerate(files, start=1):
        with contextlib.suppress(OSError):
            size += os.lstat(file).st_size
        if size > MOST_BYTES or count > MOST_FILES:
            return True
    return False
