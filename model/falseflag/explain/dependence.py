"""The answer with the indicators of every group independent, as written, and all but the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Distributions, Problem

FULL = 0.99
"""Correlation that stands for one piece of evidence reported several times."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Probability of every node with all groups' ρ at 0, as written, and at 0.99."""

    none: dict[str, float]
    as_written: dict[str, float]
    full: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        return {"none": self.none, "as_written": self.as_written, "full": self.full}


def dependence(exact: ExactPosterior) -> Dependence:
    """Answer with no dependence, with that which is written, and with full dependence."""
    return Dependence(nodes_at(exact, 0.0), node_probabilities(exact), nodes_at(exact, FULL))


def with_correlation(problem: Problem, correlation: float) -> Problem:
    """Return the problem with every group's ρ held at one value."""
    count = len(problem.correlation)
    nothing = np.full(count, np.nan)
    return replace(problem, correlation=Distributions(nothing, nothing, np.full(count, correlation)))


def nodes_at(exact: ExactPosterior, correlation: float) -> dict[str, float]:
    """Return the probability of every node with every group's ρ held at one value."""
    problem = with_correlation(exact.problem, correlation)
    return node_probabilities(ExactPosterior(problem, exact.factors.with_problem(problem)))


def node_probabilities(exact: ExactPosterior) -> dict[str, float]:
    """Return the probability of every node by name."""
    return dict(zip(exact.problem.nodes, exact.nodes.tolist(), strict=True))
