"""A `kill` of a command works as Ctrl-C does."""

import contextlib
import signal


@contextlib.contextmanager
def terminable():
    """Makes a `kill` of this process raise `KeyboardInterrupt`, as Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
