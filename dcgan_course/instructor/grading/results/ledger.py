"""What was handed in and what it was given: lines are added to one file, and none is ever changed."""

import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
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
        attempts: Dict from a student's identity to a list of `Attempt`, oldest first.
    """

    def __init__(self, path, masters):
        self.path = path
        self.results, self.attempts = {}, defaultdict(list)
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
            if kind == "attempt":
                self.attempts[line["identity"]].append(Attempt(**line))
            elif kind == "result" and not self.is_final(line["key"]):
                self.results[line["key"]] = SubmissionResult.from_json(line)
        if written is None:
            self._append("masters", masters=digests)

    def record_attempt(self, submission):
        """Writes down that a student handed something in; the same submission is written once."""
        attempt = Attempt(submission.key, submission.identity, submission.student, submission.file)
        if not any(attempt.key == known.key for known in self.attempts[attempt.identity]):
            self._append("attempt", **asdict(attempt))
            self.attempts[attempt.identity].append(attempt)

    def record_result(self, result):
        """Writes down a result; the first final one of a submission stands."""
        if not self.is_final(result.key):
            self._append("result", **result.to_json())
            self.results[result.key] = result

    def is_final(self, key):
        """Says whether a submission has a result that stands."""
        return key in self.results and self.results[key].status in FINAL

    def _append(self, kind, **values):
        with open(self.path, "ab") as file:
            file.write(json.dumps({"kind": kind, **values}).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

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
