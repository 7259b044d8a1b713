"""What was handed in and what it was given: lines are added to one file, and none is ever changed."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.refused import Refused

FINAL = ("graded", "could not be graded")


@dataclass(frozen=True)
class Attempt:
    """That a student handed something in.

    Attributes:
        key: The submission's hash.
        identity: What tells the student from all others: the class list's id, or the name.
        student: The student's name.
        file: What was handed in.
    """

    key: str
    identity: str
    student: str
    file: str


class Ledger:
    """The lasting record of a folder of grades.

    Args:
        path: Its file; one JSON object a line.
        masters: List of `Master`: grades of other exercises do not belong in the same record.

    Attributes:
        results: Dict from a submission's key to its `SubmissionResult`.
        attempts: Dict from a student's identity to a list of `Attempt`, oldest first.

    Raises:
        Refused: If the record is of other masters.
        OSError: If the file cannot be read or written.
    """

    def __init__(self, path, masters):
        self.path = Path(path)
        self.results, self.attempts = {}, {}
        digests = {master.name: master.digest for master in masters}
        lines = self._read()
        written = next((line["masters"] for line in lines if line["kind"] == "masters"), None)
        if written is not None and written != digests:
            raise Refused(
                f"The exercises or checks have changed since the grades in '{self.path.parent}' were begun, and two "
                f"students must not be measured differently. Name another --output to grade everybody anew."
            )
        for line in lines:
            if line["kind"] == "attempt":
                self._remember_attempt(Attempt(**_without_kind(line)))
            elif line["kind"] == "result":
                self._remember_result(SubmissionResult.from_json(_without_kind(line)))
        if written is None:
            self._append("masters", masters=digests)

    def record_attempt(self, submission):
        """Writes down that a student handed something in; the same submission is written once."""
        attempt = Attempt(submission.key, submission.identity, submission.student, submission.file)
        if not any(attempt.key == known.key for known in self.attempts.get(attempt.identity, [])):
            self._append("attempt", **asdict(attempt))
            self._remember_attempt(attempt)

    def record_result(self, result):
        """Writes down a result; the first final one of a submission stands."""
        if not self.is_final(result.key):
            self._append("result", **result.to_json())
            self._remember_result(result)

    def is_final(self, key):
        """Says whether a submission has a result that stands."""
        return key in self.results and self.results[key].status in FINAL

    def _remember_attempt(self, attempt):
        self.attempts.setdefault(attempt.identity, []).append(attempt)

    def _remember_result(self, result):
        if not self.is_final(result.key):
            self.results[result.key] = result

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


def _without_kind(line):
    return {name: value for name, value in line.items() if name != "kind"}
