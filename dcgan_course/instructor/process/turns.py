"""Who may run now: some at once, or one of them alone."""

import contextlib
import threading


class Turns:
    """Lets at most `most` threads at once into a `with` statement, or one of them alone."""

    def __init__(self, most):
        self._most, self._running = most, 0
        self._alone = threading.Lock()  # Of whoever is alone, or waits to be.
        self._changed = threading.Condition()

    def __enter__(self):
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._most and not self._alone.locked())
            self._running += 1
        return self

    def __exit__(self, *_):
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self):
        """Waits until nobody is running; until it ends nobody else begins."""
        try:
            with self._alone:
                with self._changed:
                    self._changed.wait_for(lambda: self._running == 0)
                yield
        finally:
            with self._changed:
                self._changed.notify_all()
