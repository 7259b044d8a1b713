"""What a student sees and can press while it trains: how far, how long still, stop."""

import contextlib
import signal
import sys
import threading
import time

import numpy as np
from tqdm import tqdm

_CALL_SECONDS = 0.7  # How long one call into the graph may take: the bar and the stop button wait for it.


class ProgressBar:
    """A run's bar, and how many steps fit into one call: it looks at a run as an observer.

    Args:
        done: Steps that are made already.
        steps: How many steps the run has.

    Attributes:
        steps_a_call: How many steps the next call may make.
    """

    def __init__(self, done, steps):
        self.steps_a_call = 1
        self._left = steps - done
        self._counted = self._seconds = 0
        self._is_warm = self._has_told = self._has_moved = False
        self._bar = _start_bar(done, steps, "compiling")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._bar.close()

    def say(self, sentence):
        """Writes a line above the bar."""
        self._bar.write(sentence, file=sys.stdout)

    @contextlib.contextmanager
    def timing(self, count):
        """Measures how long a call of `count` steps takes; after 50 steps it says how long the rest will take."""
        began = time.monotonic()
        yield
        self._left -= count
        if not self._is_warm:  # The first call traces and compiles the graph.
            self._is_warm = True
            return
        seconds = time.monotonic() - began
        self._counted += count
        self._seconds += seconds
        fitting = _CALL_SECONDS * count / max(seconds, 1e-6)
        self.steps_a_call = int(np.clip(fitting, 1, 2 * self.steps_a_call))
        if self._counted >= 50 and not self._has_told:
            self._has_told = True
            self._tell()

    def _tell(self):
        """Says how long the rest will take, and, if it is over ten minutes, how many steps take two."""
        rate = self._counted / self._seconds
        minutes = self._left / rate / 60
        if self._left:
            advice = f" In two minutes: steps={max(100, round(120 * rate, -2)):.0f}." if minutes > 10 else ""
            left = f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"
            self.say(f"{rate:.1f} steps a second: the other {self._left:,} take about {left}.{advice}")

    def due(self, step):
        """Returns None: it moves whenever the loop stops."""

    def see(self, step, session):
        """Moves the bar."""
        d_loss, g_loss = session.latest[-1, :2]
        losses = f"d_loss {d_loss:.3f}, g_loss {g_loss:.3f}"
        if self._has_moved:
            self._bar.set_postfix_str(losses, refresh=False)
            self._bar.update(len(session.latest))
        else:
            self._begin_anew(self._bar.n + len(session.latest), losses)

    def _begin_anew(self, done, losses):
        """Starts the clock after the first call: a step that compiles takes as long as a hundred others."""
        self._has_moved = True
        self._bar.leave = False  # The new bar stands in its place.
        self._bar.close()
        self._bar = _start_bar(done, self._bar.total, losses)


def _start_bar(done, steps, postfix):
    # Plain text, and to stdout: Jupyter paints stderr red, and notebook widgets do not survive papermill.
    return tqdm(
        initial=done,
        total=steps,
        unit="step",
        mininterval=2,
        miniters=1,
        ncols=100,
        file=sys.stdout,
        postfix=postfix,
    )


@contextlib.contextmanager
def stop_button():
    """Yields an event that Ctrl-C or Jupyter's stop button sets; pressed twice, it interrupts at once."""
    stop = threading.Event()

    def ask(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop  # Python lets only the main thread see signals.
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
