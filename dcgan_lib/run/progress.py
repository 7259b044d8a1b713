"""What a student sees and can press while it trains: how far, how long still, stop."""

import contextlib
import signal
import sys
import threading

import numpy as np
from tqdm import tqdm

_CALL_SECONDS = 0.7  # How long one call into the graph may take: the bar and the stop button wait for it.


class Pace:
    """How many steps fit into one call, and how long the rest will take."""

    def __init__(self, steps):
        self.steps_a_call = 1
        self.left = steps
        self.counted = self.seconds = 0
        self.warm = self.told = False

    def learn(self, count, seconds, bar):
        """Takes in how long a call of `count` steps took; tells the student once there were 50 steps."""
        self.left -= count
        if not self.warm:  # The first call traces and compiles the graph.
            self.warm = True
            return
        self.counted += count
        self.seconds += seconds
        fitting = _CALL_SECONDS * count / max(seconds, 1e-6)
        self.steps_a_call = int(np.clip(fitting, 1, 2 * self.steps_a_call))
        if self.counted >= 50 and not self.told:
            self.told = True
            self.tell(bar)

    def tell(self, bar):
        """Says above the bar how long the rest will take, and, over ten minutes, what would take two."""
        rate = self.counted / self.seconds
        minutes = self.left / rate / 60
        if self.left:
            advice = f" In two minutes: steps={max(100, round(120 * rate, -2)):.0f}." if minutes > 10 else ""
            left = f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"
            bar.write(f"{rate:.1f} steps a second: the other {self.left:,} take about {left}.{advice}", file=sys.stdout)


def show_progress(done, steps):
    """Makes a run's progress bar, with `done` of `steps` steps made: a line every two seconds at the most."""
    # Plain text, and to stdout: Jupyter paints stderr red, and notebook widgets do not survive papermill.
    return tqdm(initial=done, total=steps, unit="step", mininterval=2, miniters=1, ncols=100, file=sys.stdout)


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
