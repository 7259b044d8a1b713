"""A process and all that it has started: what they hold, and their end."""

import psutil


def family_of(process):
    """Lists a process and its children, and theirs; an empty list if it is gone.

    Args:
        process: A `psutil.Process`, made when it was started: its number may be another's once it has ended.
    """
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def held_gigabytes(family):
    """Returns the GB of memory that processes hold."""
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e9


def end_family(family):
    """Kills processes, the first of them first: without bubblewrap's own none in its sandbox lives."""
    for process in family:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
