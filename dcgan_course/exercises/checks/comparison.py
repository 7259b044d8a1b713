"""The verdict on an answer: right or not, and if not, what came, what was expected, and the likely reason."""

import warnings

from dcgan_course.exercises.checks import progress
from dcgan_course.exercises.checks.explanation import explain_difference, explain_error, list_differences
from dcgan_course.exercises.checks.measures import measure
from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.checks.origin import find_other_origin, noting_library_calls
from dcgan_course.exercises.tasks import find_task

INDENT = "\n  "


def compare(key, answer, expected, language):
    """Runs an answer on the inputs of the notebook's check; returns the verdict as text of one or more lines."""
    name = find_task(key).title
    reasons = _find_reasons(key, name, answer, expected, language)
    progress.remember(key, answer, not reasons)
    if not reasons:
        return say("right", language, key=key, name=name)
    return INDENT.join([say("not yet", language, key=key, name=name), *reasons])


def _find_reasons(key, name, answer, expected, language):
    """Returns why an answer is not right, as a list of lines; an empty list for a right one."""
    origin = find_other_origin(key, answer)
    if origin:
        return [say(origin, language, key=key, name=name, module=getattr(answer, "__module__", ""))]
    try:
        with noting_library_calls() as called, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # A warning in red beside the verdict only frightens.
            measured = measure(key, answer, expected.seed)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # An answer may also call exit().
        return explain_error(error, key, name, language)
    if called:
        return [say("calls the library", language, name=name, function=called[0])]
    differences = list_differences(measured, expected.right)
    if not differences:
        return []
    return explain_difference(differences, measured, expected, language)
