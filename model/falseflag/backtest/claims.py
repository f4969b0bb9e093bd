"""What is said of false flags, held against the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from falseflag.backtest.discrimination import Discrimination
from falseflag.record.counts import counts_of
from falseflag.record.model import Record


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said of false flags.

    Parameters
    ----------
    sentence : str
    indicator : str
        What it is about in the record.
    is_more : bool
        Whether it says that false flags have it more often than the rest, or less often.
    """

    sentence: str
    indicator: str
    is_more: bool


CLAIMS = (
    Claim("False flags go for mass casualties", "mass_casualties", is_more=True),
    Claim("The propaganda of a false flag's “victims” is louder", "incendiary_response", is_more=True),
    Claim("What was staged is disclosed faster", "late_disclosure", is_more=False),
)
"""From the article that the default case is read off: its arguments against a false flag, turned about."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A claim with what the record says.

    Parameters
    ----------
    claim : Claim
    seen : mapping from str to (int, int)
        By class of author: incidents that have it, and incidents of which it is known.
    found : Discrimination
    chance : float
        Probability that the claim holds of the rates behind the record.
    """

    claim: Claim
    seen: Mapping[str, tuple[int, int]]
    found: Discrimination
    chance: float


def examine(record: Record, found: Sequence[Discrimination]) -> Sequence[Examined]:
    """Hold every claim against the record, whose indicators' discrimination was found."""
    counts = counts_of(record)
    by_name = {one.indicator: one for one in found}
    out = []
    for claim in CLAIMS:
        at, one = record.indicators.index(claim.indicator), by_name[claim.indicator]
        seen = {
            of: (int(counts.seen_present[at, c]), int(counts.seen_present[at, c] + counts.seen_absent[at, c]))
            for c, of in enumerate(record.classes)
        }
        out.append(Examined(claim, seen, one, one.chance if claim.is_more else 1 - one.chance))
    return out
