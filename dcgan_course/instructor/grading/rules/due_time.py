"""Times and durations as an instructor writes them: "2026-12-01 23:59 Asia/Seoul", "15 min", "2 days"."""

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

from dcgan_course.instructor.process.wording import visible

FIRST_YEAR, LAST_YEAR = 1981, 2999
FORM = "2026-12-01 23:59 Asia/Seoul"
TIME = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.]) ?(?P<month>[0-9]{1,2})(?P=mark) ?(?P<day>[0-9]{1,2})\.?(?:[ ]+|T)"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: ?(?P<zone>[A-Za-z+-].*))?"
)
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.IGNORECASE)
MOST_OFFSET = timedelta(hours=14)
DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([a-z]+|[가-힣]+)?", re.IGNORECASE)
UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds", "초"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes", "분"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours", "시간"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days", "일"), timedelta(days=1)),
}


def read_time(text, zone=None):
    """Reads a time with a zone; returns a `datetime`, with its zone, of the last second that is in time.

    `zone` is that of a time that names none; None if it must name one. Without seconds a minute lasts until its end:
    "23:59" is 23:59:59. 24:00 is 00:00 of the next day. Raises `ValueError` with a sentence about what is not right.
    """
    text = _plain(text)
    match = TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"'{visible(text)}' is no time: write it like '{FORM}'.")
    zone = read_zone(match["zone"]) if match["zone"] else zone
    if zone is None:
        # The machine's own zone is no help: a server is often in UTC, and nobody would see the nine hours.
        raise ValueError(f"'{visible(text)}' names no time zone: write it like '{FORM}' or '2026-12-01 23:59 +09:00'.")
    hour, minute, second = int(match["hour"]), int(match["minute"]), match["second"]
    if second == "60":
        raise ValueError(f"'{visible(text)}' is a leap second, which clocks do not show: write 59, or the next minute.")
    at_24 = hour == 24 and minute == 0 and second in (None, "00")
    try:
        named = (int(match["year"]), int(match["month"]), int(match["day"]), 0 if at_24 else hour, minute)
        time = datetime(*named) + timedelta(days=at_24)
        time = time.replace(second=int(second) if second else 59)
        if not FIRST_YEAR <= time.year <= LAST_YEAR:
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(f"'{visible(text)}' is on no calendar or clock: write it like '{FORM}'.") from None
    # An hour that comes twice, in autumn, ends when it has come for the second time.
    aware = time.replace(tzinfo=zone, fold=1)
    if _is_skipped(aware):
        raise ValueError(f"'{visible(text)}' does not exist: the clocks skip that hour on this day. Name one outside.")
    return aware


def read_zone(name):
    """Returns the zone of a name of the tz database, or of an offset from UTC; raises `ValueError` with a sentence."""
    if name.upper() in ("Z", "UTC"):
        return timezone.utc
    if match := OFFSET.fullmatch(name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset > MOST_OFFSET or int(match[3] or 0) > 59:
            raise ValueError(f"'{visible(name)}' is no offset from UTC: they go from -14:00 to +14:00.")
        return timezone(-offset if match[1] == "-" else offset)
    known = {zone.casefold(): zone for zone in available_timezones()}
    if name.casefold() in known:
        return ZoneInfo(known[name.casefold()])
    if not known:
        raise ValueError("This machine has no list of time zones (`pip install tzdata`): write an offset like +09:00.")
    raise ValueError(
        f"There is no time zone '{visible(name)}': write a name like Asia/Seoul, or an offset like +09:00."
    )


def read_duration(text, unit=None):
    """Reads a duration such as "15 min" or "2일"; returns a `timedelta`.

    `unit` is that of a number alone; None if it must have one. Raises `ValueError` with a sentence.
    """
    text = _plain(text)
    match = DURATION.fullmatch(text)
    one = match and (UNITS.get(match[2].casefold()) if match[2] else unit)
    if one is None:
        raise ValueError(f"'{visible(text)}' is no duration: write it like '15 min', '12 hours' or '2 days'.")
    return float(match[1]) * one


def show_due(time):
    """Writes a due time with its zone, for people; seconds only if they are not those at the end of a minute."""
    form = "%Y-%m-%d %H:%M" if time.second == 59 else "%Y-%m-%d %H:%M:%S"
    return f"{time.strftime(form)} {name_zone(time.tzinfo)}"


def name_zone(zone):
    """Writes a zone as its name, or as an offset."""
    return getattr(zone, "key", None) or str(zone)


def _plain(text):
    return " ".join(unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").split())


def _is_skipped(aware):
    back = aware.astimezone(timezone.utc).astimezone(aware.tzinfo)
    return back.replace(tzinfo=None) != aware.replace(tzinfo=None)
