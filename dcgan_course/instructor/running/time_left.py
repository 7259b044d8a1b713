"""How long jobs will still take that are done one after another or some at once."""


class TimeLeft:
    """Estimates the time that is left from the steps that were made, and from nothing before them.

    Until its first steps a run imports TensorFlow and compiles, and a run that goes on begins with steps that an
    earlier one made: neither says how fast steps are. So the clock of a run starts when the run can tell itself how
    long it will take. Jobs that never tell count when they have ended.

    Every time is in seconds of one clock.

    Args:
        steps: A dict from each job's name to its steps.
        now: The time.
    """

    def __init__(self, steps, now):
        self._steps = steps
        self._began = now
        self._first, self._last = {}, {}  # The steps of each job when it could first tell, and now.
        self._ended = set()

    def see(self, progress, now):
        """Notes how far a job is, a `RunProgress`."""
        if not progress.steps or progress.name in self._ended:
            return
        made = self._steps[progress.name] * progress.step / progress.steps
        if progress.name in self._first:
            self._last[progress.name] = made
        elif progress.seconds_left is not None:
            if not self._first:
                self._began = now
            self._first[progress.name] = self._last[progress.name] = made

    def end(self, name, finished):
        """Notes that a job has ended, and whether it has made all its steps."""
        self._ended.add(name)
        if finished and name in self._first:
            self._last[name] = self._steps[name]

    def seconds(self, now):
        """Returns how many seconds all jobs will still take; None while there is nothing to estimate from."""
        left = sum(steps - self._last.get(name, 0) for name, steps in self._steps.items() if name not in self._ended)
        if self._first:
            made = sum(self._last[name] - first for name, first in self._first.items())
        else:
            made = sum(self._steps[name] for name in self._ended)
        return (now - self._began) * left / made if made else None
