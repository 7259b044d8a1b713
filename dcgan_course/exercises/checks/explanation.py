"""Why an answer is wrong, in sentences: from the error that it raised, or from the values that came."""

import linecache
import re
import traceback

from dcgan_course.exercises.checks.measured import UnusableResult, is_close, show
from dcgan_course.exercises.checks.messages import say, say_label
from dcgan_course.exercises.table import format_columns

MOST_VALUES = 4  # Of a long list, the first values that differ.
BOLD = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)
NO_CELL = "<your answer to "  # So begins what Python calls an answer's code that stands in no cell.
# Keras counts the layers of a session: the count would differ each time. Keras 3.12 writes names in double quotes.
COUNTED = re.compile(r"""(?<=['"])([a-z0-9_]+?)_\d+(?=['"])""")
MOST_CHARACTERS = 300  # Of an error's own message.


def list_differences(measured, expected):
    """Compares two measurements; returns a list of tuples: part, label, the value or None, the expected value."""
    return [
        (part, label, measured.get(part, {}).get(label), value)
        for part, items in expected.items()
        for label, value in items.items()
        if not is_close(measured.get(part, {}).get(label), value)
    ]


def explain_difference(differences, measured, expected, language):
    """Explains values that differ, from the result of `list_differences`; returns a list of lines."""
    parts = dict.fromkeys(part for part, *_ in differences)
    lines = []
    right_parts = [part for part in expected.right if part not in parts]
    if right_parts:
        lines.append(say("parts", language, right=_join(right_parts, language), wrong=_join(parts, language)))
    for part in parts:
        _, label, value, right_value = next(difference for difference in differences if difference[0] == part)
        lines.extend(describe_value(label, value, right_value, language))
    reason = find_mistake(differences, measured, expected) or find_general_reason(differences)
    return [*lines, say(reason, language)] if reason else lines


def explain_error(error, key, name, language):
    """Explains what an answer raised; returns a list of lines. No frame of a library is shown."""
    if isinstance(error, UnusableResult):
        return [say(error.args[0], language, name=name, **error.values)]
    place = find_line(error)
    if isinstance(error, NotImplementedError) and str(error).startswith("Exercise"):
        return [say("not done", language)]
    text = describe_error(error)
    if place is None:
        return [say("error in the network", language, error=text)]
    number, code = place
    where = "error in a line" if number else "code that failed"
    return [say(where, language, line=number, error=text), f"  {code}"]


def describe_error(error):
    """Writes an error in one line: its class, and of Keras's long messages the part that says what is wrong."""
    message = str(error)
    bold = BOLD.search(message)  # Keras prints this part in bold.
    message = COUNTED.sub(r"\1", " ".join((bold[1] if bold else message).split()))
    if len(message) > MOST_CHARACTERS:
        message = f"{message[:MOST_CHARACTERS]} ..."
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def find_line(error):
    """Returns the number and the text of the last line of the student's own that led to an error.

    Returns None if no line of the student's did. The number is None where the code stands in no cell.
    """
    found = None
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_globals.get("__name__") == "__main__":
            file = frame.f_code.co_filename
            found = None if file.startswith(NO_CELL) else number, linecache.getline(file, number).strip()
    return found


def describe_value(label, value, expected, language):
    """Says what came and what was expected, as a list of lines; of a long list only the first values that differ."""
    label = say_label(label, language)
    if value is None:
        return [say("no value", language, label=label, expected=_shorten(expected))]
    is_list = isinstance(value, list) and isinstance(expected, list)
    if not is_list or len(value) != len(expected) or len(value) <= MOST_VALUES:
        return [say("value", language, label=label, value=_shorten(value), expected=_shorten(expected))]
    pairs = [pair for pair in zip(value, expected, strict=True) if not is_close(*pair)]
    rows = [[say(who, language)] for who in ("yours", "expected")]
    for pair in pairs[:MOST_VALUES]:
        for row, each in zip(rows, pair, strict=True):
            row.append(_plain(each))
    head = say("values", language, label=label, wrong=len(pairs), count=len(value))
    return [head, *(f"  {line}" for line in format_columns(rows, values="right"))]


def _join(parts, language):
    return ", ".join(say_label(part, language) for part in parts)


def _shorten(value):
    if isinstance(value, list) and len(value) > 2 * MOST_VALUES:
        return f"{_plain(value[: 2 * MOST_VALUES])[:-1]}, ...]"
    return _plain(value)


def _plain(value):
    """Writes a value as a student would: 6 and not 6.000."""
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    text = show(value)
    return text.rstrip("0").rstrip(".") if isinstance(value, float) and "." in text else text


def find_mistake(differences, measured, expected):
    """Returns the known mistake that gives the same values; None if there is none.

    If no mistake gives the same in all parts, one counts that does in the parts that differ; if there are several such
    parts, in one of them, provided that no other mistake does; and last in a long list of values.
    """
    parts = list(dict.fromkeys(part for part, *_ in differences))
    for compared in (expected.right, parts):
        for name, wrong in expected.mistakes.items():
            if _same_parts(measured, wrong, compared):
                return name
    for part in parts:
        same = [name for name, wrong in expected.mistakes.items() if _same_parts(measured, wrong, [part])]
        if len(same) == 1:
            return same[0]
    part, label, value, _ = differences[0]
    same = [name for name, wrong in expected.mistakes.items() if is_close(wrong.get(part, {}).get(label), value)]
    return same[0] if len(same) == 1 and isinstance(value, list) and len(value) > MOST_VALUES else None


def _same_parts(measured, wrong, parts):
    return not list_differences(measured, {part: wrong[part] for part in parts})


def find_general_reason(differences):
    """Returns a reason that a shape or a dtype tells for any exercise; None if it tells nothing."""
    part, label, value, expected = differences[0]
    if label.startswith("shape") and isinstance(value, list):
        if value == expected[:-1]:
            return "channel axis missing"
        if value[1:] == expected:
            return "one axis too many"
        if len(value) == len(expected) > 1 and sorted(value, key=str) == sorted(expected, key=str):
            return "axes swapped"
    if label.startswith("dtype"):
        return "other dtype"
    return None
