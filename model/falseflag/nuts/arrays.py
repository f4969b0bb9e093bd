"""What the PyMC model is given: its structure (which decides what is compiled) apart from its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import special

from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

COARSEST, FINEST = 27, 1037
"""Numbers of nodes in z."""

REACH = 7.5
"""The grid in z runs from minus this to this."""


@dataclass(frozen=True)
class Sticks:
    """The Dirichlet tree as independent Betas (stick-breaking): one for each child but the last of a branching.

    Parameters
    ----------
    alpha, beta : ndarray, shape (K,)
    to_node : ndarray, shape (K, V)
    rest_to_node : ndarray, shape (K, V)
        log weight of node v = Σ_k to_node[k, v] log stick_k + Σ_k rest_to_node[k, v] log(1 - stick_k).
    """

    alpha: Floats
    beta: Floats
    to_node: Floats
    rest_to_node: Floats


def sticks_of(problem: Problem) -> Sticks:
    """Write every branching's Dirichlet as Betas: w_k = stick_k Π_{j<k} (1 - stick_j)."""
    alpha, beta, direct, rest = [], [], [], []
    for branching in problem.branchings:
        later = branching.concentration[::-1].cumsum()[::-1]
        for k, child in enumerate(branching.children[:-1]):
            alpha.append(branching.concentration[k])
            beta.append(later[k + 1])
            direct.append(np.arange(len(problem.nodes)) == child)
            rest.append(np.isin(np.arange(len(problem.nodes)), branching.children[k + 1 :]))
    return Sticks(np.array(alpha), np.array(beta), np.array(direct, float), np.array(rest, float))


@dataclass(frozen=True)
class Patterns:
    """For every group and distinct column of statements a pattern: the statements multiplied, and for which leaves.

    Parameters
    ----------
    statements : ndarray of int, shape (Q,)
        The statements of grouped indicators, as positions among the problem's.
    row, factor : ndarray of int, shape (P,)
        Pattern `row[p]` multiplies the statement at `statements[factor[p]]`.
    of_leaf : ndarray of int, shape (G, H)
        The pattern that each leaf takes in each group.
    """

    statements: Integers
    row: Integers
    factor: Integers
    of_leaf: Integers


def patterns_of(problem: Problem) -> Patterns:
    """Collect the patterns of all groups, whether or not their members were reported."""
    statements = np.flatnonzero(problem.group_of[problem.statement_indicator] >= 0)
    row, factor, of_leaf, count = [], [], [], 0
    for number in range(len(problem.groups)):
        of_members = problem.statement_of[problem.group_of == number]
        columns, which = np.unique(of_members, axis=1, return_inverse=True)
        row.append(np.tile(count + np.arange(columns.shape[1]), len(columns)))
        factor.append(np.searchsorted(statements, columns.ravel()))
        of_leaf.append(count + which.ravel())
        count += columns.shape[1]
    shape = (len(problem.groups), len(problem.leaves))
    return Patterns(statements, _joined(row), _joined(factor), np.array(of_leaf, dtype=np.intp).reshape(shape))


def _joined(parts: list[Integers]) -> Integers:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.intp)


def statements_alone(problem: Problem) -> tuple[Integers, Integers]:
    """Return the ungrouped statements, shape (A,), and the one among them that each leaf takes, shape (N_alone, H)."""
    alone = np.flatnonzero(problem.group_of[problem.statement_indicator] < 0)
    return alone, np.searchsorted(alone, problem.statement_of[problem.group_of < 0])


@dataclass(frozen=True)
class Blocks:
    """Where the sampled elements stand in the vector of log odds, and which elements they are.

    Parameters
    ----------
    sticks, theta, r, rho : slice
        Sticks, θ outside groups, reliabilities and correlations, within the log odds.
    free_theta, free_probit, free_r, free_rho : ndarray of int
        The uncertain elements of each vector; the others are points.
    """

    sticks: slice
    theta: slice
    r: slice
    rho: slice
    free_theta: Integers
    free_probit: Integers
    free_r: Integers
    free_rho: Integers

    @property
    def log_odds(self) -> int:
        """Length of the vector of log odds."""
        return int(self.rho.stop)

    @property
    def size(self) -> int:
        """Number of sampled elements: log odds first, then probits."""
        return self.log_odds + len(self.free_probit)


def blocks_of(problem: Problem) -> Blocks:
    """Lay out the sampled elements of a problem."""
    vectors = (problem.statements[statements_alone(problem)[0]], problem.reliability, problem.correlation)
    free = [np.flatnonzero(~values.is_point) for values in vectors]
    ends = np.cumsum([sum(len(b.children) - 1 for b in problem.branchings), *map(len, free)])
    sticks, theta, r, rho = (slice(int(low), int(high)) for low, high in pairwise([0, *ends]))
    probit = np.flatnonzero(~problem.statements[patterns_of(problem).statements].is_point)
    return Blocks(sticks, theta, r, rho, free[0], probit, free[1], free[2])


def numbers_of(problem: Problem) -> dict[str, Floats]:
    """Return all that may change without another compilation: vectors, by the name of the model's data.

    The grid in z, whose length may change too, comes last.
    """
    sticks, blocks = sticks_of(problem), blocks_of(problem)
    theta = problem.statements[statements_alone(problem)[0]]
    probit = problem.statements[patterns_of(problem).statements]
    r, rho = problem.reliability, problem.correlation
    uncertain = (theta[blocks.free_theta], r[blocks.free_r], rho[blocks.free_rho])
    return {
        **_beta("log_odds", [sticks.alpha, *(u.alpha for u in uncertain)], [sticks.beta, *(u.beta for u in uncertain)]),
        **_beta("probit", [probit.alpha[blocks.free_probit]], [probit.beta[blocks.free_probit]]),
        "theta_point": np.where(theta.is_point, special.logit(theta.point), 0.0),
        "probit_point": np.where(probit.is_point, special.ndtri(probit.point), 0.0),
        "r_point": np.where(r.is_point, r.point, 0.5),
        "rho_point": np.where(rho.is_point, rho.point, 0.5),
        "report": report_signs(problem),
        "z": grid_of(problem),
    }


def _beta(name: str, alphas: list[Floats], betas: list[Floats]) -> dict[str, Floats]:
    """Join parameters of Betas, with the logs of their normalising constants."""
    alpha, beta = np.concatenate(alphas), np.concatenate(betas)
    return {f"{name}_alpha": alpha, f"{name}_beta": beta, f"{name}_constant": -special.betaln(alpha, beta)}


def grid_of(problem: Problem) -> Floats:
    """Choose the nodes in z, fine enough for the steepest step that the correlations make at all probable."""
    correlation = problem.correlation
    if not len(correlation):
        return np.linspace(-REACH, REACH, COARSEST)
    high = np.where(correlation.is_point, correlation.point, _upper_quantile(correlation))
    width = np.sqrt((1 - high) / np.maximum(high, 1e-9)).min()
    wanted = 2 * REACH / min(0.6, 1.1 * width) + 1  # the rule's error at a step of width w: exp(-2π² / 1.1²), 1e-7
    return np.linspace(-REACH, REACH, int(np.clip(np.ceil(wanted), COARSEST, FINEST)))


def _upper_quantile(values: Distributions) -> Floats:
    return np.asarray(special.betaincinv(np.nan_to_num(values.alpha, nan=1), np.nan_to_num(values.beta, nan=1), 0.999))


def report_signs(problem: Problem) -> Floats:
    """Return +1 for present, -1 for absent and 0 for unknown, shape (N,)."""
    return np.where(problem.is_reported, np.where(problem.observed == PRESENT, 1.0, -1.0), 0.0)


def start_of(problem: Problem) -> Floats:
    """Return where the chains start, but for a jitter: the expected log odds and probits, shape (blocks.size,)."""
    numbers = numbers_of(problem)
    log_odds = special.digamma(numbers["log_odds_alpha"]) - special.digamma(numbers["log_odds_beta"])
    alpha, beta = numbers["probit_alpha"], numbers["probit_beta"]
    return np.concatenate([log_odds, special.ndtri(alpha / (alpha + beta))])


def spread_of(problem: Problem) -> Floats:
    """Return the prior's standard deviation of each log odds and probit, at most 1, shape (blocks.size,).

    Chains that start further out than what is held that firmly allows have a long way back, on which they diverge.
    """
    numbers = numbers_of(problem)
    log_odds = _deviation(numbers["log_odds_alpha"], numbers["log_odds_beta"])
    probit = _deviation(numbers["probit_alpha"], numbers["probit_beta"]) / PROBIT_TO_LOGIT
    return np.asarray(np.minimum(np.concatenate([log_odds, probit]), 1.0))


PROBIT_TO_LOGIT = 1.7
"""Log odds change about so many times as fast as probits."""


def _deviation(alpha: Floats, beta: Floats) -> Floats:
    """Return the standard deviation of the log odds of a Beta."""
    return np.asarray(np.sqrt(special.polygamma(1, alpha) + special.polygamma(1, beta)))
