"""The answer without each piece of evidence: without an indicator, a group as a whole, a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.evidence import Evidence, leading
from falseflag.problem import UNKNOWN

type Kind = Literal["indicator", "group", "member", "source"]


@dataclass(frozen=True, slots=True)
class Without:
    """The answer, had one piece of evidence not been there.

    Parameters
    ----------
    name : str
        Of the indicator, group or source.
    kind : {'indicator', 'group', 'member', 'source'}
        An ungrouped indicator and a group are factors; a member is an indicator of a group, taken out alone.
    posterior : mapping from str to float
        Probability of every node.
    leader : str
        The most probable leaf.
    """

    name: str
    kind: Kind
    posterior: dict[str, float]
    leader: str

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        key = "factor" if self.kind in {"indicator", "group"} else self.kind
        return {key: self.name, "kind": self.kind, "posterior": self.posterior, "leader": self.leader}


def without_factors(evidence: Evidence) -> tuple[Without, ...]:
    """Leave out each factor in turn: every ungrouped reported indicator, and every group as a whole."""
    totals = evidence.log_scores - evidence.log_likelihoods
    return tuple(
        _row(evidence, factor.name, "group" if factor.is_group else "indicator", scores)
        for factor, scores in zip(evidence.exact.factors, totals, strict=True)
    )


def without_members(evidence: Evidence) -> tuple[Without, ...]:
    """Leave out each reported indicator that stands in a group, alone; the group is answered again without it."""
    problem = evidence.problem
    grouped = np.flatnonzero(problem.is_reported & (problem.group_of >= 0))
    return tuple(_without(evidence, problem.indicators[i], "member", [int(i)]) for i in grouped)


def without_sources(evidence: Evidence, case: Case) -> tuple[Without, ...]:
    """Leave out all that each source has reported, for every source with a report."""
    place = {name: i for i, name in enumerate(evidence.problem.indicators)}
    told: dict[str, list[int]] = {name: [] for name in case.sources}
    for indicator in case.indicators.values():
        if indicator.source in told and indicator.observed is not None:
            told[indicator.source].append(place[indicator.name])
    return tuple(_without(evidence, name, "source", indicators) for name, indicators in told.items() if indicators)


def _without(evidence: Evidence, name: str, kind: Kind, indicators: list[int]) -> Without:
    return _row(evidence, name, kind, evidence.log_scores_with(dict.fromkeys(indicators, UNKNOWN)))


def _row(evidence: Evidence, name: str, kind: Kind, log_scores: np.ndarray) -> Without:
    leader = evidence.problem.leaves[leading(log_scores)]
    return Without(name, kind, evidence.nodes(log_scores), leader)
