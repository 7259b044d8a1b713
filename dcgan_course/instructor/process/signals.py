"""A `kill` of a command works as Ctrl-C does."""

import contextlib
import signal


@contextlib.contextmanager
def terminable():
    """Makes a `kill` of this process raise `KeyboardInterrupt`, as Ctrl-C does."""

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
