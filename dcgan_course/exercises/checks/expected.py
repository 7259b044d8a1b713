"""What a right answer gives for the seed of a notebook's check, and what known mistakes give.

The file beside this one is made from the masters' solutions by `python -m dcgan_course notebooks`.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("expected.json")


@dataclass(frozen=True)
class Expected:
    """What is known of one exercise's check."""

    seed: int
    right: dict  # The measurement of a right answer.
    mistakes: dict  # From the name of a known mistake to its measurement.


def read_expected(key, seed):
    """Returns the `Expected` of an exercise; None where the values for this seed are not known."""
    found = _read_file().get(key)
    return Expected(**found) if found and found["seed"] == seed else None


def known_seed(key):
    """Returns the seed of an exercise's check for which the expected values are known."""
    return _read_file()[key]["seed"]


@functools.cache
def _read_file():
    # While grading, students' code runs without this file.
    return json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
