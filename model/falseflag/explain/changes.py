"""A problem with one thing in it other than it is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from falseflag.problem import Branching, Distributions, Problem


def with_statement_at(problem: Problem, statement: int, value: float) -> Problem:
    """Hold one likelihood statement at a point."""
    values = problem.statements
    alpha, beta, point = values.alpha.copy(), values.beta.copy(), values.point.copy()
    alpha[statement] = beta[statement] = np.nan
    point[statement] = value
    return replace(problem, statements=Distributions(alpha, beta, point))


def with_weight_times(problem: Problem, node: int, factor: float) -> Problem:
    """Multiply one node's prior weight; its siblings' stay as they are, and so does the branching's strength."""
    return replace(problem, branchings=tuple(_scaled(b, node, factor) for b in problem.branchings))


def _scaled(branching: Branching, node: int, factor: float) -> Branching:
    if node not in branching.children:
        return branching
    weight = branching.concentration * np.where(branching.children == node, factor, 1.0)
    return replace(branching, concentration=branching.concentration.sum() * (weight / weight.sum()))
