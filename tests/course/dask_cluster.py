"""A real Dask scheduler with worker processes on loopback."""

import contextlib
import json
import subprocess
import sys

from test_run import wait_until


@contextlib.contextmanager
def run_cluster(folder, environments):
    """Starts a scheduler, and a worker with each of some environments; yields the address and the workers' processes.

    It waits until all workers are connected.
    """
    processes = []

    def launch(environment, *arguments):
        (folder / "workers").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "distributed.cli." + arguments[0], *map(str, arguments[1:])]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        processes.append(subprocess.Popen(command, env=environment, cwd=folder / "workers", **quiet))
        return processes[-1]

    try:
        file = folder / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)
        launch(environments[0], "dask_scheduler", *options)
        wait_until(file.is_file)
        address = wait_until(lambda: json.loads(file.read_text() or "{}").get("address"))
        options = ("--nthreads", 1, "--no-nanny", "--no-dashboard")
        workers = [launch(environment, "dask_worker", address, *options) for environment in environments]
        wait_until(lambda: count_workers(address) == len(workers))
        yield address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()


def count_workers(address):
    """Returns how many workers are connected."""
    code = f"from distributed import Client; print(len(Client({address!r}).nthreads()))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout or 0)
