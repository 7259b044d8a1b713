"""One process at a time."""

import contextlib

from filelock import FileLock, Timeout


class Locked(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def hold_lock(path):
    """Holds a lock file while this context lasts; the system lets go of it when the process ends, however it ends.

    Raises:
        Locked: If another process holds it.
        OSError: If the file cannot be made.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Locked(str(path)) from None
    try:
        yield
    finally:
        lock.release()
