"""`check`: what a check cell calls."""

import sys

from dcgan_course.exercises.checks.comparison import compare
from dcgan_course.exercises.checks.expected import read_expected
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.exercises.checks.measures import measure

# What a check shows when the expected values are not known. What a student prints cannot be of these types by chance.
MEASURED_TYPE = "application/vnd.dcgan-course.measured"
FAILED_TYPE = "application/vnd.dcgan-course.failed"


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
        mime_type, text = _run(key, answer, seed, language)
    finally:
        sys.stdout, sys.stderr = streams  # An answer may have put something else there.
    if mime_type is None:
        print(text)
        return
    from IPython.display import publish_display_data

    publish_display_data({mime_type: text, "text/plain": text})


def _run(key, answer, seed, language):
    """Returns the type of an output and its text; no type for a verdict, which is plain text."""
    expected = read_expected(key, seed)
    if expected is not None:
        return None, compare(key, answer, expected, language)
    try:
        measured = measure(key, answer, seed)
    except Exception as error:
        return FAILED_TYPE, f"{type(error).__name__}: {error}"
    return MEASURED_TYPE, to_text(key, measured)
