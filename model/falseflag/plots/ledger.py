"""An account in decibans: the prior odds first, what each factor adds, the largest first, the posterior odds last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from falseflag.plots.decibans import AFTER, AGAINST, BEFORE, FOR

type Kind = Literal["prior", "factor", "rest", "posterior"]

MOST = 22
"""Factors that stand by themselves; the others are added up in one row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.

    Parameters
    ----------
    label : str
    db : float
    kind : {'prior', 'factor', 'rest', 'posterior'}
    start : float
        What the rows above add up to; 0 for the prior and the posterior.
    interval : tuple of float or None
    error : float
        Standard error; 0 where `db` is exact.
    """

    label: str
    db: float
    kind: Kind = "factor"
    start: float = 0.0
    interval: tuple[float, float] | None = None
    error: float = 0.0

    @property
    def look(self) -> dict[str, Any]:
        """How its bar is drawn."""
        if self.kind == "prior":
            return BEFORE
        if self.kind == "posterior":
            return AFTER
        return FOR if self.db >= 0 else AGAINST


def ledger(prior_db: float, posterior_db: float, factors: Sequence[Entry]) -> list[Entry]:
    """Put the factors in order between the prior and the posterior."""
    ranked = sorted(factors, key=lambda entry: -abs(entry.db))
    shown, others = (ranked[:MOST], ranked[MOST:]) if len(ranked) > MOST + 1 else (ranked, [])
    if others:
        rest = sum(entry.db for entry in others)
        shown = [*shown, Entry(f"the other {len(others)} together", rest, "rest")]
    out, total = [Entry("Prior odds", prior_db, "prior")], prior_db
    for entry in shown:
        out.append(replace(entry, start=total))
        total += entry.db
    return [*out, Entry("Posterior odds", posterior_db, "posterior")]


def left_out(factors: int) -> int:
    """Return how many factors do not stand by themselves."""
    return factors - MOST if factors > MOST + 1 else 0
