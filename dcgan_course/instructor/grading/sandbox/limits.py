"""Ends a kernel that takes more than its share of memory, processes or disk."""

import os
import threading

import psutil

from dcgan_course.instructor.process.family import end_family, family_of, held_gigabytes

LOOK_SECONDS = 0.2
MOST_PROCESSES = 64
MOST_BYTES = 64_000_000  # In the one folder that inside and outside share.
MOST_FILES = 1_000


class Watchdog(threading.Thread):
    """Looks at a kernel's processes five times a second.

    Limits of the system come first (`inside.py`); but they count each process for itself, and root is above some.

    Args:
        pid: The process that was started; all its children are counted.
        folder: The folder that it may write to outside the sandbox.
        memory: GB that all of them may hold together.

    Attributes:
        reason: "memory", "processes" or "disk" once it has ended the kernel, else None.
        peak: The most GB that were seen.
    """

    def __init__(self, pid, folder, memory):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.folder, self.memory = folder, memory
        self.reason, self.peak = None, 0.0
        self.over = threading.Event()

    def run(self):
        """Looks until it is told to stop, or has ended the kernel."""
        while not self.over.wait(LOOK_SECONDS):
            family = family_of(self.process)
            if not family:
                return
            self.reason = self._judge(family)
            if self.reason:
                end_family(family)
                return

    def stop(self):
        """Ends the looking, and what is left of the kernel."""
        self.over.set()
        end_family(family_of(self.process))

    def _judge(self, family):
        if len(family) > MOST_PROCESSES:
            return "processes"
        held = held_gigabytes(family)
        self.peak = max(self.peak, held)
        if held > self.memory:
            return "memory"
        return "disk" if _is_full(self.folder) else None


def _is_full(folder):
    """Says whether a folder holds more than it may; it stops counting there."""
    size = files = 0
    for where, _, names in os.walk(folder):
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(where, name)).st_size
            except OSError:
                continue
            if size > MOST_BYTES or files > MOST_FILES:
                return True
    return False
