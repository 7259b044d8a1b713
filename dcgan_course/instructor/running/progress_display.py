"""What is shown while runs go on: bars in a terminal, lines in a log."""

import sys
import threading
import time

from dcgan_course.instructor.process.wording import clock

LOG_SECONDS = 60.0  # How often a log gets a line when nothing else happens.
MOST_ROWS = 12


class ProgressDisplay:
    """Shows how many runs are done, failed and running, with their steps, and how long all will take.

    Args:
        jobs: The jobs that are going to run; each has a `name` and `steps`.
        workers: How many run at once.
        file: Where to write; a terminal gets bars, anything else plain lines.
    """

    def __init__(self, jobs, workers, file=None):
        self.file = sys.stderr if file is None else file
        self.steps = {job.name: job.steps if isinstance(job.steps, int) else 1 for job in jobs}
        self.running = {}
        self.done = self.failed = 0
        self.over = set()
        self.began = self.told = time.monotonic()
        self.lock = threading.Lock()
        self.bars = _make_bars(min(workers, MOST_ROWS), self.file) if self.file.isatty() else None

    def report(self, progress):
        """Notes how far a run is, a `RunProgress`; may be called from any thread."""
        with self.lock:
            if progress.name not in self.over:
                self.running[progress.name] = progress

    def end(self, result):
        """Notes that a run has ended, and says how: a `Result`."""
        with self.lock:
            self.running.pop(result.name, None)
            self.over.add(result.name)
            self.done += result.status == "finished"
            self.failed += result.status == "failed"
        error = f": {result.error.splitlines()[0][:120]}" if result.error else ""
        self.say(f"{result.name} {result.status} after {clock(result.seconds)}{error}", summary=True)

    def say(self, text, summary=False):
        """Writes a line that stays."""
        if self.bars is not None:
            self.bars[0].write(text, file=self.file)
            self.show()
        else:
            print(f"{time.strftime('%H:%M:%S')}  {text}" + (f"  [{self.summary()}]" if summary else ""), file=self.file)
            self.file.flush()
            self.told = time.monotonic()

    def show(self):
        """Shows the present state; a log gets it once a minute."""
        if self.bars is None:
            if time.monotonic() - self.told >= LOG_SECONDS:
                self.say("; ".join([self.summary(), *self.rows()]))
            return
        rows = [self.summary(), *self.rows()]
        for index, bar in enumerate(self.bars):
            bar.set_description_str(rows[index] if index < len(rows) else "", refresh=True)

    def summary(self):
        """Returns a line: how many are done, failed and running, and how long the rest will take."""
        with self.lock:
            text = f"{self.done} of {len(self.steps)} done, {self.failed} failed, {len(self.running)} running"
        left = self.seconds_left()
        return text if left is None else f"{text}, about {clock(left)} left"

    def rows(self):
        """Returns a line for each running run: how far it is."""
        with self.lock:
            running = list(self.running.values())
        return [_row(progress) for progress in running]

    def seconds_left(self):
        """Estimates the seconds until all is done from the steps made so far; None before there are any."""
        with self.lock:
            made = sum(self.steps[name] for name in self.over)
            for name, progress in self.running.items():
                if progress.step is not None and progress.steps:
                    made += self.steps[name] * progress.step / progress.steps
        total = sum(self.steps.values())
        if not made:
            return None
        return (time.monotonic() - self.began) * (total - made) / made

    def close(self):
        """Removes the bars."""
        for bar in reversed(self.bars or ()):
            bar.close()


def _row(progress):
    if progress.step is None:
        return f"  {progress.name}: starting"
    left = "" if progress.seconds_left is None else f", {clock(progress.seconds_left)} left"
    return f"  {progress.name}: step {progress.step:,} of {progress.steps:,}{left}"


def _make_bars(workers, file):
    from tqdm import tqdm

    return [
        tqdm(bar_format="{desc}", position=index, leave=False, file=file, dynamic_ncols=True)
        for index in range(workers + 1)
    ]
