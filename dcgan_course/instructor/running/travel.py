"""A run on another machine: the files that it needs go there with it, and the files that it wrote come back."""

import io
import tempfile
import zipfile
from concurrent.futures import CancelledError, Future
from dataclasses import asdict, replace
from pathlib import Path

from distributed import get_worker

from dcgan_course.instructor.running.execution import execute
from dcgan_lib.system.machine import usable_cores

TOPIC = "dcgan-course-progress"


def count_slots(client):
    """Returns how many runs each host of a cluster takes at once, a dict of host to number."""
    slots = {}
    for address, threads in client.nthreads().items():
        slots[_host(address)] = slots.get(_host(address), 0) + threads
    return slots


def pack_pictures(job):
    """Returns a zip file, as bytes, of the pictures and checkpoints that are there, for the run to go on from."""
    return _zip(job.pictures, "pictures") if job.pictures.is_dir() else b""


def execute_remotely(job, archive, slots):
    """Runs a job on the Dask worker that calls this, in a temporary folder.

    Args:
        job: A `Job`.
        archive: What `pack_pictures` returned.
        slots: What `count_slots` returned; decides the run's share of this machine's cores.

    Returns:
        A `Result`, and a zip file, as bytes, of everything that was written.
    """
    worker = get_worker()
    with tempfile.TemporaryDirectory(prefix="away-") as folder:
        folder = Path(folder)
        if archive:
            zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        # Keep the folder's own name: the pictures are named after it.
        pictures = folder / "pictures" / job.pictures.name
        pictures.parent.mkdir(exist_ok=True)
        local_job = replace(
            job,
            parameters={**job.parameters, "output_dir": str(pictures)},
            pictures=pictures,
            executed=folder / "executed.ipynb",
            log=folder / "log.txt",
            working_folder=folder,
            threads=max(1, usable_cores() // slots.get(_host(worker.address), 1)),
        )
        result = execute(local_job, lambda progress: worker.log_event(TOPIC, asdict(progress)), _TaskStop(worker))
        return replace(result, host=_host(worker.address)), _zip(folder)


def bring_home(future, job):
    """Returns a future of the `Result`; when it is ready, the files that came back are where the job wants them."""
    outer = Future()

    def unpack(inner):
        try:
            result, archive = inner.result()
            _unpack_files(archive, job)
        except CancelledError:
            outer.cancel()
            outer.set_running_or_notify_cancel()
        except BaseException as error:
            outer.set_exception(error)
        else:
            outer.set_result(result)

    future.add_done_callback(unpack)
    return outer


class _TaskStop:
    """A `Stop` that is pressed when nobody waits for this task any more: the client is gone, or has cancelled it."""

    def __init__(self, worker):
        self.tasks = worker.state.tasks
        self.key = worker.get_current_task()

    @property
    def pressed(self):
        task = self.tasks.get(self.key)
        return 2 if task is None or task.state == "cancelled" else 0


def _unpack_files(archive, job):
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for entry in files.infolist():
            parts = Path(entry.filename).parts
            if entry.is_dir() or ".." in parts:
                continue
            if parts[0] == "pictures":
                # Pictures of this run, and folders beside them that an earlier run was moved to.
                target = job.pictures.parent.joinpath(*parts[1:])
            elif entry.filename in ("executed.ipynb", "log.txt"):
                target = job.executed if entry.filename == "executed.ipynb" else job.log
            else:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(entry))


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
