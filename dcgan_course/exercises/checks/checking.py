"""`check`: what a check cell calls."""

import sys

from dcgan_course.exercises.checks.comparison import compare
from dcgan_course.exercises.checks.expected import read_expected
from dcgan_course.exercises.checks.explanation import find_line
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.exercises.checks.measures import measure

# What a check shows when the expected values are not known. What a student prints cannot be of these types by chance.
MEASURED_TYPE = "application/vnd.dcgan-course.measured"
FAILED_TYPE = "application/vnd.dcgan-course.failed"
LINE_TYPE = "application/vnd.dcgan-course.line"  # Beside it: the line of the answer that failed.


def check(key, answer, seed, language="en"):
    """Checks an answer; prints whether it is right, and if not, what came, what was expected, and the likely reason.

    For the seed of the notebook the expected values are known. For any other seed they are not: then the measured
    values are shown, and nothing is said of them. Grading uses seeds that nobody knows, and compares these values
    with those of the course's own solution.

    Args:
        key: The exercise's number, such as "2.2".
        answer: The function that the student has written.
        seed: An integer that decides the inputs of the check.
        language: "en" or "ko".
    """
    streams = sys.stdout, sys.stderr
    try:
        shown = _run(key, answer, seed, language)
    finally:
        sys.stdout, sys.stderr = streams  # An answer may have put something else there.
    if isinstance(shown, str):
        print(shown)
        return
    from IPython.display import publish_display_data

    publish_display_data({**shown, "text/plain": next(iter(shown.values()))})


def _run(key, answer, seed, language):
    """Returns a verdict, which is a text; else what is shown, as a dict from a type to its text."""
    expected = read_expected(key, seed)
    if expected is not None:
        return compare(key, answer, expected, language)
    try:
        measured = measure(key, answer, seed)
    except Exception as error:
        _, line = find_line(error) or (None, "")
        return {FAILED_TYPE: f"{type(error).__name__}: {error}", LINE_TYPE: line}
    return {MEASURED_TYPE: to_text(key, measured)}
