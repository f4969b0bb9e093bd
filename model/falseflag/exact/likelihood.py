"""log S_h(φ) / π_h: the likelihood of every leaf at given parameters, vectorised over draws."""

from __future__ import annotations

import numpy as np
from scipy import special

from falseflag.exact.groups import CHUNK, GroupProblem
from falseflag.problem import PRESENT, Floats, Integers, Problem

SMALLEST_WIDTH = 0.02
"""Steepest step in z that the grid resolves; draws with ρ beyond 0.9996 are answered as if it were that."""


REACH = 8.0
"""The grid in z runs from minus this to this."""


def log_scores(problem: Problem, theta: Floats, reliability: Floats, correlation: Floats) -> Floats:
    """Return log P(x | h, φ) for each draw and leaf.

    Parameters
    ----------
    problem : Problem
    theta : ndarray, shape (n, S)
    reliability : ndarray, shape (n, N)
    correlation : ndarray, shape (n, G)

    Returns
    -------
    ndarray, shape (n, H)
    """
    total = np.zeros((len(theta), len(problem.leaves)))
    alone = np.flatnonzero(problem.is_reported & (problem.group_of < 0))
    block = max(1, CHUNK // max(1, total.size))
    for start in range(0, len(alone), block):
        total += _alone(problem, alone[start : start + block], theta, reliability)
    for group in range(len(problem.groups)):
        if len(problem.members(group)):
            total += _grouped(problem, GroupProblem.of(problem, group), theta, reliability, correlation[:, group])
    return total


def _alone(problem: Problem, indicators: Integers, theta: Floats, reliability: Floats) -> Floats:
    """Sum the log probabilities of ungrouped reports: one log a statement, spread over the leaves by a product."""
    used, place = np.unique(problem.statement_of[indicators], return_inverse=True)
    owner = problem.statement_indicator[used]
    values, r = theta[:, used], reliability[:, owner]
    true = np.where(problem.observed[owner] == PRESENT, values, 1 - values)
    with np.errstate(divide="ignore"):
        logs = np.maximum(np.log(r * true + (1 - r) * (1 - true)), -1e300)
    takes = np.zeros((len(used), len(problem.leaves)))
    np.add.at(takes, (place.reshape(len(indicators), -1), np.arange(len(problem.leaves))), 1.0)
    return np.asarray(logs @ takes)


def _grouped(problem: Problem, group: GroupProblem, theta: Floats, reliability: Floats, correlation: Floats) -> Floats:
    """Integrate over z for each draw; draws of like ρ share a grid. Shape (n, H)."""
    a = special.ndtri(theta[:, group.used]).clip(-38, 38)
    r = reliability[:, problem.statement_indicator[group.used]]
    width = np.maximum(np.sqrt((1 - correlation) / np.maximum(correlation, 1e-12)), SMALLEST_WIDTH)
    order = np.argsort(-width)
    out = np.empty((len(theta), group.pattern.shape[1]))
    start = 0
    while start < len(order):
        size = max(1, int(CHUNK * _step(width[order[start]]) / (2 * REACH * (1 + len(group.used)))))
        near = int(np.searchsorted(-width[order], -0.7 * width[order[start]], side="right"))
        rows = order[start : max(start + 1, min(start + size, near))]
        step = _step(0.8 * width[order[start]] if len(rows) > 1 else width[rows[0]])
        out[rows] = _on_shared_grid(group, a[rows], r[rows], correlation[rows, None, None], step)
        start += len(rows)
    return out[:, group.pattern_of]


def _step(width: float) -> float:
    """Step in z for a rise of the given width: the rule's error is exp(-2π² width² / step²), here 1e-7 or less."""
    return float(min(0.6, 1.1 * width))


def _on_shared_grid(group: GroupProblem, a: Floats, r: Floats, correlation: Floats, step: float) -> Floats:
    z = np.arange(-np.ceil(REACH / step), np.ceil(REACH / step) + 1) * step
    t = np.sqrt(np.maximum(1 - correlation, SMALLEST_WIDTH**2))
    truth = special.ndtr(group.sign[:, None] * (a[:, :, None] + np.sqrt(correlation) * z) / t)
    with np.errstate(divide="ignore"):
        logs = np.log(r[:, :, None] * truth + (1 - r[:, :, None]) * (1 - truth))
    total = logs[:, group.pattern[0]]
    for member in group.pattern[1:]:
        total = total + logs[:, member]
    return np.asarray(special.logsumexp(total - z**2 / 2, axis=2) + np.log(step / np.sqrt(2 * np.pi)))
