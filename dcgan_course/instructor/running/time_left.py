"""How long jobs will still take that are done one after another or some at once."""

from dataclasses import dataclass


class TimeLeft:
    """Estimates the time that is left: what the steps take, and what each job takes besides.

    Until its first steps a run imports TensorFlow and compiles, which takes as long as a hundred steps; and one that
    goes on begins with steps that an earlier command made. So a run's pace is measured from when it can tell itself how
    long it will take. What it took before that, and after its training, is added once for each run that has not begun.

    Every time is in seconds of one clock.

    Args:
        steps: A dict from each job's name to its steps: 1 for jobs that tell none.
        workers: How many jobs are done at once.
    """

    def __init__(self, steps, workers):
        self._jobs = {name: _Job(count) for name, count in steps.items()}
        self._workers = workers

    def see(self, progress, now):
        """Notes how far a job is, a `RunProgress`."""
        self._jobs[progress.name].see(progress, now)

    def end(self, name, now):
        """Notes that a job has ended."""
        self._jobs[name].ended = now

    def seconds(self, now):
        """Returns how many seconds all jobs will still take; None while there is nothing to estimate from."""
        jobs = self._jobs.values()
        pace = _ratio(sum(job.measured for job in jobs), sum(job.made for job in jobs))
        if pace is None and any(job.steps > 1 for job in jobs):
            return None
        besides = [job.besides(pace or 0) for job in jobs if job.tells]
        if not besides:
            return None
        mean = sum(besides) / len(besides)
        left = [job.seconds_left(now, pace or 0, mean) for job in jobs if job.ended is None]
        return max(max(left), sum(left) / min(self._workers, len(left))) if left else 0


@dataclass
class _Job:
    """What is known of a job: times, and how many of its steps were made by then."""

    steps: int
    began: float | None = None
    first: tuple | None = None  # When it could tell for the first time how long it will take.
    last: tuple | None = None  # When it had last made a step.
    ended: float | None = None

    def see(self, progress, now):
        if self.began is None:
            self.began = now
        if not progress.steps:
            return
        made = self.steps * progress.step / progress.steps
        if self.first is None:
            if progress.seconds_left is not None:
                self.first = self.last = (now, made)
        elif made > self.last[1]:
            self.last = (now, made)

    @property
    def measured(self):
        """The seconds in which `made` steps were made."""
        return self.last[0] - self.first[0] if self.first else 0

    @property
    def made(self):
        return self.last[1] - self.first[1] if self.first else 0

    @property
    def tells(self):
        """Whether it says what a job takes besides its steps: not one that failed before them."""
        return self.began is not None and (self.first is not None or self.ended is not None and self.steps == 1)

    def besides(self, pace):
        """Returns the seconds that were no steps, as far as it has come."""
        return self.first[0] - self.began if self.ended is None else max(0, self.ended - self.began - pace * self.made)

    def seconds_left(self, now, pace, besides):
        if self.first is not None:
            return max(0, pace * (self.steps - self.last[1]) - (now - self.last[0]))
        waited = 0 if self.began is None else now - self.began
        return max(0, besides - waited) + pace * self.steps


def _ratio(seconds, steps):
    return seconds / steps if steps else None
