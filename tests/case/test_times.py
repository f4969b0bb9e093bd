"""Dates and times as instants: offsets, the case's time zone, and what cannot be put in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from falseflag.case.times import Span, is_timezone, span_of


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "zone", "earliest", "latest"),
    [
        ("2023-05-03T02:30:00+03:00", "UTC", "2023-05-02T23:30:00", "2023-05-02T23:30:00"),
        ("2023-05-03T02:30:15.5Z", "Europe/Moscow", "2023-05-03T02:30:15.5", "2023-05-03T02:30:15.5"),
        ("2023-05-03T02:30", "UTC", "2023-05-03T02:30:00", "2023-05-03T02:31:00"),
        ("2023-05-03 02:30", "+03:00", "2023-05-02T23:30:00", "2023-05-02T23:31:00"),
        ("2023-05-03", "UTC", "2023-05-03T00:00:00", "2023-05-04T00:00:00"),
        ("2023-05-03", "-05:30", "2023-05-03T05:30:00", "2023-05-04T05:30:00"),
        ("2023-12", "UTC", "2023-12-01T00:00:00", "2024-01-01T00:00:00"),
        ("2024-02", "UTC", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("2023", "UTC", "2023-01-01T00:00:00", "2024-01-01T00:00:00"),
        ("0001-01-01", "+03:00", "0001-01-01T00:00:00", "0001-01-01T21:00:00"),
    ],
)
def test_a_date_spans_the_instants_that_it_may_mean(date: str, zone: str, earliest: str, latest: str) -> None:
    assert span_of(date, zone) == Span(utc(earliest), utc(latest))


@pytest.mark.parametrize("date", ["9999", "9999-12", "9999-12-31", "9999-12-31T23:59", "9999-12-31T23:59:59-23:59"])
def test_the_end_of_the_calendar_is_no_error(date: str) -> None:
    span = span_of(date, "-12:00")
    assert span.earliest <= span.latest


def test_a_day_with_summer_time_has_23_hours() -> None:
    span = span_of("2023-03-26", "Europe/Kyiv")
    assert (span.latest - span.earliest).total_seconds() == 23 * 3600


def test_moscow_and_utc_are_put_in_the_order_of_the_instants() -> None:
    moscow, zulu = span_of("2023-05-03T02:30:00+03:00"), span_of("2023-05-02T23:45Z")
    assert moscow.is_before(zulu)
    assert not zulu.is_before(moscow)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2023-05-03", "2023-05-03T12:00"),
        ("2023-05", "2023-05-03"),
        ("2023-05-03T02:30:00Z", "2023-05-03T05:30:00+03:00"),
        ("2023-05-03", "2023-05-03"),
    ],
)
def test_what_overlaps_is_in_no_order(one: str, other: str) -> None:
    spans = span_of(one), span_of(other)
    assert not spans[0].is_before(spans[1])
    assert not spans[1].is_before(spans[0])


def test_neighbouring_days_are_in_order() -> None:
    assert span_of("2023-05-03").is_before(span_of("2023-05-04"))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Moscow", "+03:00", "-09:30"])
def test_time_zones(zone: str) -> None:
    assert is_timezone(zone)


@pytest.mark.parametrize("zone", ["", "Moscow", "+3", "../etc/passwd", "/etc/localtime", "+25:00", "Europe"])
def test_what_is_no_time_zone(zone: str) -> None:
    assert not is_timezone(zone)
