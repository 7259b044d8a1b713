"""What a check has measured of an answer: named values in named parts.

A measurement is a dict from each part's name to a dict from a label to a value: an int, a float, a text, or a list of
such. It can be written as JSON. Each part gives the same share of the points.
"""

import json
import re
from itertools import accumulate

LINE = re.compile(r"(?P<part>[^:]+): (?P<label>.+?) (?P<value>\[.*\]|\S+)")
IN_JSON = {"None": "null", "nan": "NaN", "inf": "Infinity"}
DEPTH, DEEPEST = {"[": 1, "{": 1, "]": -1, "}": -1}, 4  # Of a list of lists; no check measures deeper ones.
DECIMALS = 3  # Of each float in the lines that nbval compares.
TOLERANCE = 2e-3  # On another processor a right answer may differ from ours by so much.


class UnusableResult(Exception):
    """What an answer returned cannot be measured; the text is a key of the messages.

    Attributes:
        values: Dict of what the message needs.
    """

    def __init__(self, message, **values):
        super().__init__(message)
        self.values = values

    def __str__(self):
        return f"{self.args[0]} {self.values or ''}".strip()

    @classmethod
    def from_text(cls, text):
        """Reads what `str` has made of one; its values are texts."""
        message, _, values = text.partition(" {")
        unusable = cls(message)
        unusable.values = dict(re.findall(r"'(\w+)': '([^']*)'", values))
        return unusable


def to_array(result, dtype=None):
    """Turns what an answer returned into a NumPy array; raises `UnusableResult` if there is no array in it."""
    import numpy as np

    if result is None:
        raise UnusableResult("nothing returned")
    try:
        array = np.asarray(result, dtype)
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise UnusableResult("no array of numbers", type=type(result).__name__)
    return array


def to_text(key, measured):
    """Writes a measurement as text, a line for each value, as "2.3 generator: shape [8, 28, 28, 1]"."""
    return "".join(
        f"{key} {part}: {label} {show(value)}\n" for part, items in measured.items() for label, value in items.items()
    )


def from_text(key, text):
    """Reads a measurement from the lines that `to_text` has written for it; other lines are passed over.

    Floats come with the decimals that they were written with. What is no number and no list of numbers is a text.
    """
    measured = {}
    for line in text.split("\n"):
        match = LINE.fullmatch(line.removeprefix(f"{key} "))
        if match and line.startswith(f"{key} "):
            measured.setdefault(match["part"], {})[match["label"]] = _read_value(match["value"])
    return measured


def _read_value(text):
    if max(accumulate(DEPTH.get(letter, 0) for letter in text)) > DEEPEST:
        return text
    try:
        return json.loads(re.sub(r"\b(?:None|nan|inf)\b", lambda word: IN_JSON[word[0]], text))
    except ValueError:
        return text


def show(value):
    """Writes a value of a measurement as text; floats are rounded."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, float):
        return f"{value:.{DECIMALS}f}"
    return str(value)


def is_close(value, expected):
    """Says whether two values of a measurement are the same but for rounding."""
    if isinstance(expected, (list, tuple)):
        same_length = isinstance(value, (list, tuple)) and len(value) == len(expected)
        return same_length and all(map(is_close, value, expected))
    if isinstance(expected, float):
        return isinstance(value, (int, float)) and expected - TOLERANCE <= value <= expected + TOLERANCE
    return type(value) is type(expected) and value == expected
