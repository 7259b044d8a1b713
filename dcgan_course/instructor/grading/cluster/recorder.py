"""The process on a worker that runs a `Journey` in a sandbox of that machine, and writes down what came.

It reads the journey from stdin, and writes to stdout what `Report` holds.
"""

import resource
import sys
import tempfile
import time

from dcgan_course.instructor.grading.cluster.journey import Journey
from dcgan_course.instructor.grading.cluster.kit import find_difference
from dcgan_course.instructor.grading.cluster.recording import record_kernels
from dcgan_course.instructor.grading.cluster.report import Report
from dcgan_course.instructor.grading.marks.run_settings import OUR_BYTES, OUR_SECONDS
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.kernel_server import KernelEnded
from dcgan_course.instructor.grading.sandbox.leftovers import scratch_folder
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.instructor.process.signals import terminable
from dcgan_course.refused import Refused


def main():
    """Runs what stdin says."""
    # This process reads whatever a kernel sends. Only the soft limit: the kernel inherits it, and sets its own.
    resource.setrlimit(resource.RLIMIT_DATA, (OUR_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    journey = Journey.from_json(sys.stdin.read())
    if difference := find_difference(journey.kit):
        report = Report(refusal=difference)
    else:
        with terminable(), scratch_folder() as scratch:
            report = run(journey, scratch)
    sys.stdout.write(report.to_json())


def run(journey, scratch):
    """Runs a journey, with its files in the folder `scratch`; returns a `Report`.

    A journey without cells only asks whether this machine could run some.
    """
    began = time.monotonic()
    (library := scratch / "library").mkdir()
    sandbox = Sandbox(str(library), journey.isolation, journey.memory, journey.threads)
    try:
        build_library(library)
        if not journey.kernels:
            sandbox.probe()
            return Report(walls=sandbox.weaknesses())
        recording = _record(sandbox, journey)
    except Refused as refusal:
        return Report(refusal=str(refusal))
    except (KernelEnded, OSError, RuntimeError) as error:
        return Report(problem=f"{type(error).__name__}: {error}")
    return Report(recording=recording, seconds=round(time.monotonic() - began, 2))


def _record(sandbox, journey):
    """Returns the recording; raises `Refused` if this machine can make no sandbox."""
    kernel = None
    try:
        kernel = BoxedKernel(sandbox, tempfile.mkdtemp(), journey.imports, OUR_SECONDS)
        return record_kernels(kernel, journey.kernels)
    except (KernelEnded, OSError):
        sandbox.probe()
        raise
    finally:
        if kernel is not None:
            kernel.stop()


if __name__ == "__main__":
    main()
