"""Ends a sandbox that takes more than its share of memory, processes or disk."""

import contextlib
import os
import threading

import psutil

from dcgan_course.instructor.process.family import end_family, family_of, held_gigabytes, proportional_gigabytes

LOOK_SECONDS = 0.2
MOST_PROCESSES = 64
MOST_THREADS = 512
MOST_BYTES = 64_000_000  # In the one folder that inside and outside share.
MOST_FILES = 1_000
# In each folder in memory. An empty file takes a kilobyte of memory that no process holds.
MOST_FILES_IN_MEMORY = 50_000
IN_MEMORY = ("tmp", "dev/shm")


class LimitMonitor(threading.Thread):
    """Measures a sandbox's processes five times a second, and ends them if they take too much.

    The system's own limits (`inside.py`) count each process separately, and some do not hold for root. Here all
    children of the process `pid` count with it, and hold at most `memory` GB together. `folder` is the one outside the
    sandbox that is written to from inside.

    Attributes:
        reason: "memory", "processes" or "disk" once it has ended the sandbox, else None.
    """

    def __init__(self, pid, folder, memory):
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.folder, self.memory = folder, memory
        self.reason = None
        self.family = []  # As it was at the last look.
        self.stopping = threading.Event()

    def run(self):
        """Measures until `stop` is called, or the sandbox has ended."""
        # Linux tells what a process holds only between two of its forks: whoever forks without end must be counted
        # meanwhile.
        threading.Thread(target=self._weigh, daemon=True).start()
        while not self.stopping.wait(LOOK_SECONDS):
            self.family = family_of(self.process)
            if not self.family:
                break
            if reason := self._exceeded_limit(self.family):
                self._end(reason)
                break
        self.stopping.set()

    def stop(self):
        """Ends the measuring, and all processes that are left."""
        self.stopping.set()
        end_family(family_of(self.process))

    def _weigh(self):
        while not self.stopping.wait(LOOK_SECONDS):
            family = self.family
            if held_gigabytes(family) > self.memory and proportional_gigabytes(family) > self.memory:
                self._end("memory")
                return

    def _end(self, reason):
        self.reason = self.reason or reason
        end_family(family_of(self.process))

    def _exceeded_limit(self, family):
        if len(family) > MOST_PROCESSES or _count_threads(family) > MOST_THREADS:
            return "processes"
        return "disk" if _is_full(self.folder) or _has_many_files(family[-1].pid) else None


def _count_threads(family):
    threads = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            threads += process.num_threads()
    return threads


def _is_full(folder):
    """Says whether a folder holds more than it may, or is nested too deeply; it counts no further than that."""
    size, files, folders = 0, 0, [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    files += 1
                    size += entry.stat(follow_symlinks=False).st_size
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    if size > MOST_BYTES or files > MOST_FILES:
                        return True
        except FileNotFoundError:  # Deleted meanwhile.
            continue
        except OSError:  # Its name is longer than the system allows.
            return True
    return False


def _has_many_files(pid):
    """Says whether a folder in memory, as a process inside sees it, has more files than it may."""
    for folder in IN_MEMORY:
        with contextlib.suppress(OSError):  # Without a sandbox these are the machine's own, and its matter.
            if os.readlink(f"/proc/{pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt"):
                state = os.statvfs(f"/proc/{pid}/root/{folder}")
                if state.f_files - state.f_ffree > MOST_FILES_IN_MEMORY:
                    return True
    return False
