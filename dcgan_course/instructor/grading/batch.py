"""A batch: grades the submissions that are new, and writes the results of all."""

import contextlib
import functools
import secrets
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace

from dcgan_course.instructor.grading.drawings.drawings import Drawings
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.grader import Grader
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions
from dcgan_course.instructor.grading.regrading import begin_regradings, find_due, read_keys, say_earlier
from dcgan_course.instructor.grading.results.hand_ins import make_overview, print_overview, print_surprises
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.moved import print_moved
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.rules.rules import read_rules
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.instructor.grading.submissions.intake import Submission, find_submissions
from dcgan_course.instructor.grading.submissions.reading import Reading
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.process.own_command import Stopped
from dcgan_course.instructor.process.wording import shown, visible
from dcgan_course.instructor.running.log import RunProgress
from dcgan_course.instructor.running.pool import run_all, thread_pool
from dcgan_course.instructor.running.progress_display import ProgressDisplay
from dcgan_course.instructor.running.result import Result
from dcgan_course.refused import Refused
from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import course_root

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


def run_batch(arguments, source, output, scratch, cluster=None):
    """Shows who handed in what, grades what is new in `source`, and writes all results to `output`.

    `arguments` is what `argparse` made of the command line, and `scratch` an empty folder for files of this batch.
    Answers are run on a `Cluster`, or where there is none on this machine. Returns the exit status. Raises `Refused` if
    something about the class is a surprise and `arguments.yes` is False.
    """
    began = time.monotonic()
    masters = read_masters(course_root() / "notebooks")
    again = read_keys(arguments.regrade, masters)
    roster = Roster(arguments.roster)
    workers = arguments.workers or usable_cores()
    grader = replace(make_grader(arguments, masters, output, scratch, workers), cluster=cluster)
    intake = find_submissions(source, roster, scratch / "unpacked")
    ledger = Ledger(output / "ledger.jsonl", masters, again)
    rules = read_rules(arguments, ledger, roster, intake.submissions, masters)
    # Two students may hand in the same file: it is graded once.
    new = {each.key: each for each in intake.submissions if each.key and not ledger.is_final(each.key)}
    readings, complete = _read_all(new, grader, workers)
    if not complete:
        print("Stopped. Nothing new was graded.")
        return 130

    def look(pending):
        rows = gather(ledger, roster, intake.submissions, masters, arguments.keep, rules.deadline, rules.adjustments)
        overview = make_overview(rows, ledger, intake, roster, readings, arguments.keep, pending)
        overview.surprises.extend(rules.surprises)
        return rows, overview

    rows, overview = look(new)
    walls = (cluster or grader.sandbox).weaknesses() if (new or again) and not arguments.dry_run else []
    publish.write_page(rows, ledger, masters, output, overview, walls, rules.deadline)
    print_overview(overview)
    if overview.surprises and not (arguments.yes or arguments.dry_run):
        raise Refused(_say_surprises(overview.surprises, output))
    print_surprises(overview)
    if arguments.dry_run:
        rules.print(rows)
        return 1 if overview.surprises else 0
    for sentence in walls:
        print(sentence)
    unwritten = ledger.record_attempts(intake.submissions)
    rules.record(ledger)
    begin_regradings(ledger, again, masters, arguments)
    complete = _grade_all(new, readings, grader, ledger.record_result, workers, unwritten)
    failed = {}
    if complete and again:
        due = find_due(ledger, intake.submissions, again, masters)
        complete = _grade_again(due, grader.only(again), ledger, workers, failed)
    rows, overview = look(())
    say_earlier(rows, ledger, intake.submissions, failed, masters)
    for row in rows:
        keys = {each.key for each in intake.submissions if each.identity == row.identity}
        for reason in dict.fromkeys(unwritten[name] for name in (row.identity, *sorted(keys)) if name in unwritten):
            row.look.append(f"It could not be written to the record ({reason}), so it will be graded again.")
    drawings = Drawings(output, masters, rows)
    drawings.write()  # Before `index.html`, which links what is there.
    feedback = FeedbackOptions(arguments.language, arguments.show_expected)
    troubles = publish.publish(
        rows, ledger, masters, output, arguments.format, overview, walls, feedback, rules.deadline
    )
    known = sum(bool(submission.key) for submission in intake.submissions) - len(new)
    publish.print_summary(rows, output, known, len(new), time.monotonic() - began)
    rules.print(rows)
    print_moved(rows, ledger, again)
    for trouble in troubles:
        print(trouble)
    if complete:
        print(drawings.update(intake.submissions, workers))
    else:
        print("Stopped. What is graded is kept; the same command goes on with the rest.")
        return 130
    return 1 if troubles or any(row.look for row in rows) else 0


def make_grader(arguments, masters, output, scratch, workers):
    """Makes the `Grader`; one that is to run something must have a sandbox. XML files go to a folder in `output`."""
    (library := scratch / "library").mkdir()
    threads = max(1, usable_cores() // workers)
    sandbox = Sandbox(str(library), arguments.isolation, arguments.memory, threads=threads)
    if not arguments.dry_run:
        build_library(library)
        sandbox.probe()
    batch = f"{time.strftime('%Y-%m-%d %H:%M:%S')}-{secrets.token_hex(2)}"
    by_name = {master.name: master for master in masters}
    references, turns = References(by_name, sandbox), threading.Semaphore(workers)
    return Grader(by_name, references, sandbox, arguments.timeout, batch, output / "junit", turns=turns)


def _say_surprises(surprises, output):
    listed = "".join(f"  {surprise}\n" for surprise in surprises)
    return (
        f"Nothing was run, because something about the class is a surprise:\n{listed}"
        f"The table above and {shown(output / 'index.html')} show who handed in what. Correct the names of the folders "
        f"or the class list. If all is as it should be, run the command again with --yes."
    )


def _jobs(new, readings):
    """Makes a `GradingJob` of each submission; no two have one name."""
    jobs, names = [], Counter()
    for each in new.values():
        name = each.student if each.file == each.student else f"{each.student} ({each.file})"
        names[name] += 1
        number = f" #{names[name]}" if names[name] > 1 else ""
        jobs.append(GradingJob(f"{name}{number}", each, readings.get(each.key)))
    return jobs


def _read_all(new, grader, workers):
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


def _grade_all(new, readings, grader, record, workers, unwritten):
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


def _grade_again(due, grader, ledger, workers, failed):
    """Grades submissions again with a grader of some exercises; returns whether all were.

    What could not be graded keeps its marks, and the reason goes to `failed`, by key.
    """
    print(f"{len(due) or 'No'} file{'s' * (len(due) != 1)} to be graded again.", flush=True)

    def record(result):
        if result.status != "graded":
            failed[result.key] = result.reason
        ledger.record_again(result)

    return _grade_all(due, {}, grader, record, workers, failed)


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
