"""nbval's kernel in the sandbox. A dead kernel is noticed at once, and endless output fills no memory."""

import collections
import contextlib
import itertools
import os
import select
import time
from queue import Empty

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from nbval.kernel import RunningKernel

from dcgan_course.exercises.checks.checking import FAILED_TYPE, MEASURED_TYPE
from dcgan_course.instructor.grading.sandbox.kernel_server import KernelEnded, KernelServer

MOST_CHARACTERS = 400_000  # Of one cell's output.
MOST_MESSAGES = 2_000
LARGEST_MESSAGE = 50_000_000  # Bytes.
HEARD_SECONDS = 0.1  # For a message of a kernel that has seen our subscription.
LAST_SECONDS = 30.0  # After a cell has ended, for its last messages.


class BoxedKernel(RunningKernel):
    """A kernel in a sandbox, with the methods that nbval calls. It can be replaced by a fresh one at any time.

    `runtime` is an empty folder with a short path, for sockets. A kernel has imported what the source `imports` says,
    and must answer within `startup_timeout` seconds.

    Attributes:
        ended: How it ended: None, "timeout", "starved", "died", "memory", "processes", "disk" or "output". A starved
            one has waited for the processor for more than half of its time-out.
    """

    def __init__(self, sandbox, runtime, imports="", startup_timeout=120):
        self.sandbox, self.runtime, self.imports = sandbox, runtime, imports
        self.startup_timeout = startup_timeout
        self.numbers = itertools.count()
        self.server = self.kc = self.connection = self.ended = None
        self.start_fresh()

    def start_fresh(self):
        """Ends the kernel and all that it has started, and starts one that knows nothing of it."""
        self._close_client()
        if self.server is not None and self.server.is_alive():
            try:
                self._start()
                return
            except KernelEnded:  # Perhaps an answer has ended the sandbox itself.
                self._close_client()
        if self.server is not None:
            self.server.stop()
        # In a folder of its own: the one before may be full.
        (folder := os.path.join(self.runtime, str(next(self.numbers))))
        os.mkdir(folder)
        self.server = KernelServer(self.sandbox, folder, self.imports)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def is_alive(self):
        """Says whether the kernel can run a cell, and its answer has left the sandbox as it was."""
        return self.kc is not None and not self._has_hung_up() and self.server.answers()

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Starts a cell, as nbval does."""
        self._clear_output()
        return super().execute_cell_input(cell_input, allow_stdin=False)

    def await_reply(self, msg_id, timeout=None):
        """Waits until a cell is done, and receives what it prints meanwhile.

        Raises `KernelEnded` if the kernel has ended, or the time is over.
        """
        until = time.monotonic() + timeout
        poller = zmq.Poller()
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            poller.register(channel.socket, zmq.POLLIN)
        while time.monotonic() < until:
            poller.poll(100)
            self._receive()
            try:
                if self.kc.get_shell_msg(timeout=0)["parent_header"].get("msg_id") == msg_id:
                    self.until = time.monotonic() + LAST_SECONDS
                    return
            except Empty:
                self._check_alive()
        self._end("starved" if self.server.waited() > timeout / 2 else "timeout")

    def get_message(self, stream, timeout=None):
        """Returns the next message that was kept.

        Raises `KernelEnded` if the kernel has ended, or a cell never stops printing, and `Empty` if none comes in time.
        """
        if stream != "iopub":
            return super().get_message(stream, timeout)
        until = time.monotonic() + timeout
        while not self.kept:
            late = time.monotonic() > min(until, self.until)  # Before receiving: after a pause messages may be waiting.
            self.kc.iopub_channel.socket.poll(100)
            self._receive(most=500)
            if self.kept:
                break
            self._check_alive()
            if late and time.monotonic() > self.until:
                self._end("output")
            if late:
                raise Empty
        return self.kept.popleft()

    def stop(self):
        """Ends the kernel, and the sandbox with all that runs in it."""
        self._close_client()
        if self.server is not None:
            self.server.stop()
            self.server = None

    def run(self, source, timeout):
        """Runs a cell of ours; returns what it printed to stdout or measured. A `RuntimeError` says how it failed."""
        request = self.execute_cell_input(source)
        try:
            self.await_reply(request, timeout)
            printed = []
            while True:
                message = self.get_message("iopub", timeout)
                if message["parent_header"].get("msg_id") != request:
                    continue
                kind, content = message["msg_type"], message["content"]
                if kind == "error":
                    raise RuntimeError(f"{content['ename']}: {content['evalue']}")
                if kind == "stream" and content["name"] == "stdout":
                    printed.append(content["text"])
                if kind == "display_data":
                    printed.append(content["data"].get(MEASURED_TYPE, ""))
                if kind == "status" and content["execution_state"] == "idle":
                    return "".join(printed)
        except Empty:
            raise RuntimeError(f"it takes longer than {timeout:g} seconds") from None
        except KernelEnded as end:
            raise RuntimeError(f"the kernel ended ({end})") from None

    def _start(self):
        """Lets the server fork a kernel, and waits until it answers."""
        self.ended, self.until = None, float("inf")
        self._clear_output()
        context = zmq.Context()
        context.rcvhwm = 0  # Drop no message: one of them says that the cell has ended.
        context.maxmsgsize = LARGEST_MESSAGE  # A larger message closes the connection.
        folder = os.path.dirname(self.server.path)
        file = os.path.join(folder, f"{next(self.numbers)}.json")
        self.kc = BlockingKernelClient(connection_file=file, transport="ipc", context=context)
        self.kc.ip = file.removesuffix(".json")  # The first part of its sockets' names.
        self.kc.write_connection_file()
        self.connection = self.server.fork(file, self.startup_timeout)
        self.kc.start_channels(stdin=False, hb=False)
        until = time.monotonic() + self.startup_timeout
        request = self.kc.kernel_info()
        while True:
            try:
                if self.kc.get_shell_msg(timeout=0.2)["parent_header"].get("msg_id") == request:
                    break
            except Empty:
                self._check_alive()
                if time.monotonic() > until:
                    self._end("died")
        self._ensure_iopub_up()

    def _ensure_iopub_up(self):
        """Waits until the kernel sends what cells print: it has seen our subscription. nbval waits a second a try."""
        until = time.monotonic() + self.startup_timeout
        while time.monotonic() < until:
            request = self.kc.kernel_info()
            self.await_reply(request, self.startup_timeout)
            with contextlib.suppress(Empty):
                return self.await_idle(request, HEARD_SECONDS)
        self._end("died")

    def _close_client(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        if self.kc is not None:
            self.kc.stop_channels()
            self.kc.context.destroy(linger=0)
            self.kc = None

    def _check_alive(self):
        if self._has_hung_up():
            self._end(self.server.reason or "died")

    def _has_hung_up(self):
        """Says whether the server has closed the kernel's socket: then the kernel has ended."""
        return self.ended is not None or bool(select.select([self.connection], [], [], 0)[0])

    def _end(self, how):
        self.ended = self.ended or how
        raise KernelEnded(self.ended)

    def _clear_output(self):
        self.kept, self.messages, self.characters = collections.deque(), 0, 0

    def _receive(self, most=10_000):
        """Moves messages from the socket to `kept`; past the limits only what a check has measured is kept."""
        for _ in range(most):
            try:
                message = self.kc.get_iopub_msg(timeout=0)
            except Empty:
                return
            kind, content = message["msg_type"], message["content"]
            if kind in ("stream", "display_data", "execute_result", "update_display_data"):
                data = content.get("data", {})
                self.messages += 1
                values = [content.get("text", ""), *data.values()]
                self.characters += sum(len(value) if isinstance(value, str) else 100 for value in values)
                is_too_much = self.messages > MOST_MESSAGES or self.characters > MOST_CHARACTERS
                if is_too_much and not {MEASURED_TYPE, FAILED_TYPE} & set(data):
                    continue
            self.kept.append(message)
