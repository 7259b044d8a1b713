"""A process with our imports, from which others are forked: each starts in milliseconds instead of seconds.

This file is both: the class for whoever needs such processes, and, run as a module, the server.
"""

import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from dcgan_course.instructor.process.die_with_parent import end_with
from dcgan_course.instructor.process.own_command import LOOK_SECONDS, Stopped, own_environment, wait_until

END_SECONDS = 0.5  # From the end of what it has forked to the server's own, if that is why.


class NoAnswer(Exception):
    """A process ended before its `main` had returned."""


class ServerEnded(Exception):
    """The server has ended, and with it what it had forked; the next call starts another."""


class ForkServer:
    """Calls the `main` of modules, each in a process of its own, forked from one that has imported `modules`.

    It starts when it is first needed. It and what it has forked end when this process does. Use it in a `with`
    statement, or call `stop`.
    """

    def __init__(self, modules):
        self.modules, self.lock = modules, threading.Lock()
        self.process = self.control = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def call(self, module, arguments, seconds, is_stopped):
        """Calls a module's `main`; returns the text that it returned. What it prints is lost.

        Raises:
            NoAnswer: If it did not return.
            ServerEnded: If that was not its fault.
            subprocess.TimeoutExpired: After so many seconds.
            Stopped: When `is_stopped` says so. The process is ended before either is raised.
        """
        if is_stopped():
            raise Stopped
        ours, theirs = Pipe()
        with ours:
            with theirs:
                server = self._fork(theirs)
            try:
                number = int(ours.recv_bytes())
                ours.send((own_environment(), module, arguments))
                wait_until(lambda: ours.poll(LOOK_SECONDS), seconds, is_stopped, module)
                return ours.recv_bytes().decode()  # Nothing is unpickled that has been near a student's file.
            except (Stopped, subprocess.TimeoutExpired):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(number, signal.SIGKILL)
                raise
            except (EOFError, OSError):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    server.wait(END_SECONDS)
                    raise ServerEnded("the process that others are forked from has ended") from None
                raise NoAnswer("its process has ended") from None

    def stop(self):
        """Ends it with all that it has forked."""
        with self.lock:
            if self.process is not None:
                self._end()

    def _end(self):
        self.control.close()
        self.process.wait()
        self.process = None

    def _fork(self, connection):
        """Lets the server fork a process that answers at a connection; returns the server's process."""
        with self.lock:
            if self.process is not None and self.process.poll() is not None:
                self._end()
            if self.process is None:
                self._start()
            with contextlib.suppress(BrokenPipeError):  # Then nobody answers.
                socket.send_fds(self.control, [b"f"], [connection.fileno()])
            return self.process

    def _start(self):
        self.control, theirs = socket.socketpair()
        streams = {"stdin": theirs, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-m", __name__, *self.modules]
        with theirs:  # In a session of its own no Ctrl-C reaches it.
            self.process = subprocess.Popen(command, **streams, env=own_environment(), start_new_session=True)


# ---- the server


def serve(modules):
    """Imports modules, and forks a process for each connection that comes, until nobody is at the other end."""
    control = socket.socket(fileno=os.dup(0))
    for module in modules:
        with contextlib.suppress(Exception):  # What is missing here, the process that needs it says.
            importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Linux clears away what has ended.
    server = os.getpid()
    while connections := socket.recv_fds(control, 1, 1)[1]:
        if os.fork() == 0:
            end_with(server)
            control.close()
            _answer(Connection(connections[0]))
        os.close(connections[0])


def _answer(connection):
    """Does what the other end asks for, and ends this process."""
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        connection.send_bytes(str(os.getpid()).encode())
        environment, module, arguments = connection.recv()
        os.environ.clear()
        os.environ.update(environment)
        connection.send_bytes(importlib.import_module(module).main(*arguments).encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1:])
