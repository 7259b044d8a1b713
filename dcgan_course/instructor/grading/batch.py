"""A batch: grades the submissions that are new, and writes the results of all."""

import secrets
import time
from argparse import Namespace
from dataclasses import dataclass, field, replace
from pathlib import Path

from dcgan_course.instructor.grading.drawings.drawings import Drawings
from dcgan_course.instructor.grading.jobs import grade_again, grade_all, read_all
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.grader import NBVAL, READER, Grader
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions
from dcgan_course.instructor.grading.regrading import begin_regradings, find_due, read_keys, say_earlier
from dcgan_course.instructor.grading.results.hand_ins import make_overview, print_overview, print_surprises
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.moved import print_moved
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.rules.rules import Rules, read_rules
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.instructor.grading.submissions.intake import Intake, find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.process.fork_server import ForkServer
from dcgan_course.instructor.process.turns import Turns
from dcgan_course.instructor.process.wording import shown
from dcgan_course.refused import Refused
from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import course_root


def run_batch(arguments, source, output, scratch, cluster=None):
    """Shows who handed in what, grades what is new in `source`, and writes all results to `output`.

    `arguments` is what `argparse` made of the command line, and `scratch` an empty folder for files of this batch.
    Answers are run on a `Cluster`, or where there is none on this machine. Returns the exit status. Raises `Refused` if
    something about the class is a surprise and `arguments.yes` is False.
    """
    began = time.monotonic()
    batch = _open_batch(arguments, source, output, scratch, cluster)
    with batch.grader:
        if not batch.read():
            print("Stopped. Nothing new was graded.")
            return 130
        surprises = batch.show()
        if arguments.dry_run:
            return 1 if surprises else 0
        complete = batch.grade()
    return batch.write(complete, began)


@dataclass
class Batch:
    """A class's files and what is known of them."""

    arguments: Namespace
    output: Path
    masters: list
    again: list  # The keys of exercises that are graded again.
    roster: Roster
    intake: Intake
    ledger: Ledger
    rules: Rules
    grader: Grader
    workers: int
    new: dict  # From its key to each `Submission` that has no result yet.
    readings: dict = field(default_factory=dict)  # From a new submission's key to its `Reading`.
    walls: list = field(default_factory=list)  # Sentences on what is weak about the sandbox.
    unwritten: dict = field(default_factory=dict)  # From a key or identity to why it could not be written down.
    failed: dict = field(default_factory=dict)  # From a key to why it could not be graded again.

    def read(self):
        """Reads what is new; returns whether all of it was."""
        self.readings, complete = read_all(self.new, self.grader, self.workers)
        return complete

    def show(self):
        """Shows who handed in what, before anything is run; returns the surprises, a list of sentences.

        Raises `Refused` if there are some, unless the command line accepts them or only wants to see.
        """
        dry_run = self.arguments.dry_run
        rows, overview = self._look(self.new)
        if (self.new or self.again) and not dry_run:
            self.walls = (self.grader.cluster or self.grader.server.plain).weaknesses()
        publish.write_page(rows, self.ledger, self.masters, self.output, overview, self.walls, self.rules.deadline)
        print_overview(overview)
        if overview.surprises and not (self.arguments.yes or dry_run):
            raise Refused(_say_surprises(overview.surprises, self.output))
        print_surprises(overview)
        if dry_run:
            self.rules.print(rows)
        return overview.surprises

    def grade(self):
        """Grades what is new, and what is to be graded again; returns whether all of it was."""
        for sentence in self.walls:
            print(sentence)
        self.unwritten = self.ledger.record_attempts(self.intake.submissions)
        self.rules.record(self.ledger)
        begin_regradings(self.ledger, self.again, self.masters, self.arguments)
        record = self.ledger.record_result
        complete = grade_all(self.new, self.readings, self.grader, record, self.workers, self.unwritten)
        if complete and self.again:
            due = find_due(self.ledger, self.intake.submissions, self.again, self.masters)
            complete = grade_again(due, self.grader.only(self.again), self.ledger, self.workers, self.failed)
        return complete

    def write(self, complete, began):
        """Writes all results and says what came out; returns the exit status."""
        rows, overview = self._look(())
        self._say_what_is_missing(rows)
        drawings = Drawings(self.output, self.masters, rows)
        drawings.write()  # Before `index.html`, which links what is there.
        troubles = publish.publish(
            rows,
            self.ledger,
            self.masters,
            self.output,
            self.arguments.format,
            overview,
            self.walls,
            FeedbackOptions(self.arguments.language, self.arguments.show_expected),
            self.rules.deadline,
        )
        publish.print_summary(rows, self.output, self._count_files(), time.monotonic() - began)
        self.rules.print(rows)
        print_moved(rows, self.ledger, self.again)
        for trouble in troubles:
            print(trouble)
        if not complete:
            print("Stopped. What is graded is kept; the same command goes on with the rest.")
            return 130
        print(drawings.update(self.intake.submissions, self.workers))
        return 1 if troubles or any(row.look for row in rows) else 0

    def _count_files(self):
        """Counts the files that were graded now and before, and those that are the same as another."""
        keys = [submission.key for submission in self.intake.submissions if submission.key]
        now = sum(map(self.ledger.is_final, self.new))  # A batch that was stopped has fewer than it began.
        return now, len(set(keys)) - len(self.new), len(keys) - len(set(keys))

    def _look(self, pending):
        """Returns the `StudentRow` objects and the `Overview`; `pending` are the keys that will be graded."""
        submissions, keep = self.intake.submissions, self.arguments.keep
        rows = gather(
            self.ledger, self.roster, submissions, self.masters, keep, self.rules.deadline, self.rules.adjustments
        )
        overview = make_overview(rows, self.ledger, self.intake, self.roster, self.readings, keep, pending)
        overview.surprises.extend(self.rules.surprises)
        return rows, overview

    def _say_what_is_missing(self, rows):
        """Says of each student what could not be graded again, or not be written down."""
        say_earlier(rows, self.ledger, self.intake.submissions, self.failed, self.masters)
        for row in rows:
            keys = {each.key for each in self.intake.submissions if each.identity == row.identity}
            names = [name for name in (row.identity, *sorted(keys)) if name in self.unwritten]
            for reason in dict.fromkeys(self.unwritten[name] for name in names):
                row.look.append(f"It could not be written to the record ({reason}), so it will be graded again.")


def _open_batch(arguments, source, output, scratch, cluster):
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
    return Batch(arguments, output, masters, again, roster, intake, ledger, rules, grader, workers, new)


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
    server = RoomServer(sandbox, "\n".join(master.imports for master in masters), workers)
    turns, forks = Turns(workers), ForkServer([NBVAL, READER])
    references = References(by_name, server, turns)
    return Grader(by_name, references, server, forks, arguments.timeout, batch, output / "junit", turns)


def _say_surprises(surprises, output):
    listed = "".join(f"  {surprise}\n" for surprise in surprises)
    return (
        f"Nothing was run, because something about the class is a surprise:\n{listed}"
        f"The table above and {shown(output / 'index.html')} show who handed in what. Correct the names of the folders "
        f"or the class list. If all is as it should be, run the command again with --yes."
    )
