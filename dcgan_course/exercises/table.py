"""A table as text, and how it names the state of an answer."""

import io
import sys

from dcgan_course.exercises.checks.messages import say


def say_status(answer, language):
    """Says in a word or two what a notebook has for an exercise; `answer` is an `Answer`."""
    return say(f"file {answer.status}", language, error=answer.error)


def print_columns(rows, values="left"):
    """Prints rows of texts in columns, as `format_columns` makes them."""
    print("\n".join(format_columns(rows, values)))


def format_columns(rows, values="left"):
    """Puts rows of texts into columns, on a screen where a Hangul syllable is as wide as two Latin letters.

    Args:
        rows: A list of rows, all with the same number of texts. Nothing in a text is a command to the printer.
        values: Where texts stand in the columns after the first: "left", or "right" for numbers.

    Returns:
        A list of lines. None is cut or folded, however wide.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2), pad_edge=False)
    for number in range(len(rows[0])):
        table.add_column(justify=values if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=sys.maxsize, color_system=None, force_jupyter=False)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().removesuffix("\n").split("\n")]
