"""nbval's kernel in the sandbox. A dead kernel is noticed at once, and endless output fills no memory."""

import collections
import os
import time
from queue import Empty

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from dcgan_course.exercises.checks.checking import FAILED_TYPE, MEASURED_TYPE
from dcgan_course.instructor.grading.sandbox.limits import LimitMonitor

MOST_CHARACTERS = 400_000  # Of one cell's output.
MOST_MESSAGES = 2_000
LARGEST_MESSAGE = 50_000_000  # Bytes.
LAST_SECONDS = 6.0  # After a time-out, for nbval to interrupt the kernel and read its last messages.


class KernelEnded(Exception):
    """The kernel has ended; the text says how: died, memory, processes or disk."""


class SandboxKernelSpec(KernelSpecManager):
    """Knows a single kernel: the one that is started by `command`."""

    command = ()

    def get_kernel_spec(self, kernel_name):
        """Returns the kernel's spec, whatever name the notebook asks for."""
        argv = [*self.command, "-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name="sandbox", language="python", interrupt_mode="message")


class BoxedKernel(RunningKernel):
    """A kernel in a sandbox, with the methods that nbval calls.

    `runtime` is an empty folder with a short path, for the kernel's sockets. The kernel must answer within
    `startup_timeout` seconds.

    Attributes:
        ended: How it ended: None, "timeout", "died", "memory", "processes", "disk" or "output".
    """

    def __init__(self, sandbox, runtime, startup_timeout=120):
        self.ended = self.until = None
        self._clear_output()
        context = zmq.Context()
        context.rcvhwm = 0  # Drop no message: one of them says that the cell has ended.
        context.maxmsgsize = LARGEST_MESSAGE  # A larger message closes the connection.
        self.km = KernelManager(
            kernel_name="sandbox",
            kernel_spec_manager=SandboxKernelSpec(),
            transport="ipc",
            connection_file=os.path.join(runtime, "k.json"),
            context=context,
        )
        self.km.kernel_spec_manager.command = tuple(sandbox.command(runtime))
        with open(os.devnull, "w") as devnull:
            self.km.start_kernel(env=sandbox.environment(), cwd=runtime, stdout=devnull, stderr=devnull)
        self.monitor = LimitMonitor(self.km.provisioner.pid, runtime, sandbox.memory)
        self.monitor.start()
        self.kc = self.km.client()
        self.kc.start_channels(stdin=False, hb=False)
        try:
            self._wait_until_ready(startup_timeout)
        except BaseException:
            self.stop()
            raise

    def execute_cell_input(self, cell_input, allow_stdin=None):
        """Starts a cell, as nbval does."""
        self._clear_output()
        return super().execute_cell_input(cell_input, allow_stdin=False)

    def await_reply(self, msg_id, timeout=None):
        """Waits until a cell is done, and receives what it prints meanwhile.

        Raises `Empty` after the time-out, as nbval expects, and `KernelEnded` if the kernel has ended.
        """
        self.until = time.monotonic() + timeout
        poller = zmq.Poller()
        for channel in (self.kc.shell_channel, self.kc.iopub_channel):
            poller.register(channel.socket, zmq.POLLIN)
        while time.monotonic() < self.until:
            poller.poll(100)
            self._receive()
            try:
                if self.kc.get_shell_msg(timeout=0)["parent_header"].get("msg_id") == msg_id:
                    self.until = time.monotonic() + 5 * LAST_SECONDS
                    return
            except Empty:
                self._check_alive()
        self.ended = "timeout"
        self.until = time.monotonic() + LAST_SECONDS
        raise Empty

    def get_message(self, stream, timeout=None):
        """Returns the next message that was kept.

        Raises `Empty` if none comes in time or a cell never stops printing, and `KernelEnded` if the kernel has ended.
        """
        if stream != "iopub":
            return super().get_message(stream, timeout)
        until = min(self.until or float("inf"), time.monotonic() + timeout)
        while not self.kept:
            late = time.monotonic() > until  # Before receiving: after a pause of the machine messages may be waiting.
            self.kc.iopub_channel.socket.poll(100)
            self._receive(most=500)
            if self.kept:
                break
            self._check_alive()
            if late:
                self.ended = self.ended or "output"
                raise Empty
        return self.kept.popleft()

    def stop(self):
        """Ends the kernel and all processes that it has started."""
        if not hasattr(self, "km"):
            return
        self.kc.stop_channels()
        self.monitor.stop()
        self.km.shutdown_kernel(now=True)
        del self.km

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

    def _wait_until_ready(self, seconds):
        until = time.monotonic() + seconds
        request = self.kc.kernel_info()
        while True:
            try:
                if self.kc.get_shell_msg(timeout=0.2)["parent_header"].get("msg_id") == request:
                    break
            except Empty:
                self._check_alive()
                if time.monotonic() > until:
                    raise KernelEnded("it did not start") from None
        # A kernel sends what cells print only after it has seen our subscription.
        self._ensure_iopub_up()
        # On a busy machine this takes several attempts, and each failed one has set `ended`.
        self.ended = None

    def _check_alive(self):
        if not self.km.is_alive():
            self.ended = self.monitor.reason or "died"
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
