"""nbval's kernel, in the sandbox: a dead one is noticed at once, and a flood of output drowns nobody."""

import collections
import os
import time
from queue import Empty

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from dcgan_course.instructor.grading.sandbox.limits import Watchdog

MOST_CHARACTERS = 400_000  # Of one cell's output.
MOST_MESSAGES = 2_000
LARGEST_MESSAGE = 50_000_000  # Bytes.
LAST_SECONDS = 6.0  # After a time-out, for the kernel to come to rest.


class KernelEnded(Exception):
    """The kernel is no more; the text says what ended it: died, memory, processes, disk."""


class OneKernelSpec(KernelSpecManager):
    """Knows one kernel, which is started by one command."""

    command = ()

    def get_kernel_spec(self, kernel_name):
        """Returns that kernel's spec, whatever a notebook calls it."""
        argv = [*self.command, "-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name="sandbox", language="python", interrupt_mode="message")


class BoxedKernel(RunningKernel):
    """A kernel in a sandbox, with the face of nbval's own.

    Args:
        sandbox: A `Sandbox`.
        runtime: An empty folder with a short path, for the kernel's sockets.
        startup_timeout: Seconds until it must answer.

    Attributes:
        ended: What became of it: None, "timeout", "died", "memory", "processes" or "disk".
        marker: Of a flood of output only what holds this text is kept.
    """

    def __init__(self, sandbox, runtime, startup_timeout=120):
        self.ended, self.marker = None, None
        self.until = None
        self._forget()
        context = zmq.Context()
        context.rcvhwm = 0  # No message is dropped on our side: among them is the one that a cell has ended.
        context.maxmsgsize = LARGEST_MESSAGE  # Whoever sends more is not heard.
        self.km = KernelManager(
            kernel_name="sandbox",
            kernel_spec_manager=OneKernelSpec(),
            transport="ipc",
            connection_file=os.path.join(runtime, "k.json"),
            context=context,
        )
        self.km.kernel_spec_manager.command = tuple(sandbox.command(runtime))
        with open(os.devnull, "w") as nowhere:
            self.km.start_kernel(env=sandbox.environment(), cwd=str(runtime), stdout=nowhere, stderr=nowhere)
        self.watchdog = Watchdog(self.km.provisioner.pid, runtime, sandbox.memory)
        self.watchdog.start()
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False)
        try:
            self._wait_until_ready(startup_timeout)
        except BaseException:
            self.stop()
            raise

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Starts a cell, as nbval does."""
        self._forget()
        return super().execute_cell_input(cell_input, allow_stdin=False)

    def await_reply(self, msg_id, timeout=None):
        """Waits until a cell is done, and takes in what it prints meanwhile.

        Raises:
            Empty: After the time-out, as nbval expects it.
            KernelEnded: If the kernel is gone.
        """
        self.until = time.monotonic() + timeout
        poller = zmq.Poller()
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            poller.register(channel.socket, zmq.POLLIN)
        while time.monotonic() < self.until:
            poller.poll(100)
            self._take_in()
            try:
                if self.kc.get_shell_msg(timeout=0)["parent_header"].get("msg_id") == msg_id:
                    self.until = time.monotonic() + 5 * LAST_SECONDS
                    return
            except Empty:
                self._see_that_it_lives()
        self.ended = "timeout"
        self.until = time.monotonic() + LAST_SECONDS
        raise Empty

    def get_message(self, stream, timeout=None):
        """Returns the next message that was kept.

        Raises:
            Empty: If none comes in time; a cell that never stops printing is not waited for either.
            KernelEnded: If the kernel is gone.
        """
        if stream != "iopub":
            return super().get_message(stream, timeout)
        until = min(self.until or float("inf"), time.monotonic() + timeout)
        while not self.kept:
            late = time.monotonic() > until  # Asked first: a machine that stood still has not been listened to yet.
            self.kc.iopub_channel.socket.poll(100)
            self._take_in(most=500)
            if self.kept:
                break
            self._see_that_it_lives()
            if late:
                self.ended = self.ended or "output"
                raise Empty
        return self.kept.popleft()

    def stop(self):
        """Ends the kernel and whatever it has started."""
        if not hasattr(self, "km"):
            return
        self.kc.stop_channels()
        self.watchdog.stop()
        self.km.shutdown_kernel(now=True)
        del self.km

    def run(self, source, timeout):
        """Runs a cell and returns what it printed to stdout; for cells of ours.

        Raises:
            RuntimeError: If it fails or takes too long; the text says how.
        """
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
                if kind == "status" and content["execution_state"] == "idle":
                    return "".join(printed)
        except Empty:
            raise RuntimeError(f"it takes longer than {timeout:g} seconds") from None
        except KernelEnded as end:
            raise RuntimeError(f"the kernel ended ({end})") from None

    def _wait_until_ready(self, seconds):
        until = time.monotonic() + seconds
        request = self.kc.kernel_info()
        while True:
            try:
                if self.kc.get_shell_msg(timeout=0.2)["parent_header"].get("msg_id") == request:
                    break
            except Empty:
                self._see_that_it_lives()
                if time.monotonic() > until:
                    raise KernelEnded("it did not start") from None
        # Only a kernel that has seen us subscribe sends us what cells print.
        self._ensure_iopub_up()
        # On a busy machine that takes more than one attempt, and each ends as an output that is late.
        self.ended = None

    def _see_that_it_lives(self):
        if not self.km.is_alive():
            self.ended = self.watchdog.reason or "died"
            raise KernelEnded(self.ended)

    def _forget(self):
        self.kept, self.messages, self.characters = collections.deque(), 0, 0

    def _take_in(self, most=10_000):
        """Moves messages from the socket to `kept`; past the limits only those that a result may stand in."""
        for _ in range(most):
            try:
                message = self.kc.get_iopub_msg(timeout=0)
            except Empty:
                return
            kind, content = message["msg_type"], message["content"]
            if kind in ("stream", "display_data", "execute_result", "update_display_data"):
                self.messages += 1
                self.characters += len(content.get("text", "")) or sum(map(_length, content.get("data", {}).values()))
                if self.messages > MOST_MESSAGES or self.characters > MOST_CHARACTERS:
                    if kind != "stream" or not self.marker or self.marker not in content["text"]:
                        continue
                    lines = content["text"].splitlines(keepends=True)
                    content["text"] = "".join(line for line in lines if self.marker in line)
            self.kept.append(message)


def _length(value):
    return len(value) if isinstance(value, str) else 100
