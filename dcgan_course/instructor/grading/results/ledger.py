"""What was handed in and what it was given: lines are added to one file, and none is ever changed."""

import contextlib
import errno
import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.submissions.intake import BY_NAME
from dcgan_course.instructor.grading.submissions.senders import read_sender
from dcgan_course.refused import Refused

FINAL = ("graded", "could not be graded")


@dataclass(frozen=True)
class Attempt:
    """That a student handed something in."""

    key: str  # The submission's hash.
    identity: str  # What tells the student from all others: the class list's id, or the name.
    student: str  # The student's name.
    file: str  # What was handed in.


class Ledger:
    """The lasting record of a folder of grades.

    Its file has one JSON object a line. Grades of other masters do not belong in the same record: they are `Refused`.

    Attributes:
        results: Dict from a submission's key to its `SubmissionResult`.
        attempts: List of `Attempt` of all students, oldest first.
    """

    def __init__(self, path, masters):
        self.path = path
        self.results, self.attempts = {}, []
        digests = {master.name: master.digest for master in masters}
        lines = self._read()
        written = next((line["masters"] for line in lines if line["kind"] == "masters"), None)
        if written is not None and written != digests:
            raise Refused(
                f"The exercises or checks have changed since the grades in '{self.path.parent}' were begun, and two "
                f"students must not be measured differently. Name another --output to grade everybody anew."
            )
        for line in lines:
            kind = line.pop("kind")
            # A line that is not understood costs itself alone: the submission is found and graded again.
            with contextlib.suppress(TypeError, KeyError, AttributeError):
                if kind == "attempt":
                    self.attempts.append(Attempt(**line))
                elif kind == "result" and not self.is_final(line["key"]):
                    self.results[line["key"]] = SubmissionResult.from_json(line)
        self._first = None if written is not None else digests  # The record begins when there is something to record.

    def record_attempts(self, submissions):
        """Writes down what students have handed in, as far as it is new.

        Returns a dict from the identity of those for whom that failed to the reason; what is in memory has them all.
        """
        recorded = self.attempts_by_student(submissions, with_new=False)
        failed = {}
        for identity, attempts in self.attempts_by_student(submissions).items():
            for attempt in attempts[len(recorded.get(identity, [])) :]:
                self.attempts.append(attempt)
                try:
                    self._append("attempt", **asdict(attempt))
                except OSError as error:
                    failed[identity] = error.strerror
        return failed

    def attempts_by_student(self, submissions, with_new=True):
        """Returns a dict from a student's identity to a list of `Attempt`, oldest first.

        `submissions` is what lies there now. A student's files always are the end of the list, in their order: what was
        A, then B, and now is A again has A as the newest. What was recorded from the same folder under another
        identity, before there was a class list or with another one, goes to whom the folder belongs now.
        """
        homes = defaultdict(set)
        for submission in submissions:
            homes[read_sender(submission.file.split("/"))].add(submission.identity)
        attempts = defaultdict(list)
        for attempt in self.attempts:
            owners = homes.get(read_sender(attempt.file.split("/")), ())
            attempts[next(iter(owners)) if len(owners) == 1 else attempt.identity].append(attempt)
        now = defaultdict(list)
        for each in submissions if with_new else ():
            if each.key:
                now[each.identity].append((Attempt(each.key, each.identity, each.student, each.file), each.ordered))
        for identity, handed_in in now.items():
            attempts[identity] += _continue(attempts[identity], handed_in)
        return dict(attempts)

    def record_result(self, result):
        """Writes down a result; the first final one of a submission stands. It is kept, too, if writing fails."""
        if not self.is_final(result.key):
            self.results[result.key] = result
            self._append("result", **result.to_json())

    def is_final(self, key):
        """Says whether a submission has a result that stands."""
        return key in self.results and self.results[key].status in FINAL

    def _append(self, kind, **values):
        """Adds a line; raises `OSError` if the disk is full, with the file as it was."""
        lines = [{"kind": kind, **values}]
        if self._first is not None:
            lines.insert(0, {"kind": "masters", "masters": self._first})
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with open(self.path, "ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(before)  # Half a line would spoil the next one.
                raise
        self._first = None

    def _read(self):
        """Reads the lines; one that a killed process left half-written is closed, and skipped."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        if content and not content.endswith(b"\n"):
            with open(self.path, "ab") as file:
                file.write(b"\n")
        lines = []
        for text in content.splitlines():
            try:
                line = json.loads(text)
                line["kind"]
            except (ValueError, TypeError, KeyError):
                continue  # Half a line. The submission is found and graded again.
            lines.append(line)
        return lines


def _continue(recorded, handed_in):
    """Returns what has to be added to a student's attempts, so that they end with those that lie there now.

    `handed_in` are pairs of an `Attempt` and what says that it comes where it does.
    """
    places = {(attempt.key, attempt.file): place for place, attempt in enumerate(recorded)}
    now = [attempt for attempt, _ in handed_in]
    if any(ordered == BY_NAME for _, ordered in handed_in):
        # The record knows better than the names what came later.
        now.sort(key=lambda attempt: places.get((attempt.key, attempt.file), len(recorded)))
    keys, present = [attempt.key for attempt in recorded], [attempt.key for attempt in now]
    for length in range(min(len(keys), len(present)), 0, -1):
        if keys[-length:] == present[:length]:
            return now[length:]
    return now
