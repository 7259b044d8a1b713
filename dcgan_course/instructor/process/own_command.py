"""Runs a command of ours that may be stopped: it ends with us, in time, and whenever somebody says so."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

from dcgan_course.instructor.process.die_with_parent import die_with_us
from dcgan_lib.system.paths import INSTALLED_IN

LOOK_SECONDS = 0.1
GRACE_SECONDS = 10.0  # For a command that was told to end: it removes its files.


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


@dataclass(frozen=True)
class Ended:
    """How a command has ended."""

    printed: str  # What it wrote to stdout.
    code: int
    complaint: str  # The last line that it wrote to stderr, or "".


def own_environment():
    """Returns the environment of whatever of ours runs beside us: it finds the course, and no option of pytest."""
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return {**environment, "PYTHONPATH": str(INSTALLED_IN), "TMPDIR": tempfile.gettempdir()}


def run_command(command, seconds, is_stopped, given=b""):
    """Runs a command of ours with `given` at its stdin; returns how it has `Ended`.

    Raises:
        subprocess.TimeoutExpired: After so many seconds.
        Stopped: When `is_stopped` says so. The command is ended before either is raised.
    """
    if is_stopped():
        raise Stopped
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        streams = {"stdin": stdin, "stdout": stdout, "stderr": stderr}
        process = subprocess.Popen(die_with_us(command), **streams, env=own_environment(), start_new_session=True)
        try:
            wait_until(lambda: _has_ended(process), seconds, is_stopped, command)
        finally:
            if process.poll() is None:
                _end(process)
        stdout.seek(0)
        return Ended(stdout.read().decode("utf-8", "replace"), process.returncode, _last_line(stderr))


def wait_until(happened, seconds, is_stopped, what):
    """Asks whether something has happened until it has; `happened` waits for `LOOK_SECONDS` by itself.

    Raises:
        subprocess.TimeoutExpired: Of `what`, after so many seconds.
        Stopped: When `is_stopped` says so.
    """
    until = time.monotonic() + seconds
    while not happened():
        if is_stopped():
            raise Stopped
        if time.monotonic() > until:
            raise subprocess.TimeoutExpired(what, seconds)


def _has_ended(process):
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LOOK_SECONDS)
    return process.returncode is not None


def _end(process):
    """Lets a command end by itself, and then ends it with its children."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(file):
    file.seek(0, os.SEEK_END)
    file.seek(max(0, file.tell() - 1_000))
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
