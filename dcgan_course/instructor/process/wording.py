"""How times and paths are written for people."""

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
