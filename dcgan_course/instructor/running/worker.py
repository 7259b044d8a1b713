"""One run in its own process: papermill on one notebook with one kernel. Started by `execution.py`."""

import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from dcgan_course.instructor.process.die_with_parent import die_with_us


class CourseKernelManager(AsyncKernelManager):
    """Starts this environment's own Python as the kernel, so that it ends when this process ends.

    Kernels that all look for free TCP ports at the same moment take each other's; a socket file belongs to one.
    """

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.connection_file = os.path.join(os.environ["INSTRUCTOR_SCRATCH"], "kernel.json")
        if os.name == "posix":
            self.transport = "ipc"

    def format_kernel_cmd(self, extra_arguments=None):
        """Returns the kernel's command line; a kernelspec of the user's could name another Python."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", self.connection_file, *(extra_arguments or [])]
        return die_with_us(command)

    async def _async_launch_kernel(self, *arguments, **keywords):
        await super()._async_launch_kernel(*arguments, **keywords)
        _KERNELS.append(self.provisioner.pid)


_KERNELS = []


def main():
    """Runs the job in the scratch folder; writes there how it ended."""
    scratch = Path(os.environ["INSTRUCTOR_SCRATCH"])
    job = json.loads((scratch / "job.json").read_text("utf-8"))
    threading.Thread(target=obey, daemon=True).start()
    outcome = execute(job)
    (scratch / "outcome.json").write_text(json.dumps(outcome), "utf-8")


def obey():
    """Follows the parent: `stop` interrupts the cell as Jupyter's stop button does; its end is ours."""
    for line in sys.stdin:
        if line.strip() == "stop":
            for kernel in _KERNELS:
                os.kill(kernel, signal.SIGINT)
    for kernel in _KERNELS:
        try:
            os.kill(kernel, getattr(signal, "SIGKILL", signal.SIGTERM))
        except OSError:
            pass
    shutil.rmtree(os.environ["INSTRUCTOR_SCRATCH"], ignore_errors=True)  # Whoever would have done it may be gone.
    os._exit(1)


def execute(job):
    """Runs one notebook to its end or its first error.

    Args:
        job: Dict of `source` (the notebook's text), `parameters`, `executed` (the copy to write), `log`
            and `cwd`.

    Returns:
        A dict of `error` (a line, or None) and `seconds`.
    """
    began = time.monotonic()
    error = None
    with open(job["log"], "a", encoding="utf-8") as log:
        try:
            papermill.execute_notebook(
                nbformat.reads(job["source"], as_version=4),
                job["executed"].replace("{", "{{").replace("}", "}}"),
                parameters=job["parameters"],
                kernel_name="python3",
                language="python",
                cwd=job["cwd"],
                progress_bar=False,
                stdout_file=log,
                stderr_file=log,
                kernel_manager_class=CourseKernelManager,
            )
        except PapermillExecutionError as failure:
            error = f"{failure.ename}: {failure.evalue}"
        except (CellExecutionError, DeadKernelError) as failure:
            error = f"The kernel died ({failure})."
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"
    return {"error": error, "seconds": time.monotonic() - began}


if __name__ == "__main__":
    main()
