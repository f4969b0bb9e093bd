"""Turns all the intervals of a case into Beta distributions at once, which is ten times faster than singly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from falseflag.case.nodes import Data, Plain
from falseflag.case.values import NUMBER
from falseflag.distributions import Beta, betas_from_intervals

MAX_INTERVALS = 2000
"""Different intervals in a case: each that no Beta distribution fits costs a third of a millisecond."""

type Interval = tuple[float, float]
type Solved = Mapping[Interval, Beta | None]
"""Beta distributions by interval, None where there is none."""


def solve_all(data: Data) -> Solved:
    """Return the Beta distributions of all intervals in `data`, or none where they are more than `MAX_INTERVALS`."""
    intervals = list(dict.fromkeys(_intervals(data)))
    if len(intervals) > MAX_INTERVALS:
        return {}
    return dict(zip(intervals, betas_from_intervals(intervals), strict=True))


def _intervals(data: Data) -> Iterator[Interval]:
    match data:
        case dict():
            for value in data.values():
                yield from _intervals(value)
        case [Plain() as low, Plain() as high] if NUMBER.fullmatch(low) and NUMBER.fullmatch(high):
            ends = float(low), float(high)
            if 0 < ends[0] < ends[1] < 1:
                yield ends
        case list():
            for item in data:
                yield from _intervals(item)
