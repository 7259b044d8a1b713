"""What a signal does while a command works."""

import contextlib
import signal


@contextlib.contextmanager
def handle_signals(handler, *numbers):
    """Sets a handler for signals; afterwards they have their earlier handlers again."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def terminable():
    """Makes a `kill` of this process raise `KeyboardInterrupt`, as Ctrl-C does."""
    return handle_signals(signal.default_int_handler, signal.SIGTERM)
