"""One run from start to end: a worker process is started, watched and, if need be, stopped; then the run is judged."""

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


class Stop:
    """A stop button for many runs, which may be pressed twice."""

    def __init__(self):
        self.pressed = 0

    def press(self):
        """Asks the runs to stop; the second time, at once."""
        self.pressed += 1


def execute(job, report=None, stop=None):
    """Runs one notebook in its own process on this machine.

    Args:
        job: A `Job`.
        report: Called with a `RunProgress` several times a second while it runs.
        stop: A `Stop`; pressed once, the run is stopped as by Jupyter's stop button, twice, at once.

    Returns:
        A `Result`.
    """
    for path in (job.pictures, job.executed, job.log):
        path.parent.mkdir(parents=True, exist_ok=True)
    job.executed.unlink(missing_ok=True)
    job.log.write_text("", "utf-8")
    began = time.monotonic()
    # The kernel's socket is in this folder. A socket's path has at most 107 characters: the results' folder may be too
    # deep for it.
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp" if os.path.isdir("/tmp") else None) as scratch:
        scratch = Path(scratch)
        worker = _start(job, scratch)
        process = psutil.Process(worker.pid)
        try:
            ended = _watch(worker, process, job, report, stop, began)
        finally:
            _end(worker, process)
        try:
            outcome = json.loads((scratch / "outcome.json").read_text("utf-8"))
        except (OSError, ValueError):
            outcome = None
    result = judge(job, ended, outcome, worker.returncode)
    return replace(result, seconds=round(time.monotonic() - began, 2))


def _start(job, scratch):
    (scratch / "job.pickle").write_bytes(pickle.dumps(job))
    environment = {**os.environ, "INSTRUCTOR_SCRATCH": str(scratch)}
    environment.pop("MPLBACKEND", None)  # Jupyter's own backend puts figures into the notebook.
    # The worker starts in the notebook's folder, where this package may not be found.
    paths = [str(INSTALLED_IN), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if job.threads:
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(job.threads)
    with open(job.log, "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dcgan_course.instructor.running.worker"],
            stdin=subprocess.PIPE,  # The worker ends when our end of the pipe is closed, even if we were killed.
            stdout=log,
            stderr=log,
            env=environment,
            text=True,
            start_new_session=True,
        )


def _watch(worker, process, job, report, stop, began):
    """Waits for the worker; returns None if it ended by itself, else why it was ended."""
    while True:
        try:
            worker.wait(LOOK_SECONDS)
            return None
        except subprocess.TimeoutExpired:
            pass
        if report is not None:
            report(read_progress(job.name, job.log))
        if stop is not None and stop.pressed:
            return _ask_to_stop(worker, "stopped", stop)
        minutes = (time.monotonic() - began) / 60
        if job.timeout is not None and minutes > job.timeout:
            return _ask_to_stop(worker, f"Time-out: it was not finished after {job.timeout:g} minutes.")
        if job.memory is not None and (used := held_gigabytes(family_of(process))) > job.memory:
            return f"Memory limit: it used {used:.2f} GB, more than the {job.memory:g} GB allowed."


def _ask_to_stop(worker, reason, stop=None):
    """Gives the training some seconds to save its checkpoint."""
    until = time.monotonic() + GRACE_SECONDS
    try:
        worker.stdin.write("stop\n")
        worker.stdin.flush()
        while worker.poll() is None and time.monotonic() < until and not (stop and stop.pressed > 1):
            time.sleep(LOOK_SECONDS / 2)
    except OSError:
        pass
    return reason


def _end(worker, process):
    """Ends the worker and whatever it started, if they are still there."""
    family = family_of(process)
    worker.stdin.close()
    end_family(family)
    worker.wait()
