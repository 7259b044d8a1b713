"""A sandbox, or a room in one, whose first process forks a kernel whenever it is asked to (`inside.py`)."""

import contextlib
import os
import select
import socket
import struct
import time

import psutil

from dcgan_course.instructor.grading.sandbox.limits import LimitMonitor
from dcgan_course.instructor.grading.sandbox.sandbox import end_server
from dcgan_course.instructor.process.family import family_of, longest_wait

WAIT_SECONDS = 0.05
ANSWER_SECONDS = 30.0
SERVER = "server"  # Its socket's name.
PEER = struct.Struct("3i")  # What Linux says of who listens: process, user, group.


class KernelEnded(Exception):
    """A kernel has ended; the text says how: died, timeout, starved, memory, processes, disk or output."""


class OwnSandbox:
    """A sandbox of one submission's own, which imports TensorFlow for it."""

    def __init__(self, sandbox, runtime, imports):
        self.process = sandbox.serve(runtime, ["kernels", os.path.join(runtime, SERVER)], imports)

    def is_running(self):
        """Says whether it is there."""
        return self.process.poll() is None

    def first_process(self, _):
        """Returns the id of the process that all others in it come from."""
        return self.process.pid

    def end(self):
        """Ends it with all that runs in it."""
        end_server(self.process)


class Room:
    """A room in the sandbox of a `RoomServer`. An `OSError` says that it is gone."""

    def __init__(self, sandbox, runtime):
        for folder in (os.path.dirname(runtime), runtime):
            sandbox.hand_over(folder)
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.connect(sandbox.rooms)
            self.connection.sendall(f"{runtime}\n".encode())  # The room ends when this connection does.
        except OSError:
            self.connection.close()
            raise

    def is_running(self):
        """Says whether it is there, or will be."""
        return not select.select([self.connection], [], [], 0)[0]

    def first_process(self, connection):
        """Returns the id of the process that all others in it come from, which has answered at `connection`."""
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        return PEER.unpack(peer)[0]

    def end(self):
        """Ends it with all that runs in it."""
        self.connection.settimeout(ANSWER_SECONDS)
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.recv(1)  # Comes to its end when all of the room's processes are gone.
        self.connection.close()


class KernelServer:
    """A sandbox that is running, or a room in one, with a monitor of its limits.

    `runtime` is an empty folder with a short path, for sockets. `imports` is the source of what each kernel has
    imported already.
    """

    def __init__(self, sandbox, runtime, imports):
        self.sandbox, self.path = sandbox, os.path.join(runtime, SERVER)
        self.monitor = self.place = None
        if sandbox.rooms:
            with contextlib.suppress(OSError):  # Then it has ended: a sandbox of one's own is as good, and slower.
                self.place = Room(sandbox, runtime)
        if self.place is None:
            self.place = OwnSandbox(sandbox, runtime, imports)

    def fork(self, connection_file, seconds):
        """Asks for a kernel that reads a connection file; all earlier ones are ended.

        Returns:
            A socket that is closed when the kernel has ended.

        Raises:
            KernelEnded: If the sandbox has ended, or does not answer within `seconds`.
        """
        self.sandbox.hand_over(connection_file)
        until = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < until:
            connection = socket.socket(socket.AF_UNIX)
            with contextlib.suppress(OSError, psutil.NoSuchProcess):
                connection.connect(self.path)
                self._watch(self.place.first_process(connection))
                connection.sendall(f"{connection_file}\n".encode())
                return connection
            connection.close()
            time.sleep(WAIT_SECONDS)
        raise KernelEnded(self.reason or "died")

    @property
    def reason(self):
        """Which limit was passed, so that the monitor has ended it: memory, processes, disk; or None."""
        return self.monitor and self.monitor.reason

    def waited(self):
        """Returns the seconds for which a thread inside has waited for the processor, the most of all threads."""
        return longest_wait(family_of(self.monitor.process))

    def is_alive(self):
        """Says whether the sandbox is running."""
        return self.place.is_running()

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
        if self.monitor is not None:
            self.monitor.stop()
        self.place.end()

    def _watch(self, first):
        if self.monitor is None:  # Before its first answer nothing of a student's runs.
            self.monitor = LimitMonitor(first, os.path.dirname(self.path), self.sandbox.memory)
            self.monitor.start()
