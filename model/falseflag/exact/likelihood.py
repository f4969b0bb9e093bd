"""log S_h(φ) / π_h: the likelihood of every leaf at given parameters, vectorised over draws."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.truth import CHUNK
from falseflag.problem import PRESENT, Floats, Integers, Problem
from falseflag.size import check_evaluations

SMALLEST_WIDTH = 0.02
"""Steepest step in z that the grid resolves; draws with ρ beyond 0.9996 are answered as if it were that."""

CACHED = 40_000
"""Elements of an array that stays in a processor's cache."""

REACH, FARTHEST_REACH = 4.8, 38.0
"""The grid in z runs from minus this to this at first, and at the most."""

EDGE = 1e-5
"""The integrand at the ends of the grid is below this share of the integral, or the grid is widened."""

DIGITS = 10.0
"""Minus the log of the trapezoid rule's error, as in `falseflag.exact.groups.z_rule`."""

COARSEST = 0.9
"""Largest spacing of the grid."""

TINIEST = 1e-300
"""Probabilities are held above this."""

FEW = 20
"""So many probabilities are multiplied as they are; of more, the logs are added up."""


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

    Raises
    ------
    RequestError
        If it would take too long.
    """
    total = np.zeros((len(theta), len(problem.leaves)))
    alone = np.flatnonzero(problem.is_reported & (problem.group_of < 0))
    block = max(1, CHUNK // max(1, total.size))
    for start in range(0, len(alone), block):
        total += _alone(problem, alone[start : start + block], theta, reliability)
    for logs in _of_groups(problem, theta, reliability, correlation):
        total += logs
    return total


def _of_groups(problem: Problem, theta: Floats, reliability: Floats, correlation: Floats) -> Iterator[Floats]:
    """Yield each group's log likelihoods, shape (n, H); an interrupt ends all that are being computed."""
    numbers = [number for number in range(len(problem.groups)) if len(problem.members(number))]
    groups = [GroupProblem.of(problem, number) for number in numbers]
    check_evaluations(sum(_work(group, correlation[:, n]) for group, n in zip(groups, numbers, strict=True)))
    stop = Event()

    def grouped(group: GroupProblem, number: int) -> Floats:
        return _grouped(problem, group, theta, reliability, correlation[:, number], stop)

    if len(groups) < 2:
        yield from map(grouped, groups, numbers)
        return
    pool = ThreadPoolExecutor(os.cpu_count())  # NumPy lets go of the interpreter while it computes
    try:
        yield from pool.map(grouped, groups, numbers)
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


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


def _work(group: GroupProblem, correlation: Floats) -> float:
    """Count the statements × nodes × draws, on the grids as they are at first."""
    width = _width(correlation)
    steps = [(_step(width[rows[-1]], len(group.members)), len(rows)) for rows in _alike(width)]
    return len(group.used) * sum(len(_grid(step, REACH)) * draws for step, draws in steps)


def _width(correlation: Floats) -> Floats:
    return np.asarray(np.maximum(np.sqrt((1 - correlation) / np.maximum(correlation, 1e-12)), SMALLEST_WIDTH))


def _grouped(  # noqa: PLR0913, PLR0917
    problem: Problem, group: GroupProblem, theta: Floats, reliability: Floats, correlation: Floats, stop: Event
) -> Floats:
    """Integrate over z for each draw; draws of like ρ share a grid. Shape (n, H)."""
    a = special.ndtri(theta.T[group.used]).clip(-38, 38)
    r = reliability.T[problem.statement_indicator[group.used]]
    width = _width(correlation)
    out = np.empty((group.pattern.shape[1], len(theta)))
    for rows in _alike(width):
        step, reach, left = _step(width[rows[-1]], len(group.members)), REACH, rows
        while len(left) and not stop.is_set():
            is_short = _integrate(group, a, r, correlation, left, _grid(step, reach), out, stop)
            left = left[is_short & (reach < FARTHEST_REACH)]
            reach *= 1.6
    return out[group.pattern_of].T


def _alike(width: Floats) -> list[Integers]:
    """Split draws by the width of a rise in z, each part from the widest to one that is 0.7 times as wide."""
    if not len(width):
        return []
    order = np.argsort(-width)
    parts = np.floor(np.log(width[order] / width[order[0]]) / np.log(0.7))
    return np.split(order, np.flatnonzero(np.diff(parts)) + 1)


def _step(width: float, members: int) -> float:
    """Step in z for so many rises of at least the given width."""
    return float(min(COARSEST, np.pi * np.sqrt(2 / (DIGITS * (1 + members / width**2)))))


def _grid(step: float, reach: float) -> Floats:
    return step * np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1, dtype=np.float64)


def _integrate(  # noqa: PLR0913, PLR0917
    group: GroupProblem, a: Floats, r: Floats, correlation: Floats, rows: Integers, z: Floats, out: Floats, stop: Event
) -> NDArray[np.bool_]:
    """Fill in the log likelihoods of some draws, and tell for which of them the grid is too short."""
    is_short = np.zeros(len(rows), dtype=bool)
    size = max(1, CACHED // (len(z) * len(group.used)))
    for start in range(0, len(rows), size):
        if stop.is_set():
            break
        part = rows[start : start + size]
        on_grid = _on_grid if len(z) * len(group.used) <= CHUNK else _in_blocks
        out[:, part], is_short[start : start + size] = on_grid(group, a[:, part], r[:, part], correlation[part], z)
    return is_short


def _on_grid(
    group: GroupProblem, a: Floats, r: Floats, correlation: Floats, z: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the log likelihoods, shape (D, n), and for which draws the grid is too short, shape (n,)."""
    product, log_scale = _integrand(group, a, r, correlation, z)
    product *= z[1] - z[0]
    whole = product.sum(axis=1)
    edge = np.maximum(product[:, 0], product[:, -1])
    return np.log(np.maximum(whole, TINIEST)) + log_scale, (edge > EDGE * whole).any(axis=0)


def _in_blocks(
    group: GroupProblem, a: Floats, r: Floats, correlation: Floats, z: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Do what `_on_grid` does, a block of the grid at a time."""
    block = max(1, CHUNK // max(len(group.used), group.pattern.shape[1]))
    whole, edge = np.full((group.pattern.shape[1], len(correlation)), -np.inf), []
    for start in range(0, len(z), block):
        product, log_scale = _integrand(group, a, r, correlation, z[start : start + block])
        logs = np.log(np.maximum(product, TINIEST)) + np.log(z[1] - z[0]) + log_scale[:, None]
        whole = np.logaddexp(whole, special.logsumexp(logs, axis=1))
        edge += [logs[:, 0], logs[:, -1]]
    return whole, (np.maximum(edge[0], edge[-1]) > np.log(EDGE) + whole).any(axis=0)


def _integrand(group: GroupProblem, a: Floats, r: Floats, correlation: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Return normal density times product over members, shape (D, Z, n), over a scale, whose log has shape (D, n)."""
    t = np.sqrt(np.maximum(1 - correlation, SMALLEST_WIDTH**2))
    sign = group.sign[:, None] / t
    report = special.ndtr((sign * a)[:, None] + (sign * np.sqrt(correlation))[:, None] * z[:, None])  # (S, Z, n)
    report *= (2 * r - 1)[:, None]
    report += (1 - r)[:, None]
    product, log_scale = _product(report, group.pattern)
    product *= (np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))[:, None]
    return product, log_scale


def _product(report: Floats, pattern: Integers) -> tuple[Floats, Floats]:
    """Multiply what the leaves of each pattern take, shape (D, Z, n), over a scale, whose log has shape (D, n)."""
    if len(pattern) <= FEW:
        product = report[pattern[0]]
        for member in pattern[1:]:
            product *= report[member]
        return product, np.zeros((len(product), product.shape[2]))
    logs = np.log(np.maximum(report, TINIEST))
    total = logs[pattern[0]]
    for member in pattern[1:]:
        total += logs[member]
    log_scale = total.max(axis=1)
    return np.exp(total - log_scale[:, None]), log_scale
