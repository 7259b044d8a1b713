"""Whether an attempt was late, what says so, and what it costs."""

from dataclasses import dataclass
from datetime import datetime

from dcgan_course.instructor.grading.rules.due_time import name_zone

LATE, ON_TIME, NOT_KNOWN = "late", "on time", "not known"
# Why it is not known.
NOTHING, COPIED, EXTENDED = "nothing", "copied", "extended"


@dataclass(frozen=True)
class Lateness:
    """How one attempt stands to the due time of its student."""

    state: str  # `LATE`, `ON_TIME` or `NOT_KNOWN`, which costs nothing.
    source: str  # What says so: a platform, `arrival.ZIP`, `arrival.FILE`, or "".
    due: datetime  # The student's own due time, in its zone.
    is_extended: bool = False
    came: datetime | None = None  # In the zone of the due time; None if only "late" is known, or nothing.
    names_zone: bool = True  # Whether the source names a zone; else it is read in that of the due time.
    seconds: int = 0  # How long after the due time it came.
    days: int = 0  # How many days have begun since it is late.
    reason: str = ""  # Why it is not known.
    percent: float = 0.0  # Of a notebook's points, that it costs.

    @property
    def is_late(self):
        """Says whether it is late."""
        return self.state == LATE

    def taken_off(self, result):
        """Returns the points that it costs a `SubmissionResult`: no more than it has."""
        return min(result.points, round(result.possible * self.percent / 100, 2)) if self.is_late else 0.0

    def to_json(self):
        """Returns its entry of `grades.json`."""
        return {
            "late": {LATE: True, ON_TIME: False}.get(self.state),
            "told_by": self.source,
            "came": self.came and self.came.isoformat(),
            "zone_named": self.names_zone if self.came else None,
            "due": self.due.isoformat(),
            "extension": self.is_extended,
            "seconds_after": self.seconds if self.came else None,
            "days_begun": self.days,
            "percent": self.percent,
        }

    @property
    def read_as(self):
        """The zone in which a time was read that names none, or ""."""
        return "" if self.names_zone else name_zone(self.due.tzinfo)


def milder(first, second):
    """Returns which of two `Lateness` of the same content costs less; of equals the first, which was there before."""
    return min((first, second), key=lambda each: (each.percent, each.is_late))
