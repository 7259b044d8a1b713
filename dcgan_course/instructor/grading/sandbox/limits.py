"""Ends a kernel that takes more than its share of memory, processes or disk."""

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

    The system's own limits (`inside.py`) count each process separately, and some do not hold for root.

    Args:
        pid: The kernel's process; all its children are counted with it.
        folder: The folder that the kernel may write to outside the sandbox.
        memory: GB that all processes may hold together.

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
    size = files = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
            if size > MOST_BYTES or files > MOST_FILES:
                return True
    return False
