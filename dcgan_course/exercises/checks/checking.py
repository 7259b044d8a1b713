"""`check`: what a check cell calls."""

from dcgan_course.exercises.checks.comparison import compare
from dcgan_course.exercises.checks.expected import read_expected
from dcgan_course.exercises.checks.measured import to_lines
from dcgan_course.exercises.checks.measures import measure

MEASURED_TYPE = "application/vnd.dcgan-course.measured"  # What a student prints cannot be of this type by chance.


def check(key, answer, seed, language="en"):
    """Checks an answer, and prints whether it is right, and if not, what came, what was expected, and the likely reason.

    For the seed of the notebook the expected values are known. For any other seed they are not: then the measured
    values are shown, and nothing is said of them. Grading uses seeds that nobody knows, and compares these values
    with those of the course's own solution.

    Args:
        key: The exercise's number, such as "2.2".
        answer: The function that the student has written.
        seed: An integer that decides the inputs of the check.
        language: "en" or "ko".
    """
    expected = read_expected(key, seed)
    if expected is None:
        show_measured(key, measure(key, answer, seed))
    else:
        print(compare(key, answer, expected, language))


def show_measured(key, measured):
    """Shows a measurement as an output of its own type, beside whatever an answer prints."""
    from IPython.display import publish_display_data

    text = "".join(f"{line}\n" for _, line in to_lines(key, measured))
    publish_display_data({MEASURED_TYPE: text, "text/plain": text})
