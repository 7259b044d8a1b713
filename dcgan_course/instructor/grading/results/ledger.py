"""What was handed in and what it was given: lines are added to one file, and none is ever changed."""

import contextlib
import errno
import json
import os
from collections import defaultdict
from dataclasses import asdict, dataclass, replace

from dcgan_course.instructor.grading.marks.submission_result import Marks, SubmissionResult
from dcgan_course.instructor.grading.results.regradings import Regrading, Regradings, open_record
from dcgan_course.instructor.grading.rules.adjustments import AdjustmentTable
from dcgan_course.instructor.grading.submissions.arrival import Arrival, better
from dcgan_course.instructor.grading.submissions.intake import BY_NAME
from dcgan_course.instructor.grading.submissions.senders import read_sender

FINAL = ("graded", "could not be graded")


@dataclass(frozen=True)
class Attempt:
    """That a student handed something in."""

    key: str  # The submission's hash.
    identity: str  # What tells the student from all others: the class list's id, or the name.
    student: str  # The student's name.
    file: str  # What was handed in.
    arrival: Arrival = Arrival()  # When it came, as far as anything has told.

    @classmethod
    def from_json(cls, written):
        """Reads a line of the record; earlier versions did not write when an attempt came."""
        return cls(**{**written, "arrival": Arrival.from_json(written.get("arrival", {}))})


class Ledger:
    """The lasting record of a folder of grades.

    Its file has one JSON object a line. Grades of other masters do not belong in the same record: they are `Refused`,
    but for the exercises whose keys are in `regrade`, which will be graded again for everybody (None: all may be).

    Attributes:
        results: Dict from a submission's key to its `SubmissionResult`, with the newest marks of each exercise.
        attempts: List of `Attempt` of all students, oldest first.
        adjustments: The last `AdjustmentTable` that was given, or None.
        regradings: The `Regradings`: which marks are those of a corrected check, and what they were before.
    """

    def __init__(self, path, masters, regrade=()):
        self.path = path
        self.results, self.attempts, self.regradings = {}, [], Regradings()
        self.adjustments = None
        lines = self._read()
        # The record begins when there is something to record.
        self._opening = open_record(lines, masters, regrade, self.path.parent)
        for line in lines:
            kind = line.pop("kind")
            # A line that is not understood costs itself alone: the submission is found and graded again.
            with contextlib.suppress(TypeError, KeyError, AttributeError):
                if kind == "attempt":
                    self.attempts.append(Attempt.from_json(line))
                elif kind == "arrival":
                    self._correct(Attempt.from_json(line))
                elif kind == "adjustments":
                    self.adjustments = AdjustmentTable.from_json(line)
                elif kind == "result" and not self.is_final(line["key"]):
                    self.results[line["key"]] = SubmissionResult.from_json(line)
                    self.regradings.note_result(line["key"])
                elif kind == "regrading":
                    self.regradings.begin(Regrading(**line))
                elif kind == "regraded":
                    self._take_over(line["key"], line["exercise"], Marks(**line["marks"]))

    def record_attempts(self, submissions):
        """Writes down what students have handed in, as far as it is new.

        Returns a dict from the identity of those for whom that failed to the reason; what is in memory has them all.
        """
        recorded = self.attempts_by_student(submissions, with_new=False)
        failed = {}
        for identity, attempts in self.attempts_by_student(submissions).items():
            before = recorded.get(identity, [])
            corrected = [now for now, then in zip(attempts, before, strict=False) if now.arrival != then.arrival]
            for kind, attempt in [
                *(("arrival", attempt) for attempt in corrected),
                *(("attempt", attempt) for attempt in attempts[len(before) :]),
            ]:
                self._correct(attempt) if kind == "arrival" else self.attempts.append(attempt)
                try:
                    self._append(kind, **asdict(attempt))
                except OSError as error:
                    failed[identity] = error.strerror
        return failed

    def record_adjustments(self, table):
        """Writes down an `AdjustmentTable`, unless it is the last one."""
        if table != self.adjustments:
            self.adjustments = table
            self._append("adjustments", **table.to_json())

    def _correct(self, attempt):
        """Replaces what is known of when an attempt came, after more has become known."""
        same = [
            place
            for place, each in enumerate(self.attempts)
            if (each.key, each.identity, each.file) == (attempt.key, attempt.identity, attempt.file)
        ]
        if same:
            self.attempts[same[-1]] = attempt

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
                attempt = Attempt(each.key, each.identity, each.student, each.file, each.arrival)
                now[each.identity].append((attempt, each.ordered))
        for identity, handed_in in now.items():
            attempts[identity] += _continue(attempts[identity], handed_in)
            _learn_arrivals(attempts[identity], [attempt for attempt, _ in handed_in])
        return dict(attempts)

    def record_result(self, result):
        """Writes down a result; the first final one of a submission stands. It is kept, too, if writing fails."""
        if not self.is_final(result.key):
            self.results[result.key] = result
            self.regradings.note_result(result.key)
            self._append("result", **result.to_json())

    def begin_regrading(self, regrading):
        """Writes down that an exercise is graded again from here on; one that is not done yet goes on."""
        if self.regradings.begin(regrading):
            self._append("regrading", **asdict(regrading))

    def record_again(self, result):
        """Writes down new marks for the exercises of a submission; the old marks stay in the record.

        `result` is a `SubmissionResult` with these exercises only. One that was not graded changes nothing.
        """
        for exercise, marks in result.exercises.items() if result.status == "graded" else ():
            if self._take_over(result.key, exercise, marks):
                written = {"exercise": exercise, "batch": result.batch, "marks": marks.to_json()}
                self._append("regraded", key=result.key, **written)

    def is_final(self, key):
        """Says whether a submission has a result that stands."""
        return key in self.results and self.results[key].status in FINAL

    def _take_over(self, key, exercise, marks):
        """Replaces a submission's marks for an exercise; returns whether it had none of the last regrading."""
        result = self.results[key]
        if not self.regradings.note(key, exercise, result.exercises.get(exercise)):
            return False
        exercises = {**result.exercises, exercise: marks}
        points = round(sum(each.points for each in exercises.values()), 2)
        possible = sum(each.possible for each in exercises.values())
        self.results[key] = replace(result, exercises=exercises, points=points, possible=possible)
        return True

    def _append(self, kind, **values):
        """Adds a line; raises `OSError` if the disk is full, with the file as it was."""
        lines = [*self._opening, {"kind": kind, **values}]
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with open(self.path, "a+b", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            if before and os.pread(file.fileno(), 1, before - 1) != b"\n":
                content = b"\n" + content  # A killed process has left half a line.
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(before)  # Half a line would spoil the next one.
                raise
        self._opening = []

    def _read(self):
        """Reads the lines; one that a killed process left half-written is skipped."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
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


def _learn_arrivals(attempts, now):
    """Puts into a list of one student's `Attempt` what those that lie there `now` tell of when they came."""
    for today in now:
        same = [place for place, each in enumerate(attempts) if (each.key, each.file) == (today.key, today.file)]
        same = same or [place for place, each in enumerate(attempts) if each.key == today.key]
        if same:
            known = attempts[same[-1]]
            attempts[same[-1]] = replace(known, arrival=better(known.arrival, today.arrival))
