"""A batch: grades the submissions that are new, and writes the results of all."""

import contextlib
import functools
import secrets
import time
from dataclasses import dataclass

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.grader import Grader, Stopped
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.results import publish
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.instructor.grading.submissions.intake import Submission, find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.running.log import RunProgress
from dcgan_course.instructor.running.pool import run_all, thread_pool
from dcgan_course.instructor.running.progress_display import ProgressDisplay
from dcgan_course.instructor.running.result import Result
from dcgan_course.refused import Refused
from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import course_root


@dataclass(frozen=True)
class GradingJob:
    """A submission as `run_all` takes it."""

    submission: Submission
    steps: int = 1

    @property
    def name(self):
        """The student, and the file where it is called otherwise."""
        student, file = self.submission.student, self.submission.file
        return student if file == student else f"{student} ({file})"


@dataclass(frozen=True)
class Graded(Result):
    """How grading ended, with what the ledger keeps: a `SubmissionResult`."""

    submission_result: SubmissionResult | None = None


def run_batch(arguments, source, output, scratch):
    """Grades what is new in `source` and writes all results to `output`; returns the exit status.

    `arguments` is what `argparse` made of the command line, and `scratch` an empty folder for files of this batch.
    """
    began = time.monotonic()
    masters = read_masters(course_root() / "notebooks")
    roster = Roster(arguments.roster)
    cores = usable_cores()
    workers = arguments.workers or cores
    (library := scratch / "library").mkdir()
    build_library(library)
    sandbox = Sandbox(str(library), arguments.isolation, arguments.memory, threads=max(1, cores // workers))
    sandbox.probe()
    submissions = find_submissions(source, roster, scratch / "unpacked")
    ledger = Ledger(output / "ledger.jsonl", masters)
    for submission in submissions:
        if submission.key:
            ledger.record_attempt(submission)
    # Two students may hand in the same file: it is graded once.
    new = {each.key: each for each in submissions if each.key and not ledger.is_final(each.key)}
    complete = True
    if new:
        batch = f"{time.strftime('%Y-%m-%d %H:%M:%S')}-{secrets.token_hex(2)}"
        by_name = {master.name: master for master in masters}
        references = References(by_name, sandbox)
        grader = Grader(by_name, references, sandbox, arguments.timeout, batch, output / "junit")
        complete = _grade(new, grader, ledger, workers)
    known = sum(bool(submission.key) for submission in submissions) - len(new)
    rows = gather(ledger, roster, submissions, masters, arguments.keep)
    publish.publish(rows, ledger, masters, output, arguments.format)
    publish.print_summary(rows, output, known, len(new), time.monotonic() - began)
    if not complete:
        print("Stopped. What is graded is kept; the same command goes on with the rest.")
        return 130
    return 1 if any(row.look for row in rows) else 0


def _grade(new, grader, ledger, workers):
    """Grades submissions; returns whether all were."""
    jobs = [GradingJob(submission) for submission in new.values()]
    workers = min(workers, len(jobs))
    progress = ProgressDisplay(jobs, workers)

    def done(result):
        if isinstance(result, Graded):
            ledger.record_result(result.submission_result)
        progress.end(result)

    def stop():
        grader.stopped = True

    try:
        with contextlib.closing(progress):
            pool = thread_pool(workers, functools.partial(_grade_one, grader, progress), stop)
            complete = run_all(jobs, pool, progress, done, "Stopping. What is graded is kept.")
    finally:
        if grader.checks.refusal is not None:
            raise grader.checks.refusal
    return complete


def _grade_one(grader, progress, job):
    """Grades one submission; an error in it does not touch the others."""
    progress.report(RunProgress(job.name))
    if grader.stopped or grader.checks.refusal is not None:
        return Result(job.name, "stopped")
    began = time.monotonic()
    submission = job.submission
    try:
        result = grader.grade(submission, grader.read(submission))
    except (Stopped, Refused):
        return Result(job.name, "stopped")
    except Exception as error:
        result = grader.ungraded(submission, f"{type(error).__name__}: {error}")
    status = "finished" if result.status == "graded" else "failed"
    error = result.reason and f"{result.status}. {result.reason}"
    return Graded(job.name, status, error, seconds=time.monotonic() - began, submission_result=result)
