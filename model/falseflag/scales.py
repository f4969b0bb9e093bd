"""The two published scales that the project speaks in, and its conventions about them.

ICD 203 (Office of the Director of National Intelligence, *Analytic Standards*, 2015) gives likelihood terms;
the Admiralty code (NATO AJP-2.1) grades a source by a letter and a piece of information by a digit.
"""

from __future__ import annotations

from typing import NamedTuple

from falseflag.wording import rounded


class Band(NamedTuple):
    """One ICD 203 likelihood band: its two terms and its edges as probabilities."""

    term: str
    synonym: str
    low: float
    high: float


BANDS: tuple[Band, ...] = (
    Band("almost no chance", "remote", 0.01, 0.05),
    Band("very unlikely", "highly improbable", 0.05, 0.20),
    Band("unlikely", "improbable", 0.20, 0.45),
    Band("roughly even chance", "roughly even odds", 0.45, 0.55),
    Band("likely", "probable", 0.55, 0.80),
    Band("very likely", "highly probable", 0.80, 0.95),
    Band("almost certain", "nearly certain", 0.95, 0.99),
)

TERMS: dict[str, Band] = {name: band for band in BANDS for name in (band.term, band.synonym)}

GRADES: dict[str, float] = {
    "A": 0.95, "B": 0.85, "C": 0.70, "D": 0.60, "E": 0.50, "F": 0.50,
    "1": 0.95, "2": 0.85, "3": 0.70, "4": 0.60, "5": 0.50, "6": 0.50,
}  # fmt: skip
"""Reliability that each letter (source) and digit (information) stands for: this project's convention."""


def band_of(probability: float) -> Band:
    """Return the band of a probability as it is shown, rounded; a band holds its lower edge."""
    shown = rounded(probability)
    return next((band for band in reversed(BANDS) if shown >= band.low), BANDS[0])


ROUNDING = 1e-9
"""A sum of probabilities may be above 1 by this."""


def words(probability: float) -> str:
    """Word a probability as ICD 203 does.

    The term is that of the number that people are shown, so that the two never contradict each other. Below 1 % and
    above 99 %, where ICD 203 has no term, it is the outermost one, and says so.

    >>> [words(p) for p in (0.0096, 0.0094, 0.546, 0.9904, 0.9906)]
    ['almost no chance', 'almost no chance (below 1 %)', 'likely', 'almost certain', 'almost certain (above 99 %)']
    """
    if not 0 <= probability <= 1 + ROUNDING:
        raise ValueError(f"a probability should be in [0, 1] but got {probability}")
    term, shown = band_of(probability).term, rounded(probability)
    if shown < BANDS[0].low:
        return f"{term} (below 1 %)"
    return f"{term} (above 99 %)" if shown > BANDS[-1].high else term


def words_touched(low: float, high: float) -> list[str]:
    """List the terms of all bands that the interval [low, high] touches, lowest first."""
    first, last = BANDS.index(band_of(low)), BANDS.index(band_of(high))
    return [band.term for band in BANDS[first : last + 1]]
