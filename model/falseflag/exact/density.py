"""Log density of draws under what was elicited: what prior power-scaling scales."""

from __future__ import annotations

import numpy as np
from scipy import special

from falseflag.exact.draws import Draws
from falseflag.problem import Distributions, Floats, Problem

SMALLEST = 1e-300


def log_weight_density(problem: Problem, draws: Draws) -> Floats:
    """Return the log density of each draw's prior weights over the tree, shape (n,)."""
    total = np.zeros(len(draws.theta))
    for branching in problem.branchings:
        concentration = branching.concentration
        weights = np.log(np.maximum(draws.node_weight[:, branching.children], SMALLEST))
        constant = special.gammaln(concentration.sum()) - special.gammaln(concentration).sum()
        total += constant + weights @ (concentration - 1)
    return total


def log_judgement_density(problem: Problem, draws: Draws) -> Floats:
    """Return the log density of each draw's θ, r and ρ (points add nothing), shape (n,)."""
    return (
        _log_beta_density(problem.statements, draws.theta)
        + _log_beta_density(problem.reliability, draws.reliability)
        + _log_beta_density(problem.correlation, draws.correlation)
    )


def _log_beta_density(values: Distributions, drawn: Floats) -> Floats:
    free = ~values.is_point
    alpha, beta, x = values.alpha[free], values.beta[free], drawn[:, free]
    logs = np.log(np.maximum(x, SMALLEST)) @ (alpha - 1) + np.log(np.maximum(1 - x, SMALLEST)) @ (beta - 1)
    return np.asarray(logs - special.betaln(alpha, beta).sum())
