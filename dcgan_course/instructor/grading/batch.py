"""A batch: all that is new among the submissions is graded, and the results of all are written."""

import contextlib
import functools
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.grader import Grader, Stopped
from dcgan_course.instructor.grading.marks.reference import make_reference
from dcgan_course.instructor.grading.results import publish
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.running.pool import run_all
from dcgan_course.instructor.running.progress_display import ProgressDisplay
from dcgan_course.refused import Refused
from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import course_root

STOPPING = "Stopping. What is graded is kept."


def run_batch(arguments, source, output, scratch):
    """Grades what is new and writes all results.

    Args:
        arguments: What `argparse` made of the command line.
        source: The folder or zip with the submissions.
        output: The folder of the grades.
        scratch: A folder that is taken away afterwards.

    Returns:
        The exit status.
    """
    began = time.monotonic()
    masters = read_masters(course_root() / "notebooks")
    roster = Roster(arguments.roster)
    cores = usable_cores()
    workers = arguments.workers or cores
    (scratch / "library").mkdir()
    build_library(scratch / "library")
    sandbox = {
        "library": str(scratch / "library"),
        "isolation": arguments.isolation,
        "memory": arguments.memory,
        "threads": max(1, cores // workers),
    }
    Sandbox(**sandbox).probe()
    submissions = find_submissions(source, roster, scratch / "unpacked")
    ledger = Ledger(output / "ledger.jsonl", masters)
    for submission in submissions:
        if submission.key:
            ledger.record_attempt(submission)
    new = {one.key: one for one in submissions if one.key and not ledger.is_final(one.key)}
    complete = True
    if new:
        grader = Grader(masters, References(masters, sandbox), sandbox, arguments.timeout, _name(), output / "junit")
        complete = _grade(new, grader, ledger, workers)
    known = sum(bool(submission.key) for submission in submissions) - len(new)
    rows = gather(ledger, roster, submissions, masters, arguments.keep)
    publish.publish(rows, ledger, masters, output, arguments.format)
    publish.print_summary(rows, output, known, len(new), time.monotonic() - began)
    if not complete:
        print("Stopped. What is graded is kept; the same command goes on with the rest.")
        return 130
    return 1 if any(row["look"] for row in rows) else 0


class References:
    """The checks of each notebook in this batch, made when the first submission of that notebook comes.

    Args:
        masters: List of `Master`.
        sandbox: Dict of what `Sandbox` takes.

    Attributes:
        refusal: The `Refused` that a master was found to deserve, or None.
    """

    def __init__(self, masters, sandbox):
        self._masters = {master.name: master for master in masters}
        self._sandbox = Sandbox(**sandbox)
        self._locks = {name: threading.Lock() for name in self._masters}
        self._made = {}
        self.refusal = None

    def __getitem__(self, name):
        with self._locks[name]:
            if name not in self._made:
                try:
                    self._made[name] = make_reference(self._masters[name], self._sandbox)
                except Refused as refusal:
                    self.refusal = refusal
                    raise
            return self._made[name]


def _name():
    return f"{time.strftime('%Y-%m-%d %H:%M:%S')}-{secrets.token_hex(2)}"


def _grade(new, grader, ledger, workers):
    """Grades submissions; returns whether all were."""
    jobs = [{"name": _job_name(submission), "steps": 1, "submission": submission} for submission in new.values()]
    workers = min(workers, len(jobs))
    progress = ProgressDisplay(jobs, workers)

    def done(result):
        if "result" in result:
            ledger.record_result(result["result"])
        progress.end(result)

    try:
        with contextlib.closing(progress):
            complete = run_all(jobs, _pool(grader, workers, progress), progress, done, STOPPING)
    finally:
        if grader.checks.refusal is not None:
            raise grader.checks.refusal
    return complete


def _job_name(submission):
    return f"{submission.student} ({submission.file})" if submission.file != submission.student else submission.student


@contextlib.contextmanager
def _pool(grader, workers, progress):
    executor = ThreadPoolExecutor(workers)

    def stop():
        grader.stopped = True

    try:
        yield functools.partial(executor.submit, _grade_one, grader, progress), stop
    except BaseException:
        stop()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _grade_one(grader, progress, job):
    """Grades one submission; what goes wrong with it is that one's alone."""
    about = {"name": job["name"], "error": None, "seconds": 0.0}
    progress.report({"name": job["name"], "step": None, "steps": None, "left": None})
    if grader.stopped or grader.checks.refusal is not None:
        return {**about, "status": "stopped"}
    began = time.monotonic()
    submission = job["submission"]
    try:
        result = grader.grade(submission, grader.read(submission))
    except (Stopped, Refused):
        return {**about, "status": "stopped"}
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        result = {"key": submission.key, "status": "grader error", "reason": reason, "notebook": None, "warnings": []}
        result["batch"] = grader.batch
    result["isolation"] = grader.sandbox["isolation"]
    status = "finished" if result["status"] == "graded" else "failed"
    error = result["reason"] and f"{result['status']}. {result['reason']}"
    return {**about, "status": status, "error": error, "seconds": time.monotonic() - began, "result": result}
