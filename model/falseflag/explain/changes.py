"""A problem with one thing in it other than it is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from falseflag.problem import Distributions, Problem


def with_statement_at(problem: Problem, statement: int, value: float) -> Problem:
    """Hold one likelihood statement at a point."""
    values = problem.statements
    alpha, beta, point = values.alpha.copy(), values.beta.copy(), values.point.copy()
    alpha[statement] = beta[statement] = np.nan
    point[statement] = value
    return replace(problem, statements=Distributions(alpha, beta, point))
