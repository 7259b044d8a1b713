"""The process of one run: papermill executes one notebook in one kernel. `execution.py` starts it."""

import contextlib
import json
import os
import pickle
import shutil
import signal
import sys
import threading
from pathlib import Path

from dcgan_course.instructor.process.die_with_parent import die_with_us
from dcgan_course.instructor.process.quick_imports import skip_address_grammars

with skip_address_grammars():
    import nbformat
    import papermill
    from jupyter_client import AsyncKernelManager
    from nbclient.exceptions import CellExecutionError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from dcgan_course.instructor.running.streams import ENGINE


class CourseKernelManager(AsyncKernelManager):
    """Starts this environment's own Python as the kernel, which ends when this process ends.

    Kernels that look for free TCP ports at the same moment can choose the same one, so each has a socket file.
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
    """Runs what is in the scratch folder, and writes there how it ended."""
    scratch = Path(os.environ["INSTRUCTOR_SCRATCH"])
    run = pickle.loads((scratch / "run.pickle").read_bytes())
    threading.Thread(target=follow_parent, daemon=True).start()
    error = run_notebook(run)
    (scratch / "outcome.json").write_text(json.dumps({"error": error}), "utf-8")


def follow_parent():
    """Interrupts the cell when the parent says `stop`, as Jupyter's stop button does; ends when the parent ends."""
    for line in sys.stdin:
        if line.strip() == "stop":
            for kernel in _KERNELS:
                os.kill(kernel, signal.SIGINT)
    for kernel in _KERNELS:
        with contextlib.suppress(OSError):
            os.kill(kernel, getattr(signal, "SIGKILL", signal.SIGTERM))
    # Usually the parent removes this folder, but the parent may have been killed.
    shutil.rmtree(os.environ["INSTRUCTOR_SCRATCH"], ignore_errors=True)
    os._exit(1)


def run_notebook(run):
    """Runs the notebook of a `Run` to its end or its first error; returns the error as a line, or None."""
    with open(run.log, "a", encoding="utf-8") as log:
        try:
            papermill.execute_notebook(
                nbformat.reads(run.notebook.text, as_version=4),
                str(run.executed).replace("{", "{{").replace("}", "}}"),  # Papermill formats the path.
                parameters=run.parameters,
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                cwd=str(run.working_folder or run.notebook.path.parent),
                progress_bar=False,
                stdout_file=log,
                stderr_file=log,
                kernel_manager_class=CourseKernelManager,
            )
        except PapermillExecutionError as failure:
            return f"{failure.ename}: {failure.evalue}"
        except (CellExecutionError, DeadKernelError) as failure:
            return f"The kernel died ({failure})."
        except Exception as failure:
            return f"{type(failure).__name__}: {failure}"
    return None


if __name__ == "__main__":
    main()
