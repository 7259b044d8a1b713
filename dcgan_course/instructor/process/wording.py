"""How times, paths and names are written for people."""

import os


def clock(seconds):
    """Writes seconds as 0:05, 12:34 or 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def shown(path):
    """Writes a path as seen from the working folder, unless it is far from there."""
    relative = os.path.relpath(path)
    return os.path.abspath(path) if relative.startswith(os.path.join("..", "..")) else relative


def visible(text):
    r"""Writes characters that a terminal obeys or nobody sees as escapes: `\x1b`, `\u202e`, `\udcff`.

    Whoever names a folder must not clear the instructor's screen, or turn a name around.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
