"""Runs the checks of a student's notebook on the student's own machine, without Jupyter and without a sandbox."""

import linecache

from dcgan_course.exercises.checks.comparison import compare
from dcgan_course.exercises.checks.expected import known_seed, read_expected
from dcgan_course.exercises.checks.explanation import NO_CELL, describe_error
from dcgan_course.exercises.checks.messages import say


def run_check(task, answer, language):
    """Runs an answer and its check as the notebook does; returns the verdict as text.

    Args:
        task: A `Task`.
        answer: Its `Answer`, which is answered.
        language: "en" or "ko".
    """
    names = {"__name__": "__main__"}
    file = f"{NO_CELL}{task.key}>"
    linecache.cache[file] = (len(answer.code), None, answer.code.splitlines(keepends=True), file)
    try:
        exec(compile(answer.code, file, "exec"), names)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # Also exit().
        message = say("error in the network", language, error=describe_error(error))
        return f"{say('not yet', language, key=task.key, name=task.title)}\n  {message}"
    return compare(task.key, names[task.title], read_expected(task.key, known_seed(task.key)), language)
