"""A run on another machine: the files that it needs go there with it, and the files that it wrote come back."""

import collections
import io
import tempfile
import zipfile
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path

from distributed import get_worker

from dcgan_course.instructor.running.execution import execute
from dcgan_lib.system.machine import usable_cores

TOPIC = "dcgan-course-progress"


def count_slots(client):
    """Returns how many runs each host of a cluster takes at once, a dict of host to number."""
    slots = collections.Counter()
    for address, threads in client.nthreads().items():
        slots[_host(address)] += threads
    return slots


def count_threads(worker, slots):
    """Returns the cores that one task may use on a worker's machine; `slots` is what `count_slots` returned."""
    return max(1, usable_cores() // slots.get(_host(worker.address), 1))


def watch_task(worker):
    """Returns a function that says whether nobody waits for the task that calls this any more.

    Then the client is gone, or has cancelled it.
    """
    key = worker.get_current_task()

    def is_abandoned():
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    return is_abandoned


def pack_pictures(run):
    """Returns a zip file, as bytes, of the pictures and checkpoints that are there, for the run to go on from."""
    return _zip(run.pictures, "pictures") if run.pictures.is_dir() else b""


def execute_remotely(run, archive, slots):
    """Executes a `Run` on the Dask worker that calls this, in a temporary folder.

    `archive` is what `pack_pictures` returned. `slots` is what `count_slots` returned: it decides the run's share of
    this machine's cores. Returns a `Result`, and a zip file, as bytes, of everything that was written.
    """
    worker = get_worker()
    with tempfile.TemporaryDirectory(prefix="away-") as folder:
        folder = Path(folder)
        if archive:
            zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
        # Keep the folder's own name: the pictures are named after it.
        pictures = folder / "pictures" / run.pictures.name
        pictures.parent.mkdir(exist_ok=True)
        local_run = replace(
            run,
            pictures=pictures,
            executed=folder / "executed.ipynb",
            log=folder / "log.txt",
            working_folder=folder,
            threads=count_threads(worker, slots),
        )
        is_abandoned = watch_task(worker)
        result = execute(
            local_run,
            lambda progress: worker.log_event(TOPIC, asdict(progress)),
            lambda: 2 if is_abandoned() else 0,
        )
        return replace(result, host=_host(worker.address)), _zip(folder)


def bring_home(future, run):
    """Returns a future of the `Result`; when it is ready, the files that came back are where the run wants them."""
    outer = Future()
    outer.set_running_or_notify_cancel()  # Only `future` can be cancelled: files that are on their way must arrive.

    def unpack(inner):
        try:
            result, archive = inner.result()
            _unpack_files(archive, run)
        except BaseException as error:  # A `CancelledError` too.
            outer.set_exception(error)
        else:
            outer.set_result(result)

    future.add_done_callback(unpack)
    return outer


def _unpack_files(archive, run):
    named = {"executed.ipynb": run.executed, "log.txt": run.log}
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for entry in files.infolist():
            # In "pictures" are those of this run, and folders beside them that an earlier run was moved to.
            top, *inside = Path(entry.filename).parts
            target = run.pictures.parent.joinpath(*inside) if top == "pictures" else named.get(entry.filename)
            if target is None or entry.is_dir() or ".." in inside:
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
