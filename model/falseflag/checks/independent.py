"""The checks of an exact answer: its independent draws against its quadrature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from falseflag.answer import Check
from falseflag.checks.agreement import check_agreement, standard_error
from falseflag.checks.completeness import check_completeness
from falseflag.problem import Floats, Problem


def check_independent(leaf_draws: Floats, exact_leaves: Floats, problem: Problem) -> Sequence[Check]:
    """Check that all draws are finite, and that quadrature and draws agree.

    Parameters
    ----------
    leaf_draws : ndarray, shape (n, H)
        P_h(φ) of independent draws.
    exact_leaves : ndarray, shape (H,)
    problem : Problem
    """
    draws = len(leaf_draws)
    complete = check_completeness({"probability": leaf_draws[None]}, (1, draws))
    if not complete.passed:
        return [complete]
    below = problem.membership.T.astype(float)
    nodes = leaf_draws @ below
    exact = exact_leaves @ below
    error = standard_error(nodes.std(axis=0, ddof=1) / np.sqrt(draws), exact, draws)
    return [complete, check_agreement(nodes.mean(axis=0), error, exact, problem.nodes)]
