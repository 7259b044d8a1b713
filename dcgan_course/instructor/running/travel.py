"""A run on another machine: what it needs goes there with it, and what it wrote comes back."""

import io
import os
import tempfile
import zipfile
from concurrent.futures import CancelledError, Future
from pathlib import Path

from distributed import get_worker

from dcgan_course.instructor.running.execution import execute

TOPIC = "dcgan-course-progress"


def count_slots(client):
    """Returns how many runs each host of a cluster takes at once, a dict of host to number."""
    slots = {}
    for address, threads in client.nthreads().items():
        slots[_host(address)] = slots.get(_host(address), 0) + threads
    return slots


def pack(job):
    """Returns a job with the pictures and checkpoints that are there already, for a run to go on from."""
    pictures = Path(job["pictures"])
    return {**job, "luggage": _zip(pictures, "pictures") if pictures.is_dir() else b""}


def execute_away(job, slots):
    """Runs a packed job on the Dask worker that calls this, in a temporary folder.

    Args:
        job: What `pack` made.
        slots: What `count_slots` returned; decides the run's share of this machine's cores.

    Returns:
        What `execute` returns, with `luggage`: a zip file of everything that was written.
    """
    worker = get_worker()
    with tempfile.TemporaryDirectory(prefix="away-") as folder:
        folder = Path(folder)
        if job["luggage"]:
            zipfile.ZipFile(io.BytesIO(job["luggage"])).extractall(folder)
        # The pictures' names have their folder's in them, so it keeps its name.
        pictures = folder / "pictures" / Path(job["pictures"]).name
        pictures.parent.mkdir(exist_ok=True)
        here = {
            **{key: value for key, value in job.items() if key != "luggage"},
            "parameters": {**job["parameters"], "output_dir": str(pictures)},
            "pictures": str(pictures),
            "executed": str(folder / "executed.ipynb"),
            "log": str(folder / "log.txt"),
            "cwd": str(folder),
            "threads": max(1, os.cpu_count() // slots.get(_host(worker.address), 1)),
        }
        result = execute(here, lambda message: worker.log_event(TOPIC, message), _Unwanted(worker))
        return {**result, "host": _host(worker.address), "luggage": _zip(folder)}


def unpacked(future, job):
    """Returns a future of the same result, which has put what came back into the job's own places."""
    outer = Future()

    def bring_home(inner):
        try:
            result = inner.result()
            _put_home(result.pop("luggage"), job)
        except CancelledError:
            outer.cancel()
            outer.set_running_or_notify_cancel()
        except BaseException as error:
            outer.set_exception(error)
        else:
            outer.set_result(result)

    future.add_done_callback(bring_home)
    return outer


class _Unwanted:
    """A `Stop` that is pressed once nobody waits for this task any more: who asked is gone, or has cancelled it."""

    def __init__(self, worker):
        self.tasks = worker.state.tasks
        self.key = worker.get_current_task()

    @property
    def pressed(self):
        task = self.tasks.get(self.key)
        return 2 if task is None or task.state == "cancelled" else 0


def _put_home(luggage, job):
    with zipfile.ZipFile(io.BytesIO(luggage)) as archive:
        for entry in archive.infolist():
            parts = Path(entry.filename).parts
            if entry.is_dir() or ".." in parts:
                continue
            if parts[0] == "pictures":
                # Pictures of this run, and folders beside them that an earlier run was moved to.
                target = Path(job["pictures"]).parent.joinpath(*parts[1:])
            elif entry.filename in ("executed.ipynb", "log.txt"):
                target = Path(job["executed"] if entry.filename == "executed.ipynb" else job["log"])
            else:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(entry))


def _zip(folder, top=None):
    """Zips a folder's files; under `top/<its name>/` where `top` is given."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.endswith(".lock"):
                inside = path.relative_to(folder)
                archive.write(path, Path(top, folder.name, inside) if top else inside)
    return written.getvalue()


def _host(address):
    return address.split("://")[-1].rsplit(":", 1)[0]
