"""What a notebook gives in the end: what was graded, less what coming late costs, with what a person adjusted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Total:
    """The parts of one notebook's total."""

    points: float | None  # The exercises' marks; None if nothing was graded, and all is given by hand.
    possible: int
    taken_off: float = 0.0
    adjusted: float = 0.0

    @property
    def total(self):
        """The points that are handed on: never below 0, and never above what the notebook can give.

        A platform refuses a mark above its maximum, and a slip of the pen in a table must not make one.
        """
        return min(max(self._unlimited, 0.0), float(self.possible))

    @property
    def is_limited(self):
        """Says whether the parts would give more than the notebook has, or less than 0."""
        return self.total != self._unlimited

    @property
    def _unlimited(self):
        return round((self.points or 0.0) - self.taken_off + self.adjusted, 2)
