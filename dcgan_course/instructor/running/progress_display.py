"""What is shown while runs go on: bars in a terminal, lines in a log."""

import sys
import threading
import time

from dcgan_course.instructor.process.wording import clock
from dcgan_course.instructor.running.time_left import TimeLeft

LOG_SECONDS = 60.0  # How often a log gets a line when nothing else happens.
MOST_ROWS = 12


class ProgressDisplay:
    """Shows on stderr how many runs are done, failed and running, with their steps, and how long all will take.

    A terminal gets bars, anything else plain lines. Each of `jobs` has a `name` and `steps`; `workers` run at once.
    """

    def __init__(self, jobs, workers):
        steps = {job.name: job.steps if isinstance(job.steps, int) else 1 for job in jobs}
        self.count = len(steps)
        self.running = {}
        self.ended = {}  # The status of each run that has ended, by its name.
        self.told = time.monotonic()
        self.time_left = TimeLeft(steps, workers)
        self.lock = threading.Lock()
        self.bars = []
        if sys.stderr.isatty():
            from tqdm import tqdm

            for position in range(1 + min(workers, MOST_ROWS)):
                self.bars.append(tqdm(bar_format="{desc}", position=position, leave=False, dynamic_ncols=True))

    def report(self, progress):
        """Notes how far a run is, a `RunProgress`; may be called from any thread."""
        with self.lock:
            if progress.name not in self.ended:
                self.running[progress.name] = progress
                self.time_left.see(progress, time.monotonic())

    def end(self, result):
        """Notes that a run has ended, and says how: a `Result`."""
        with self.lock:
            self.running.pop(result.name, None)
            self.ended[result.name] = result.status
            self.time_left.end(result.name, time.monotonic())
        error = f": {result.error.splitlines()[0][:120]}" if result.error else ""
        summary = "" if self.bars else f"  [{self.summary()}]"
        self.say(f"{result.name} {result.status} after {clock(result.seconds)}{error}{summary}")

    def say(self, text):
        """Writes a line that stays."""
        if self.bars:
            self.bars[0].write(text, file=sys.stderr)
            self.show()
        else:
            print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
            self.told = time.monotonic()

    def show(self):
        """Shows the present state; a log gets it once a minute."""
        rows = [self.summary()]
        with self.lock:
            running = list(self.running.values())
        for run in running:
            left = "" if run.seconds_left is None else f", {clock(run.seconds_left)} left"
            rows.append(f"  {run.name}: " + (f"step {run.step:,} of {run.steps:,}{left}" if run.steps else "starting"))
        for index, bar in enumerate(self.bars):
            bar.set_description_str(rows[index] if index < len(rows) else "", refresh=True)
        if not self.bars and time.monotonic() - self.told >= LOG_SECONDS:
            self.say("; ".join(rows))

    def summary(self):
        """Returns a line: how many are done, failed and running, and how long the rest will take."""
        with self.lock:
            statuses = list(self.ended.values())
            running = len(self.running)
            left = self.time_left.seconds(time.monotonic())
        done, failed = statuses.count("finished"), statuses.count("failed")
        text = f"{done} of {self.count} done, {failed} failed, {running} running"
        return text if left is None else f"{text}, about {clock(left)} left"

    def close(self):
        """Removes the bars."""
        for bar in reversed(self.bars):
            bar.close()
