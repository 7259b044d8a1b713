"""What an instructor decides beside the marks: the due time, and what is adjusted by hand.

It is applied when results are gathered. Nothing is graded anew for it, and no result in the record holds any of it.
"""

from dataclasses import dataclass, field

from dcgan_course.instructor.grading.rules.adjustments import (
    AdjustmentTable,
    decide_adjustments,
    print_adjustments,
)
from dcgan_course.instructor.grading.rules.due import Deadline, read_deadline
from dcgan_course.instructor.grading.rules.late_summary import print_late
from dcgan_course.instructor.grading.rules.student_lines import Students
from dcgan_course.instructor.process.wording import visible


@dataclass(frozen=True)
class Rules:
    """What holds in one run."""

    deadline: Deadline | None = None
    table: AdjustmentTable | None = None  # Where the adjustments come from.
    adjustments: list = field(default_factory=list)  # Of `Adjustment`.
    surprises: list = field(default_factory=list)  # Sentences.
    is_given: bool = False  # Whether the table was given in this run, and is not one that the record keeps.

    def print(self, rows):
        """Says what is applied to the `StudentRow` objects."""
        print_late(rows, self.deadline)
        print_adjustments(self.table, self.adjustments, self.is_given)

    def record(self, ledger):
        """Lets the record keep the table of adjustments."""
        if self.table is not None:
            ledger.record_adjustments(self.table)


def read_rules(arguments, ledger, roster, submissions, masters):
    """Reads what the command line names; returns `Rules`. Raises `Refused` with all lines that are not right."""
    others = {each.identity: each.student for each in submissions}
    for identity, attempts in ledger.attempts_by_student(submissions).items():
        others.setdefault(identity, visible(attempts[-1].student))
    students = Students(roster, others)
    deadline = read_deadline(arguments, students)
    table, adjustments, surprises = decide_adjustments(arguments, ledger, students, masters)
    return Rules(deadline, table, adjustments, surprises, arguments.adjust is not None)
