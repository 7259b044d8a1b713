"""What was handed in and what it was given: lines are added to one file, and none is ever changed."""

import json
import os
from pathlib import Path

from dcgan_course.refused import Refused

FINAL = ("graded", "could not be graded")


class Ledger:
    """The lasting record of a folder of grades.

    Args:
        path: Its file; one JSON object a line.
        masters: List of `Master`: grades of other exercises do not belong into the same record.

    Attributes:
        results: Dict from a submission's key to its result.
        attempts: Dict from a student's identity to a list of dicts of `key`, `student` and `file`, oldest first.

    Raises:
        Refused: If the record is of other masters, or cannot be read.
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
            self._take_up(line)
        if written is None:
            self._append({"kind": "masters", "masters": digests})

    def record_attempt(self, submission):
        """Writes down that a student handed something in; what is known already is not written twice."""
        known = self.attempts.get(submission.identity, [])
        if any(attempt["key"] == submission.key for attempt in known):
            return
        about = {"identity": submission.identity, "student": submission.student, "file": submission.file}
        self._append({"kind": "attempt", "key": submission.key, **about})

    def record_result(self, result):
        """Writes down a result; the first final one of a submission stands."""
        if not self.is_final(result["key"]):
            self._append({"kind": "result", **result})

    def is_final(self, key):
        """Says whether a submission has a result that stands."""
        return key in self.results and self.results[key]["status"] in FINAL

    def _take_up(self, line):
        if line["kind"] == "attempt":
            self.attempts.setdefault(line["identity"], []).append(line)
        elif line["kind"] == "result" and not self.is_final(line["key"]):
            self.results[line["key"]] = line

    def _append(self, line):
        with open(self.path, "ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._take_up(line)

    def _read(self):
        """Reads the lines; one that a killed process has left half-written is closed, and not counted."""
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
                continue  # Half a line: what it would have said is found out again.
            lines.append(line)
        return lines
