"""Makes the file that tells a check what is right: from the masters' solutions and the known mistakes."""

import json

from dcgan_course.exercises.checks.expected import FILE
from dcgan_course.exercises.checks.measures import measure
from dcgan_course.instructor.grading.marks.assembly import read_masters, seed_of
from dcgan_course.instructor.masters.mistakes import apply_mistakes
from dcgan_course.refused import Refused
from dcgan_lib.system.files import atomic_write

DIGITS = 5  # Behind the point; a check allows larger differences.


def write_expected_values(notebooks):
    """Measures all solutions and mistakes of the masters in a folder, and writes the file of expected values."""
    values = make_expected_values(notebooks)
    entries = (f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in values.items())
    with atomic_write(FILE) as file:
        file.write("{\n" + ",\n".join(entries) + "\n}\n")


def make_expected_values(notebooks):
    """Returns what the file of expected values holds: a dict from each exercise's key to the fields of `Expected`."""
    values = {}
    for master in read_masters(notebooks):
        for exercise in master.exercises:
            seed = seed_of(exercise.check)
            mistakes = apply_mistakes(exercise.key, exercise.solution)
            values[exercise.key] = {
                "seed": seed,
                "right": _measure(master, exercise, exercise.solution, seed),
                "mistakes": {name: _measure(master, exercise, source, seed) for name, source in mistakes.items()},
            }
    return values


def _measure(master, exercise, source, seed):
    names = {"__name__": "__main__"}
    exec(master.imports, names)
    exec(source, names)
    try:
        return _round(measure(exercise.key, names[exercise.title], seed))
    except Exception as error:
        raise Refused(f"{exercise.key}: it cannot be measured ({type(error).__name__}: {error}).\n{source}") from error


def _round(value):
    if isinstance(value, dict):
        return {name: _round(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_round(item) for item in value]
    return round(value, DIGITS) if isinstance(value, float) else value
