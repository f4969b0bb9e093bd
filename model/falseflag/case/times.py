"""When something became known: dates and times of a case file as instants."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([-+])([0-9]{2}):([0-5][0-9])")
_PARTS = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?(?:[T ](.+))?")


class Span(NamedTuple):
    """The earliest instant that a date or time may mean, and the first one after it that it cannot."""

    earliest: datetime
    latest: datetime

    def is_before(self, other: Span) -> bool:
        """Return whether it certainly comes first; equal instants come in no order."""
        return self.latest <= other.earliest and self != other


def is_timezone(text: str) -> bool:
    """Return whether a text names a time zone."""
    try:
        zone_of(text)
    except (ValueError, OSError, KeyError):
        return False
    return True


def zone_of(text: str) -> tzinfo:
    """Return the time zone of a name of the IANA database, of ``UTC`` or of an offset such as ``+03:00``.

    Raises
    ------
    ValueError, OSError, KeyError
        If it names none.
    """
    if text in {"UTC", "Z"}:
        return UTC
    if match := _OFFSET.fullmatch(text):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(-offset if match[1] == "-" else offset)
    return ZoneInfo(text)


def span_of(date: str, zone: str = "UTC") -> Span:
    """Return the instants that a `date` or `seen` of a case may mean.

    Parameters
    ----------
    date : str
        ISO 8601: a year, a month, a day, or a day with a time.
    zone : str
        The case's time zone, for all that has no offset of its own.

    Returns
    -------
    Span
        Both ends equal for a time to the second; a time to the minute spans that minute.

    Examples
    --------
    >>> moscow, utc = span_of("2023-05-03T02:30+03:00"), span_of("2023-05-02T23:45Z")
    >>> moscow.is_before(utc)
    True
    >>> span_of("2023-05-03").is_before(span_of("2023-05-03T12:00"))
    False
    """
    match = _PARTS.fullmatch(date)
    if match is None:
        raise ValueError(f"{date!r} is no date")
    year, month, day, time = match.groups()
    start = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{time or '00:00'}")
    if time is not None:
        precise = re.match(r"[0-9]{2}:[0-9]{2}:", time)
        begin = start if start.tzinfo else start.replace(tzinfo=zone_of(zone))
        end = begin if precise else _shifted(begin, timedelta(minutes=1))
        return Span(_instant(begin), _instant(end))
    begin = start.replace(tzinfo=zone_of(zone))
    if day:
        end = _shifted(begin, timedelta(days=1))
    elif month:
        end = _shifted(begin.replace(day=1), timedelta(days=32))
        end = end.replace(day=1) if end < _LATEST else end
    else:
        end = begin.replace(year=begin.year + 1) if begin.year < MAXYEAR else _LATEST
    return Span(_instant(begin), _instant(end))


_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


def _shifted(time: datetime, by: timedelta) -> datetime:
    """Return a later time on the wall clock, at most the last that can be written."""
    try:
        return time + by
    except OverflowError:
        return _LATEST


def _instant(time: datetime) -> datetime:
    """Return a time in UTC, at the ends of the calendar the last that can be written."""
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return _EARLIEST if time.year == MINYEAR else _LATEST
