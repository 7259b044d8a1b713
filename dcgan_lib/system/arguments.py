"""Whole numbers in arguments: counts, sizes, seeds."""

import argparse
import numbers


def is_integer(value, least=1, most=None):
    """Says whether a value is a whole number (Python's or NumPy's, no bool) from `least` to `most`."""
    return (
        isinstance(value, numbers.Integral)
        and not isinstance(value, bool)
        and value >= least
        and (most is None or value <= most)
    )


def check_integer(caller, name, value, least=1, most=None):
    """Refuses what is not a whole number from `least` to `most` with a `ValueError` of one sentence."""
    if not is_integer(value, least, most):
        span = f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"
        raise ValueError(f"{caller}: {name} must be a whole number {span}. Received: {name}={value!r}.")


def read_count(text):
    """Reads a count of at least 1 from a command line: the `type` of an `argparse` option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {number}")
    return number
