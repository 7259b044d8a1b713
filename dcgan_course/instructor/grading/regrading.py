"""Grades an exercise again for everybody after its check was corrected; the record keeps both marks."""

from dcgan_course.instructor.grading.results.regradings import Regrading
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused


def read_keys(texts, masters, option="--regrade"):
    """Returns the exercises that texts such as "2.3" or "2.3,2.4" name: a list of keys, each once.

    Raises `Refused` for one that the masters do not have.
    """
    known = [exercise.key for master in masters for exercise in master.exercises]
    keys = list(dict.fromkeys(key.strip() for text in texts for key in text.split(",")))
    for key in keys:
        if key not in known:
            raise Refused(f"{option}: there is no exercise '{visible(key)}'. There are {', '.join(known)}.")
    return keys


def begin_regradings(ledger, keys, masters, arguments):
    """Writes down that exercises are graded again: with what check, and with which of the command line's limits."""
    digests = {key: digest for master in masters for key, digest in master.digests.items()}
    for key in keys:
        ledger.begin_regrading(Regrading(key, digests[key], arguments.timeout, arguments.memory))


def find_due(ledger, submissions, keys, masters):
    """Finds what is left to be graded again; returns a dict of `Submission` by key."""
    return {each.key: each for each in submissions if due_exercises(ledger, each.key, keys, masters)}


def due_exercises(ledger, key, keys, masters):
    """Returns those of some exercises for which a graded submission has marks from before the last regrading."""
    result = ledger.results.get(key)
    if result is None or result.status != "graded":
        return []
    own = {exercise.key for master in masters if master.name == result.notebook for exercise in master.exercises}
    return [exercise for exercise in keys if exercise in own and ledger.regradings.is_due(key, exercise)]


def say_earlier(rows, ledger, submissions, failed, masters):
    """Says of each student whose marks are partly those of an earlier check, and why; `failed` has reasons by key."""
    there = {each.key for each in submissions}
    for row in rows:
        for attempt in (attempt for entry in row.notebooks.values() for attempt in entry.attempts):
            key = attempt.result.key
            due = due_exercises(ledger, key, ledger.regradings.last, masters)
            if not due:
                continue
            reason = failed.get(key, f"It has not been graded again yet: give --regrade {','.join(due)}.")
            if key not in there:
                reason = "The file is no longer there, so it could not be graded again."
            row.look.append(f"{attempt.file}: {', '.join(due)} has the mark of the earlier check. {reason}")
