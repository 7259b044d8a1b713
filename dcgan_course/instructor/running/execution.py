"""One run from start to verdict: a worker process is started, watched, ended if need be, and judged."""

import json
import os
import subprocess
import sys
import tempfile
import time
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
        """Asks to stop; the second time, at once."""
        self.pressed += 1


def execute(job, report=None, stop=None):
    """Runs one notebook in its own process, here, and says how it went.

    Args:
        job: Dict of `name`, `source`, `parameters`, `steps`, `pictures`, `executed`, `log`, `cwd`, `threads`
            (None: all), `timeout` (minutes or None) and `memory` (GB or None).
        report: Called with a dict of `name`, `step`, `steps`, `left` (seconds or None) while it runs.
        stop: A `Stop`; pressed once, the run is stopped as by Jupyter's stop button, twice, at once.

    Returns:
        A dict of `name`, `status` (finished, failed or stopped), `error`, `cell`, `last_lines`, `seconds`.
    """
    for key in ("pictures", "executed", "log"):
        Path(job[key]).parent.mkdir(parents=True, exist_ok=True)
    Path(job["executed"]).unlink(missing_ok=True)
    Path(job["log"]).write_text("", "utf-8")
    began = time.monotonic()
    # A socket's path has at most 107 characters, and a folder of the sweep may have more.
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp" if os.path.isdir("/tmp") else None) as scratch:
        worker = _start(job, Path(scratch))
        process = psutil.Process(worker.pid)
        try:
            ended = _watch(worker, process, job, report, stop, began)
        finally:
            _end(worker, process)
        outcome = _read_json(Path(scratch) / "outcome.json")
    verdict = judge(job, ended, outcome, worker.returncode)
    return {"name": job["name"], **verdict, "seconds": round(time.monotonic() - began, 2)}


def _start(job, scratch):
    (scratch / "job.json").write_text(json.dumps(job), "utf-8")
    environment = {**os.environ, "INSTRUCTOR_SCRATCH": str(scratch)}
    environment.pop("MPLBACKEND", None)  # Jupyter's own puts figures into the notebook.
    # The worker starts in the notebook's folder, where this package may not be found.
    paths = [str(INSTALLED_IN), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    if job["threads"]:
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            environment[name] = str(job["threads"])
    with open(job["log"], "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "dcgan_course.instructor.running.worker"],
            stdin=subprocess.PIPE,  # The worker ends when this end of the pipe is gone, however we ended.
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
            report({"name": job["name"], **read_progress(job["log"])})
        if stop is not None and stop.pressed:
            return _ask_to_stop(worker, "stopped", stop)
        minutes = (time.monotonic() - began) / 60
        if job["timeout"] is not None and minutes > job["timeout"]:
            return _ask_to_stop(worker, f"Time-out: it was not finished after {job['timeout']:g} minutes.")
        if job["memory"] is not None and (used := held_gigabytes(family_of(process))) > job["memory"]:
            return f"Memory limit: it used {used:.2f} GB, more than the {job['memory']:g} GB allowed."


def _ask_to_stop(worker, reason, stop=None):
    """Lets the training save its checkpoint, for at most some seconds."""
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


def _read_json(path):
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
