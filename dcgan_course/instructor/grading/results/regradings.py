"""Which exercises were graded again with a corrected check, and whose marks are still those of the earlier one."""

from dataclasses import dataclass

from dcgan_course.refused import Refused


@dataclass(frozen=True)
class Regrading:
    """That from here on in the record an exercise has another check, or other limits."""

    exercise: str  # Its key.
    digest: str  # A hash of all that decides its marks.
    timeout: float
    memory: float


class Regradings:
    """What the record says of them.

    Attributes:
        last: Dict from an exercise's key to its last `Regrading`.
        before: Dict from a submission's key and the exercise's to the `Marks` that were replaced, or None.
    """

    def __init__(self):
        self.last, self.before = {}, {}
        # From an exercise's key to the keys of the submissions whose marks are from the last one, or newer.
        self._done = {}

    def begin(self, regrading):
        """Begins one, unless it is the last one of its exercise; returns whether it has begun."""
        if self.last.get(regrading.exercise) == regrading:
            return False
        self.last[regrading.exercise], self._done[regrading.exercise] = regrading, set()
        return True

    def note_result(self, key):
        """Notes that all marks of a submission are new."""
        for done in self._done.values():
            done.add(key)

    def note(self, key, exercise, replaced):
        """Notes that a submission has new marks for an exercise, instead of `replaced`; says whether they were due."""
        if not self.is_due(key, exercise):
            return False
        self.before[key, exercise] = replaced
        self._done[exercise].add(key)
        return True

    def is_due(self, key, exercise):
        """Says whether a submission's marks for an exercise are from before its last regrading."""
        return key not in self._done.get(exercise, {key})


def open_record(lines, masters, regrade, folder):
    """Compares the exercises with those of the record's lines; returns a list of lines that it lacks.

    `regrade` are the keys of exercises that may have changed, or None if all may. Raises `Refused` for any other.
    """
    hashes = {master.name: master.digest for master in masters}
    digests = {key: digest for master in masters for key, digest in master.digests.items()}
    written = next((line["masters"] for line in lines if line["kind"] == "masters"), None)
    recorded = {}
    for line in lines:
        if line["kind"] == "exercises":
            recorded.update(line["digests"])
        elif line["kind"] == "regrading":
            recorded[line["exercise"]] = line["digest"]
    opening = [] if recorded else [{"kind": "exercises", "digests": digests}]
    if written is None:
        return [{"kind": "masters", "masters": hashes}, *opening]
    # Earlier versions wrote one hash for each notebook.
    names = sorted(name for name in {*hashes, *written} if hashes.get(name) != written.get(name))
    if regrade is not None and not recorded and names:
        raise Refused(
            f"The exercises or checks of {' and '.join(names)} have changed since the grades in '{folder}' were begun "
            f"by an earlier version, which did not write down each exercise. Put the masters back as they were and "
            f"give the same command once; then --regrade can tell what has changed. Or name another --output to grade "
            f"everybody anew."
        )
    changed = sorted(key for key in {*recorded, *digests} if recorded.get(key) != digests.get(key))
    refused = [key for key in changed if regrade is not None and recorded and key not in regrade]
    if refused:
        gone = any(key not in digests for key in refused)
        again = "" if gone else f"Give --regrade {','.join(refused)} to grade that again for everybody, or name"
        listed = f"Exercise {refused[0]} has" if len(refused) == 1 else f"The exercises {', '.join(refused)} have"
        raise Refused(
            f"{listed} changed since the grades in '{folder}' were begun (the text of the check, its points, what "
            f"measures, or the solution), and two students must not be measured differently. {again or 'Name'} another "
            f"--output to grade everybody anew."
        )
    return opening
