"""A sandbox that imports TensorFlow once, with a room in it for each submission (`room.py`)."""

import os
import tempfile
import threading
import time
from dataclasses import replace

from dcgan_course.instructor.grading.sandbox.leftovers import remove_tree
from dcgan_course.instructor.grading.sandbox.sandbox import end_server

WAIT_SECONDS = 0.02
START_SECONDS = 60.0


class RoomServer:
    """Gives each submission a `Sandbox` with a room in it.

    Where the system allows no namespaces inside of bubblewrap's, or without isolation, each sandbox is a submission's
    own: slower, and with the same walls.

    `imports` is the source of what each kernel has imported, and `rooms` how many there are at most at once. It starts
    when it is first needed; use it in a `with` statement, or call `stop`.
    """

    def __init__(self, sandbox, imports, rooms):
        self.plain, self.imports, self.rooms = sandbox, imports, rooms
        self.is_possible = sandbox.isolation == "bubblewrap"
        self.process, self.path, self.folders = None, None, []
        self.lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def sandbox(self):
        """Returns the `Sandbox` for a submission."""
        with self.lock:
            if self.is_possible and (self.process is None or self.process.poll() is not None):
                self._end()  # Its folder stays: those who had rooms go on there in sandboxes of their own.
                self._start()
            return replace(self.plain, rooms=self.path) if self.is_possible else self.plain

    def stop(self):
        """Ends it with all that runs in it."""
        self._end()
        for folder in self.folders:
            remove_tree(folder)
        self.folders.clear()

    def _end(self):
        if self.process is not None:
            end_server(self.process)
            self.process = None

    def _start(self):
        self.folders.append(folder := tempfile.mkdtemp())
        self.path = os.path.join(folder, "rooms")
        self.process = self.plain.serve(folder, ["rooms", self.path], self.imports, self.rooms)
        until = time.monotonic() + START_SECONDS
        while not os.path.exists(self.path):  # It first tries whether there can be rooms.
            if self.process.poll() is not None or time.monotonic() > until:
                self.is_possible = False
                self.stop()
                return
            time.sleep(WAIT_SECONDS)
