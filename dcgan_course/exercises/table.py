"""A table as text, and how it names the state of an answer."""

import unicodedata

from dcgan_course.exercises.checks.messages import say


def say_status(answer, language):
    """Says in a word or two what a notebook has for an exercise; `answer` is an `Answer`."""
    return say(f"file {answer.status}", language, error=answer.error)


def print_columns(rows):
    """Prints rows of texts in columns; a Hangul syllable is as wide as two Latin letters."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


def _width(text):
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else not unicodedata.combining(letter) for letter in text
    )
