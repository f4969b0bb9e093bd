"""The answer without each piece of evidence: without an item, a member of a group, a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from falseflag.arrays import Floats
from falseflag.explain.analysis import Analysis
from falseflag.inference.exact.factors import Evidence
from falseflag.problem import NOTHING

type Kind = Literal["indicator", "group", "member", "source"]


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """The answer, had one piece of evidence not been there.

    Parameters
    ----------
    name : str
        Of the indicator, group or source.
    kind : {'indicator', 'group', 'member', 'source'}
        An ungrouped indicator and a group are items; a member is an indicator of a group, left out alone.
    posterior : mapping of str to float
        Probability of every node.
    leader : str
        The most probable top-level hypothesis.
    """

    name: str
    kind: Kind
    posterior: dict[str, float]
    leader: str

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        key = "factor" if self.kind in {"indicator", "group"} else self.kind
        return {key: self.name, "kind": self.kind, "posterior": self.posterior, "leader": self.leader}


def leave_one_out(analysis: Analysis) -> tuple[LeaveOneOut, ...]:
    """Leave out each item in turn, then each member of a group, then all that each source reports."""
    return (*_items(analysis), *_members(analysis), *_sources(analysis))


def _items(analysis: Analysis) -> list[LeaveOneOut]:
    if not analysis.items:
        return []
    likelihood = analysis.coalitions.log_likelihood(~np.eye(len(analysis.items), dtype=bool))
    return [
        _row(analysis, item.name, "group" if item.is_group else "indicator", analysis.problem.log_prior + each)
        for item, each in zip(analysis.items, likelihood, strict=True)
    ]


def _members(analysis: Analysis) -> list[LeaveOneOut]:
    problem = analysis.problem
    everything = Evidence.all_of(problem)
    grouped = np.flatnonzero(problem.is_evidence & (problem.group_of != NOTHING)).tolist()
    return [
        _row(
            analysis,
            problem.indicators[i],
            "member",
            analysis.given(everything.without(problem, indicators=[i])),
        )
        for i in grouped
    ]


def _sources(analysis: Analysis) -> list[LeaveOneOut]:
    problem = analysis.problem
    everything = Evidence.all_of(problem)
    return [
        _row(analysis, name, "source", analysis.given(everything.without(problem, source=name)))
        for name in problem.sources
        if name in problem.reports.source
    ]


def _row(analysis: Analysis, name: str, kind: Kind, log_scores: Floats) -> LeaveOneOut:
    return LeaveOneOut(name, kind, analysis.nodes(log_scores), analysis.ranked(log_scores)[0])
