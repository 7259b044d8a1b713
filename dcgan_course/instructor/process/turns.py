"""Who may run now: some at once, or one of them alone."""

import contextlib
import threading


class Turns:
    """Lets at most `most` threads at once into a `with` statement, or one of them alone."""

    def __init__(self, most):
        self._most, self._running = most, 0
        self._wants_alone = False
        self._one = threading.Lock()  # Of those who want to be alone.
        self._changed = threading.Condition()

    def __enter__(self):
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._most and not self._wants_alone)
            self._running += 1
        return self

    def __exit__(self, *_):
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self):
        """Waits until nobody is running; until it ends nobody else begins."""
        with self._one:
            with self._changed:
                self._wants_alone = True
                self._changed.wait_for(lambda: self._running == 0)
            try:
                yield
            finally:
                with self._changed:
                    self._wants_alone = False
                    self._changed.notify_all()
