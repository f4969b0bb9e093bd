"""The answer with the indicators of every group independent, as written, and all but the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.exact.posterior import answer_exactly
from falseflag.explain.evidence import Evidence
from falseflag.problem import Distributions, Problem

FULL = 0.99
"""Correlation that stands for one piece of evidence told several times."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Probability of every node with all groups' ρ at 0, as written, and at 0.99."""

    none: dict[str, float]
    as_written: dict[str, float]
    full: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        return {"none": self.none, "as_written": self.as_written, "full": self.full}


def dependence(evidence: Evidence) -> Dependence:
    """Answer with no dependence, with that which is written, and with full dependence."""
    return Dependence(
        none=_nodes(with_correlation(evidence.problem, 0.0)) if evidence.groups_present else _as_written(evidence),
        as_written=_as_written(evidence),
        full=_nodes(with_correlation(evidence.problem, FULL)) if evidence.groups_present else _as_written(evidence),
    )


def with_correlation(problem: Problem, correlation: float) -> Problem:
    """Return the problem with every group's ρ held at one value."""
    count = len(problem.groups)
    nothing = np.full(count, np.nan)
    return replace(problem, correlation=Distributions(nothing, nothing, np.full(count, correlation)))


def _as_written(evidence: Evidence) -> dict[str, float]:
    return evidence.nodes(evidence.log_scores)


def _nodes(problem: Problem) -> dict[str, float]:
    nodes = answer_exactly(problem).nodes
    return {name: float(value) for name, value in zip(problem.nodes, nodes, strict=True)}
