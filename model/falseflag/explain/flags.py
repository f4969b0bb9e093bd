"""Indicators that deserve a second look: those that tell nothing, and those that tell too much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag.exact.posterior import log_report
from falseflag.explain.evidence import DECIBANS, Evidence

NOTHING_DB = 0.5
"""An indicator tells nothing if no weight of evidence between two leaves is beyond this."""

STRONG_DB = 20.0
"""A single report is suspiciously strong if one of its weights is beyond this: odds of a hundred to one."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Reported indicators, by how far the most different leaves are apart on them (each indicator taken alone).

    Parameters
    ----------
    tells_nothing, too_strong : tuple of str
    strongest : mapping from str to float
        The largest weight of each between any two leaves, in decibans.
    """

    tells_nothing: tuple[str, ...]
    too_strong: tuple[str, ...]
    strongest: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``explain --json``."""
        return {"tells_nothing": list(self.tells_nothing), "too_strong": list(self.too_strong)}


def flag(evidence: Evidence) -> Flags:
    """Point out the reported indicators that tell nothing or suspiciously much."""
    problem = evidence.problem
    reported = np.flatnonzero(problem.is_reported)
    range_db = DECIBANS * np.ptp(log_report(problem, reported), axis=1)
    strongest = {problem.indicators[i]: float(db) for i, db in zip(reported, range_db, strict=True)}
    return Flags(
        tells_nothing=tuple(name for name, db in strongest.items() if db <= NOTHING_DB),
        too_strong=tuple(name for name, db in strongest.items() if db > STRONG_DB),
        strongest=strongest,
    )
