"""One run from start to end: a worker process is started, watched and, if need be, stopped; then the run is judged."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from dcgan_course.instructor.process.family import end_family, family_of, held_gigabytes
from dcgan_course.instructor.running.log import read_progress
from dcgan_course.instructor.running.verdict import judge
from dcgan_lib.system.paths import INSTALLED_IN

GRACE_SECONDS = 20.0  # For a training that was told to stop: it saves a checkpoint within seconds.
LOOK_SECONDS = 0.25


def execute(run, report=lambda progress: None, presses=lambda: 0):
    """Runs one notebook in its own process on this machine.

    Args:
        run: A `Run`.
        report: Called with a `RunProgress` several times a second while it runs.
        presses: Called to learn how often the stop button was pressed. After the first press, the run is stopped as
            by Jupyter's stop button; after the second, at once.

    Returns:
        A `Result`.
    """
    for path in (run.pictures, run.executed, run.log):
        path.parent.mkdir(parents=True, exist_ok=True)
    run.executed.unlink(missing_ok=True)
    run.log.write_text("", "utf-8")
    began = time.monotonic()
    # The kernel's socket is in this folder. A socket's path has at most 107 characters: the results' folder may be too
    # deep for it.
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp" if os.path.isdir("/tmp") else None) as scratch:
        scratch = Path(scratch)
        worker = _start(run, scratch)
        process = psutil.Process(worker.pid)
        try:
            ended = _watch(worker, process, run, report, presses, began)
        finally:  # Whatever it has started ends with it.
            family = family_of(process)
            worker.stdin.close()
            end_family(family)
            worker.wait()
        outcome = None
        with contextlib.suppress(OSError, ValueError):
            outcome = json.loads((scratch / "outcome.json").read_text("utf-8"))
    result = judge(run, ended, outcome, worker.returncode)
    return replace(result, seconds=round(time.monotonic() - began, 2))


def _start(run, scratch):
    (scratch / "run.pickle").write_bytes(pickle.dumps(run))
    environment = {**os.environ, "INSTRUCTOR_SCRATCH": str(scratch)}
    environment.pop("MPLBACKEND", None)  # Jupyter's own backend puts figures into the notebook.
    # The worker starts in the notebook's folder, where this package may not be found.
    paths = [str(INSTALLED_IN), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if run.threads:
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(run.threads)
        environment.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # A run that takes a whole GPU leaves others none.
    with open(run.log, "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dcgan_course.instructor.running.worker"],
            stdin=subprocess.PIPE,  # The worker ends when our end of the pipe is closed, even if we were killed.
            stdout=log,
            stderr=log,
            env=environment,
            text=True,
            start_new_session=True,
        )


def _watch(worker, process, run, report, presses, began):
    """Waits for the worker; returns None if it ended by itself, else why it was ended."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(LOOK_SECONDS)
            return None
        report(read_progress(run.name, run.log))
        if presses():
            return _ask_to_stop(worker, "stopped", presses)
        minutes = (time.monotonic() - began) / 60
        if run.timeout is not None and minutes > run.timeout:
            return _ask_to_stop(worker, f"Time-out: it was not finished after {run.timeout:g} minutes.")
        if run.memory is not None and (used := held_gigabytes(family_of(process))) > run.memory:
            return f"Memory limit: it used {used:.2f} GB, more than the {run.memory:g} GB allowed."


def _ask_to_stop(worker, reason, presses=lambda: 0):
    """Gives the training some seconds to save its checkpoint; returns the reason."""
    until = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(OSError):
        worker.stdin.write("stop\n")
        worker.stdin.flush()
        while worker.poll() is None and time.monotonic() < until and presses() < 2:
            time.sleep(LOOK_SECONDS / 2)
    return reason
