"""A `kill` that ends a command as Ctrl-C does."""

import contextlib
import signal


@contextlib.contextmanager
def terminable():
    """Lets a `kill` of this process stop the runs as Ctrl-C does."""

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
