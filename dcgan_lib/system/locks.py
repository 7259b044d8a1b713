"""One process at a time."""

import contextlib

from filelock import FileLock, Timeout


class Locked(Exception):
    """Another process holds the lock."""


class NoLocks(Exception):
    """The file system has no locks, as some network and cloud drives."""


@contextlib.contextmanager
def hold_lock(path):
    """Holds a lock file while this context lasts; the system lets go of it when the process ends, however it ends.

    Raises:
        Locked: If another process holds it.
        NoLocks: If the file can be made but not locked.
        OSError: If the file cannot be made.
    """
    with open(path, "ab"):
        pass  # What fails here is the file. What fails below is the lock: NFS and FUSE have many errors for it.
    lock = _make_lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Locked(str(path)) from None
    except (OSError, NotImplementedError) as error:
        raise NoLocks(str(error)) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # A drive that has gone away holds no lock any more.
            lock.release()


def _make_lock(path):
    try:
        # No file that only says "locked": a killed run would leave it behind, and no run could start again.
        return FileLock(path, fallback_to_soft=False)
    except TypeError:  # An earlier filelock, which has no such substitute.
        return FileLock(path)
