r"""What to find out next: how much each unknown indicator is expected to tell.

With P(h) the answer so far and o ∈ {present, absent} what would be reported,

    bits = Σ_o P(o) Σ_h P(h | o) log₂ (P(h | o) / P(h)),

the mutual information of the report and the hypothesis given the evidence (Lindley 1956, *On a measure of the
information provided by an experiment*). P(o) = Σ_h P(h) P(o | h, evidence); a member of a group is judged in the light
of what was reported on the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from falseflag.exact.posterior import normalise
from falseflag.explain.evidence import Evidence, leading
from falseflag.problem import ABSENT, PRESENT, Floats


@dataclass(frozen=True, slots=True)
class Prospect:
    """An unknown indicator, and what finding it out would do.

    Parameters
    ----------
    indicator : str
    bits : float
        Expected information about the leaves.
    p_present : float
        Probability that it would be reported present.
    if_present, if_absent : mapping from str to float
        Probability of every node under either outcome.
    leader_if_present, leader_if_absent : str
        The most probable leaf then.
    """

    indicator: str
    bits: float
    p_present: float
    if_present: dict[str, float]
    if_absent: dict[str, float]
    leader_if_present: str
    leader_if_absent: str

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``next --json``."""
        return {name: getattr(self, name) for name in Prospect.__dataclass_fields__}


def prospects(evidence: Evidence) -> tuple[Prospect, ...]:
    """Rank the unknown indicators by expected information, best first; equals stay in the file's order."""
    unknown = np.flatnonzero(~evidence.problem.is_reported)
    rows = [_prospect(evidence, int(i)) for i in unknown]
    return tuple(sorted(rows, key=lambda row: -row.bits))


def _prospect(evidence: Evidence, indicator: int) -> Prospect:
    before = evidence.log_scores
    present = evidence.log_scores_with({indicator: PRESENT})
    absent = evidence.log_scores_with({indicator: ABSENT})
    log_odds = special.logsumexp(present) - special.logsumexp(absent)
    p_present, p_absent = float(special.expit(log_odds)), float(special.expit(-log_odds))
    leaves = evidence.problem.leaves
    return Prospect(
        indicator=evidence.problem.indicators[indicator],
        bits=p_present * _divergence(present, before) + p_absent * _divergence(absent, before),
        p_present=p_present,
        if_present=evidence.nodes(present),
        if_absent=evidence.nodes(absent),
        leader_if_present=leaves[leading(present)],
        leader_if_absent=leaves[leading(absent)],
    )


def _divergence(after: Floats, before: Floats) -> float:
    """Kullback-Leibler divergence of two answers in bits, from their log scores; never below 0."""
    change = (after - special.logsumexp(after)) - (before - special.logsumexp(before))
    return max(0.0, float(normalise(after) @ change / np.log(2)))
