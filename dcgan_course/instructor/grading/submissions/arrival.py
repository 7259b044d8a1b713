"""When something was handed in, and what says so: the learning platform's own word, or else the time of the file."""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timezone

FILE, ZIP = "file", "zip"
# A zip or a disk that has no times says 1980 or 1970, and a damaged one anything.
FIRST_YEAR, LAST_YEAR = 1981, 2999


@dataclass(frozen=True)
class Arrival:
    """When an attempt came, as far as anything tells it."""

    source: str = ""  # The platform, such as "Canvas"; `ZIP` or `FILE` for the time of the file; "" for nothing.
    time: str = ""  # In ISO 8601. Without an offset it is what clocks showed at a place that nothing names.
    late: bool | None = None  # What Canvas says instead of a time.

    @property
    def is_platforms(self):
        """Says whether the learning platform itself says it."""
        return self.source not in ("", FILE, ZIP)

    def moment(self, zone):
        """Returns the time as a `datetime` in UTC, to the second; None if there is none.

        `zone` is that of a time without an offset. Of an hour that comes twice, the first is meant: it is never later.
        """
        if not self.time:
            return None
        time = datetime.fromisoformat(self.time).replace(microsecond=0)
        return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(timezone.utc)

    @property
    def order(self):
        """The time in seconds, to compare the files of one student; None if there is none."""
        time = self.time and datetime.fromisoformat(self.time)
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp() if time else None

    @classmethod
    def from_json(cls, written):
        """Reads a dict of its fields; what is not understood tells nothing."""
        with contextlib.suppress(TypeError, ValueError, AttributeError, OverflowError):
            arrival = cls(**written)
            arrival.moment(timezone.utc)
            return arrival
        return cls()


def arrived(source, time):
    """Returns the `Arrival` of a `datetime`; one that tells nothing for a year in which nobody hands in."""
    return Arrival(source, time.isoformat()) if FIRST_YEAR <= time.year <= LAST_YEAR else Arrival()


def time_of_file(seconds):
    """Returns the `Arrival` that a file's time gives, in seconds since 1970."""
    with contextlib.suppress(ValueError, OverflowError, OSError):
        return arrived(FILE, datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=0))
    return Arrival()


def time_in_zip(date_time):
    """Returns the `Arrival` that a zip's entry gives: six numbers, which name no zone and may be impossible."""
    with contextlib.suppress(ValueError):
        return arrived(ZIP, datetime(*date_time))
    return Arrival()


def better(recorded, today):
    """Returns which of two `Arrival` of one attempt is to be believed.

    The platform's word of today comes first, for it may have been corrected there; then the zip's; then the file's. Of
    two of one kind the earlier counts: copying only makes a file younger.
    """
    ranks = [(each.is_platforms, each.source == ZIP, each.source == FILE) for each in (recorded, today)]
    if ranks[0] != ranks[1]:
        return recorded if ranks[0] > ranks[1] else today
    return today if today.is_platforms or today.time < recorded.time else recorded
