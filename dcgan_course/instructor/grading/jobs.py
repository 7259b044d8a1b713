"""Reads or grades many submissions at once; an error in one does not touch the others."""

import contextlib
import functools
import sys
import time
from collections import Counter
from dataclasses import dataclass

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.submissions.intake import Submission
from dcgan_course.instructor.grading.submissions.reading import Reading
from dcgan_course.instructor.process.own_command import Stopped
from dcgan_course.instructor.process.wording import visible
from dcgan_course.instructor.running.log import RunProgress
from dcgan_course.instructor.running.pool import run_all, thread_pool
from dcgan_course.instructor.running.progress_display import ProgressDisplay
from dcgan_course.instructor.running.result import Result
from dcgan_course.refused import Refused

MOST_WAITING = 500  # Submissions that wait for a cluster's workers at once.


class QuietProgress:
    """For jobs that take no longer than a moment: only what must be said is shown."""

    def show(self):
        """Shows nothing."""

    def say(self, text):
        """Writes a line that stays."""
        print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class GradingJob:
    """A submission as `run_all` takes it."""

    name: str  # The student, and the file where it is called otherwise; no two are the same.
    submission: Submission
    reading: Reading | None = None
    steps: int = 1


@dataclass(frozen=True)
class WasRead(Result):
    """How reading ended, with the submission's key and its `Reading`."""

    key: str = ""
    reading: Reading | None = None


@dataclass(frozen=True)
class Graded(Result):
    """How grading ended, with what the ledger keeps: a `SubmissionResult`."""

    submission_result: SubmissionResult | None = None


def _jobs(new, readings):
    """Makes a `GradingJob` of each submission; no two have one name."""
    jobs, names = [], Counter()
    for each in new.values():
        name = each.student if each.file == each.student else f"{each.student} ({each.file})"
        names[name] += 1
        number = f" #{names[name]}" if names[name] > 1 else ""
        jobs.append(GradingJob(f"{name}{number}", each, readings.get(each.key)))
    return jobs


def read_all(new, grader, workers):
    """Reads submissions, each in a process with limits; returns a dict of `Reading` by key, and whether all were."""
    if not new:
        return {}, True
    print(f"Reading {len(new)} file{'s' * (len(new) > 1)} ...", file=sys.stderr, flush=True)
    readings = {}

    def done(result):
        if isinstance(result, WasRead) and result.reading is not None:
            readings[result.key] = result.reading

    pool = thread_pool(min(workers, len(new)), functools.partial(_read_one, grader), _stopper(grader))
    complete = run_all(_jobs(new, {}), pool, QuietProgress(), done, "Stopping.")
    return readings, complete


def _read_one(grader, job):
    """Reads one submission; one that we cannot read is tried once more when it is graded, where the reason is kept."""
    try:
        return WasRead(job.name, "finished", key=job.submission.key, reading=grader.read(job.submission))
    except Exception as error:
        return Result(job.name, "failed", f"{type(error).__name__}: {error}")


def grade_all(new, readings, grader, record, workers, unwritten):
    """Grades submissions; returns whether all were.

    `record` is called with each `SubmissionResult`; those that cannot be written down go to `unwritten`, by key.
    """
    if not new:
        return True
    jobs = _jobs(new, readings)
    workers = min(MOST_WAITING if grader.cluster else workers, len(jobs))
    progress = ProgressDisplay(jobs, workers)

    def done(result):
        if isinstance(result, Graded):
            try:
                record(result.submission_result)
            except OSError as error:  # A full disk costs this line of the record, and not the class.
                unwritten[result.submission_result.key] = error.strerror
        progress.end(result)

    try:
        with contextlib.closing(progress):
            pool = thread_pool(workers, functools.partial(_grade_one, grader, progress), _stopper(grader))
            complete = run_all(jobs, pool, progress, done, "Stopping. What is graded is kept.")
    finally:
        if grader.refusal is not None:
            raise grader.refusal
    return complete


def grade_again(due, grader, ledger, workers, failed):
    """Grades submissions again with a grader of some exercises; returns whether all were.

    What could not be graded keeps its marks, and the reason goes to `failed`, by key.
    """
    print(f"{len(due) or 'No'} file{'s' * (len(due) != 1)} to be graded again.", flush=True)

    def record(result):
        if result.status != "graded":
            failed[result.key] = result.reason
        ledger.record_again(result)

    return grade_all(due, {}, grader, record, workers, failed)


def _stopper(grader):
    def stop():
        grader.stopped = True

    return stop


def _grade_one(grader, progress, job):
    """Grades one submission; an error in it does not touch the others."""
    began = time.monotonic()

    def begin():
        nonlocal began
        began = time.monotonic()
        progress.report(RunProgress(job.name))

    if grader.cluster is None:
        begin()
    if grader.stopped or grader.refusal is not None:
        return Result(job.name, "stopped")
    submission = job.submission
    try:
        result = grader.grade(submission, job.reading or grader.read(submission), begin)
    except (Stopped, Refused):
        return Result(job.name, "stopped")
    except Exception as error:
        result = grader.ungraded(submission, f"{type(error).__name__}: {error}")
    status = "finished" if result.status == "graded" else "failed"
    error = result.reason and visible(f"{result.status}. {result.reason}")
    return Graded(job.name, status, error, seconds=time.monotonic() - began, submission_result=result)
