"""The instructor's end of the cluster: sends journeys, and takes what comes back."""

import contextlib
import secrets
from concurrent.futures import CancelledError, wait
from dataclasses import replace

from dcgan_course.instructor.grading.cluster import worker
from dcgan_course.instructor.grading.cluster.journey import Journey
from dcgan_course.instructor.grading.cluster.kit import describe_kit
from dcgan_course.instructor.grading.cluster.report import Report
from dcgan_course.instructor.grading.marks.scoring import BrokenRun
from dcgan_course.instructor.process.own_command import Stopped
from dcgan_course.instructor.process.wording import visible
from dcgan_course.instructor.running.pool import connect
from dcgan_course.refused import Refused

LOOK_SECONDS = 0.5
MOST_REASON = 300  # Characters.


@contextlib.contextmanager
def open_cluster(address, isolation, memory):
    """Yields the `Cluster` whose Dask scheduler is at an address.

    Raises `Refused` if there is none, or a worker cannot run answers in such a sandbox; the sentence names it.
    """
    with connect(address) as (client, slots):
        cluster = Cluster(client, slots, Journey(describe_kit(), isolation, memory))
        cluster.examine_workers()
        yield cluster


class Cluster:
    """Machines that run answers.

    Dask gives a journey whose worker is lost to another worker; what the lost one may have sent is not taken.

    Attributes:
        refusal: The `Refused` that a worker has caused that came later, or None.
    """

    def __init__(self, client, slots, empty):
        self._client, self._slots, self._empty = client, slots, empty
        self._executor = client.get_executor(pure=False)
        self._waiting = {}  # From a journey's name to what is called when it begins.
        self._walls = {}  # From a sentence to the workers that it is true of.
        self.refusal = None
        client.subscribe_topic(worker.TOPIC, self._note_beginning)

    def examine_workers(self):
        """Raises `Refused` unless all workers can run answers as they are run here; one that is lost by then may go."""
        reports = self._client.run(worker.examine, self._empty.to_json(), on_error="return")
        reports = {address: text for address, text in reports.items() if not isinstance(text, OSError)}
        if not reports:
            raise Refused("--scheduler: all workers were lost before anything was run. Start some, and run it again.")
        for address, text in reports.items():
            if isinstance(text, Exception):
                raise _refuse(address, f"{type(text).__name__}: {text}. Install the course there")
            report = Report.from_json(text)
            if report.refusal or report.problem:
                raise _refuse(address, report.refusal or report.problem)
            for sentence in report.walls:
                self._walls.setdefault(sentence, []).append(address)

    def weaknesses(self):
        """Returns what an instructor should know of the walls on the workers: a list of sentences."""
        return [f"On {', '.join(addresses)}: {sentence}" for sentence, addresses in self._walls.items()]

    def record(self, imports, kernels, is_stopped, begin):
        """Runs cells on a worker; returns its `Report`.

        Args:
            imports: The source of what each kernel has imported.
            kernels: What `split_kernels` returned.
            is_stopped: Says whether it should be stopped.
            begin: Is called when a worker begins with it.

        Raises:
            Stopped: If it was stopped.
            BrokenRun: If it could not be run.
            Refused: If the worker must not run answers, or the scheduler is gone.
        """
        name, text = secrets.token_hex(8), replace(self._empty, imports=imports, kernels=kernels).to_json()
        self._waiting[name] = begin
        try:
            future = self._executor.submit(worker.record, text, name, self._slots)
            while not wait([future], timeout=LOOK_SECONDS).done:
                if is_stopped() or self.refusal is not None:
                    future.cancel()
                    raise Stopped
            address, text = future.result()
            report = Report.from_json(text)
        except CancelledError:
            raise self._stop(Refused("--scheduler: the Dask scheduler is gone. What is graded is kept.")) from None
        except Stopped:
            raise
        except Exception as error:  # Dask's, such as `KilledWorker`: three workers were lost with it.
            reason = visible(f"{type(error).__name__}: {error}"[:MOST_REASON])
            raise BrokenRun(f"the cluster could not run it ({reason})") from None
        finally:
            del self._waiting[name]
        if report.refusal:
            raise self._stop(_refuse(address, report.refusal))
        if report.problem:
            raise BrokenRun(f"the worker {address} could not run it ({visible(report.problem)})")
        return report

    def _stop(self, refusal):
        self.refusal = self.refusal or refusal
        return refusal

    def _note_beginning(self, event):
        self._waiting.get(event[1], lambda: None)()


def _refuse(address, reason):
    return Refused(f"--scheduler: the worker {address} must not run answers: {visible(reason)}")
