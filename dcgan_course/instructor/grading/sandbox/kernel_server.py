"""A sandbox whose first process forks a kernel whenever it is asked to (`inside.py`)."""

import contextlib
import os
import socket
import subprocess
import time

from dcgan_course.instructor.grading.sandbox.limits import LimitMonitor
from dcgan_course.instructor.grading.sandbox.sandbox import NOBODY, is_root

WAIT_SECONDS = 0.05
ANSWER_SECONDS = 30.0


class KernelEnded(Exception):
    """A kernel has ended; the text says how: died, timeout, memory, processes, disk or output."""


class KernelServer:
    """A sandbox that is running, with a monitor of its limits.

    `runtime` is an empty folder with a short path, for sockets. `imports` is the source of what each kernel has
    imported already.
    """

    def __init__(self, sandbox, runtime, imports):
        self.path = os.path.join(runtime, "server")
        # Its stdin ends with this process, whenever that is killed: bubblewrap may not have been ready to notice.
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = sandbox.start(runtime, [self.path], imports, **streams)
        self.monitor = LimitMonitor(self.process.pid, runtime, sandbox.memory)
        self.monitor.start()

    def fork(self, connection_file, seconds):
        """Asks for a kernel that reads a connection file; all earlier ones are ended.

        Returns:
            A socket that is closed when the kernel has ended.

        Raises:
            KernelEnded: If the sandbox has ended, or does not answer within `seconds`.
        """
        if is_root():
            os.chown(connection_file, NOBODY, NOBODY)
        until = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < until:
            connection = socket.socket(socket.AF_UNIX)
            with contextlib.suppress(OSError):
                connection.connect(self.path)
                connection.sendall(f"{connection_file}\n".encode())
                return connection
            connection.close()
            time.sleep(WAIT_SECONDS)
        raise KernelEnded(self.monitor.reason or "died")

    def is_alive(self):
        """Says whether the sandbox is running."""
        return self.process.poll() is None

    def answers(self):
        """Says whether the first process is alive: one that was killed is silent, though it may not be gone yet."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(self.path)
            connection.sendall(b"\n")
            return bool(connection.recv(1))
        return False

    def stop(self):
        """Ends the sandbox with all that runs in it."""
        self.monitor.stop()
        self.process.wait()
        self.process.stdin.close()
