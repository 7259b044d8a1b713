"""How a class's marks are spread: bars for a picture, the median and the quartiles."""

import math
import statistics
from collections import Counter
from dataclasses import dataclass

MOST_BARS = 30
MOST_TICKS = 7
WIDTHS = (1, 2, 5, 10, 20, 25, 50, 100)  # Of a bar, in points.


@dataclass(frozen=True)
class Bar:
    """How many marks are at least `low` and less than `high`."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Distribution:
    """The marks of one notebook, or of all together."""

    title: str
    possible: float  # The most that the checks give.
    marks: list  # From the lowest to the highest; at least one.
    bars: list  # Of `Bar`, side by side from the lowest to the highest.
    lower: float  # A quarter of the marks is no higher.
    median: float
    upper: float  # A quarter of the marks is no lower.

    @property
    def mean(self):
        """The mean of all marks."""
        return statistics.fmean(self.marks)

    @property
    def tallest(self):
        """The count of the highest bar."""
        return max(bar.count for bar in self.bars)

    @property
    def ticks(self):
        """A list of the marks to write below the bars: evenly spaced, and the last one."""
        lows = [bar.low for bar in self.bars]
        step = math.ceil(len(lows) / MOST_TICKS)
        return [*lows[:-step:step], lows[-1]]

    def place(self, mark):
        """Returns where a mark lies in the picture, in percent of its width.

        Where a bar is one point wide, as most marks are whole numbers, that is the middle of the mark's bar.
        """
        first = self.bars[0]
        return self._percent(mark + (0.5 if first.high - first.low == 1 else 0))

    def edges(self, bar):
        """Returns where a bar begins and how wide it is, in percent of the picture's width."""
        begin, end = self._percent(bar.low), self._percent(bar.high)
        return begin, round(end - begin, 2)

    def _percent(self, mark):
        first, last = self.bars[0].low, self.bars[-1].high
        return round(100 * (mark - first) / (last - first), 2)


def make_distribution(title, marks, possible):
    """Makes the `Distribution` of a list of marks; returns None if it is empty.

    A mark may also be higher than `possible`, or lower than 0: what is added or taken off by hand can do that.
    """
    if not marks:
        return None
    marks = sorted(marks)
    lowest, highest = min(0, marks[0]), max(possible, marks[-1], 1)
    width = next((width for width in WIDTHS if (highest - lowest) / width < MOST_BARS), WIDTHS[-1])
    counts = Counter(math.floor(mark / width) for mark in marks)
    indices = range(math.floor(lowest / width), math.floor(highest / width) + 1)
    bars = [Bar(index * width, (index + 1) * width, counts[index]) for index in indices]
    lower, median, upper = statistics.quantiles(marks, n=4, method="inclusive") if len(marks) > 1 else marks * 3
    return Distribution(title, possible, marks, bars, lower, median, upper)
