"""What the PyMC model is given: its shape (which decides what is compiled) apart from its numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.exact.groups import GroupProblem
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

GRID_SIZES = (27, 41, 61, 91, 137, 205, 307, 461, 691, 1037)
"""Numbers of nodes in z: few sizes, so that a change of ρ seldom asks for another compilation."""

REACH = 7.5
"""The grid in z runs from minus this to this."""


@dataclass(frozen=True)
class Sticks:
    """The Dirichlet tree as independent Betas (stick-breaking): one for each child but the last of a branching.

    Parameters
    ----------
    names : tuple of str
        The child that a stick is broken off for.
    alpha, beta : ndarray, shape (K,)
    to_node : ndarray, shape (K, V)
    rest_to_node : ndarray, shape (K, V)
        log weight of node v = Σ_k to_node[k, v] log stick_k + Σ_k rest_to_node[k, v] log(1 - stick_k).
    """

    names: tuple[str, ...]
    alpha: Floats
    beta: Floats
    to_node: Floats
    rest_to_node: Floats


def sticks_of(problem: Problem) -> Sticks:
    """Write every branching's Dirichlet as Betas: w_k = stick_k Π_{j<k} (1 - stick_j)."""
    names, alpha, beta, direct, rest = [], [], [], [], []
    for branching in problem.branchings:
        later = branching.concentration[::-1].cumsum()[::-1]
        for k, child in enumerate(branching.children[:-1]):
            names.append(problem.nodes[child])
            alpha.append(branching.concentration[k])
            beta.append(later[k + 1])
            direct.append(np.arange(len(problem.nodes)) == child)
            rest.append(np.isin(np.arange(len(problem.nodes)), branching.children[k + 1 :]))
    return Sticks(tuple(names), np.array(alpha), np.array(beta), np.array(direct, float), np.array(rest, float))


@dataclass(frozen=True)
class Patterns:
    """For every group and distinct column of statements, which statements are multiplied, and for which leaves.

    Parameters
    ----------
    statements : ndarray of int, shape (Q,)
        The statements of grouped indicators, as positions among the problem's.
    takes : ndarray, shape (R, Q)
        1 where a pattern multiplies a statement.
    to_leaf : ndarray, shape (R, H)
        1 where a leaf takes a pattern.
    """

    statements: Integers
    takes: Floats
    to_leaf: Floats


def patterns_of(problem: Problem) -> Patterns:
    """Collect the patterns of all groups, whether or not their members were reported."""
    everything = _all_reported(problem)
    statements = np.flatnonzero(problem.group_of[problem.statement_indicator] >= 0)
    takes, to_leaf = [], []
    for number in range(len(problem.groups)):
        group = GroupProblem.of(everything, number)
        for d, pattern in enumerate(group.pattern.T):
            takes.append(np.isin(statements, group.used[pattern]))
            to_leaf.append(group.pattern_of == d)
    rows = len(takes)
    return Patterns(
        statements,
        np.array(takes, float).reshape(rows, len(statements)),
        np.array(to_leaf, float).reshape(rows, len(problem.leaves)),
    )


def _all_reported(problem: Problem) -> Problem:
    values = {name: getattr(problem, name) for name in problem.__dataclass_fields__}
    return Problem(**values | {"observed": np.ones_like(problem.observed)})


def alone_takes(problem: Problem) -> tuple[Integers, Floats]:
    """Return the ungrouped statements (positions, shape (A,)) and which leaf takes which, shape (A, H)."""
    alone = np.flatnonzero(problem.group_of[problem.statement_indicator] < 0)
    leaf_statement = problem.statement_of[problem.group_of < 0]
    takes = np.array([(leaf_statement == s).any(axis=0) for s in alone], float)
    return alone, takes.reshape(len(alone), len(problem.leaves))


def grid_of(problem: Problem) -> Floats:
    """Choose the nodes in z, fine enough for the steepest step that the correlations make at all probable."""
    correlation = problem.correlation
    if not len(correlation):
        return np.zeros(1)
    high = np.where(correlation.is_point, correlation.point, _upper_quantile(correlation))
    width = np.sqrt((1 - high) / np.maximum(high, 1e-9)).min()
    wanted = 2 * REACH / min(0.6, 1.1 * width) + 1  # the rule's error at a step of width w: exp(-2π² / 1.1²), 1e-7
    size = next((size for size in GRID_SIZES if size >= wanted), GRID_SIZES[-1])
    return np.linspace(-REACH, REACH, size)


def _upper_quantile(values: Distributions) -> Floats:
    return np.asarray(special.betaincinv(np.nan_to_num(values.alpha, nan=1), np.nan_to_num(values.beta, nan=1), 0.999))


def report_signs(problem: Problem) -> Floats:
    """Return +1 for present, -1 for absent and 0 for unknown, shape (N,)."""
    return np.where(problem.is_reported, np.where(problem.observed == PRESENT, 1.0, -1.0), 0.0)
