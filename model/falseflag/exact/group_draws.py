"""Independent draws of (ρ, θ, r) of a dependence group given h, from the table that its likelihood was integrated on.

In turn: ρ from its density times the likelihood at it; z given ρ from the table's row at one of the two neighbouring
values of ρ, the nearer one the more often; whether each report was right given z and ρ; and then each θ and r.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import GroupIntegral, Table, integrate_group
from falseflag.exact.quadrature import Rule, logit_rule, probit_rule, probit_smoothness
from falseflag.exact.truth import CHUNK, truth_probability
from falseflag.problem import Distributions, Floats, Integers

FINENESS = 1 / 8
"""Cells that a draw of ρ is spread over, in units of the answer's spacing of nodes."""

ROUNDS = 25
"""Proposals of θ from its prior, before the rest is drawn by inversion."""

IMPOSSIBLE = -1e6
"""Log likelihoods are held above this."""


@dataclass(frozen=True)
class GroupDraws:
    """n draws for a group of M members; θ is still to be drawn, with density ∝ Beta(θ) Φ(sign (Φ⁻¹(θ) + shift) / t).

    Parameters
    ----------
    correlation : ndarray, shape (n,)
    was_right : ndarray of bool, shape (M, n)
        Whether each report was right.
    statement : ndarray of int, shape (M, n)
        Position among the problem's statements of the one that each member takes.
    sign : ndarray, shape (M, n)
        +1 where the member is truly present, -1 absent.
    shift, t : ndarray, shape (n,)
        √ρ z and √(1 - ρ).
    """

    correlation: Floats
    was_right: NDArray[np.bool_]
    statement: Integers
    sign: Floats
    shift: Floats
    t: Floats


def draw_group(group: GroupProblem, rng: np.random.Generator, truth: Integers) -> GroupDraws:
    """Draw from a group's posterior given the leaf that is true in each draw, shape (n,)."""
    rule, integral = integrate_group(group)
    pattern = group.pattern_of[truth]
    correlation, place = _draw_correlation(group, rule, integral, pattern, rng)
    as_reported, shift = _draw_nodes(group, integral, pattern, place, rng.random(len(truth)))
    statement = group.pattern[:, pattern]
    right = group.reliability[statement] * as_reported
    wrong = group.unreliability[statement] * (1 - as_reported)
    was_right = rng.random(statement.shape) * (right + wrong) < right
    return GroupDraws(
        correlation=correlation,
        was_right=was_right,
        statement=group.used[statement],
        sign=np.where(was_right, group.sign[statement], -group.sign[statement]),
        shift=shift,
        t=integral.t[place],
    )


def _draw_correlation(
    group: GroupProblem, rule: Rule, integral: GroupIntegral, pattern: Integers, rng: np.random.Generator
) -> tuple[Floats, Integers]:
    """Draw ρ, and the table's value of ρ that stands for it."""
    fine = logit_rule(group.correlation, FINENESS).without_negligible()
    log_likelihood = np.maximum(integral.log_likelihood, IMPOSSIBLE)
    between = np.array([np.interp(fine.nodes[0], rule.nodes[0], each) for each in log_likelihood])
    weights = fine.weights[0] * np.exp(between - between.max(axis=1, keepdims=True))
    cell = _choose(weights / weights.sum(axis=1, keepdims=True), pattern, rng.random(len(pattern)))
    logit = fine.nodes[0, cell] + fine.step[0] * (rng.random(len(cell)) - 0.5)
    position = np.interp(logit, rule.nodes[0], np.arange(len(integral.root)))
    place = np.minimum(np.floor(position + rng.random(len(cell))), len(integral.root) - 1).astype(np.intp)
    return np.asarray(special.expit(logit)), place


def _draw_nodes(
    group: GroupProblem, integral: GroupIntegral, pattern: Integers, place: Integers, uniform: Floats
) -> tuple[Floats, Floats]:
    """Draw nodes in z: return P(each member is truly as reported), shape (M, n), and √ρ z, shape (n,)."""
    as_reported, shift = np.empty((len(group.members), len(place))), np.empty(len(place))
    for piece in integral.pieces:
        rows = np.flatnonzero(np.isin(place, piece.places) & np.isin(pattern, piece.patterns))
        if not len(rows):
            continue
        part, table, places = group.only(piece.patterns), piece.table, piece.places
        if table is None:
            places = np.unique(place[rows])
            table = Table.of(part, integral.root[places], integral.t[places])
        row = np.searchsorted(piece.patterns, pattern[rows])
        node = _choose(_share(table), row, uniform[rows], np.searchsorted(places, place[rows]))
        as_reported[:, rows], shift[rows] = _truth_at(part, table, row, node), table.shift[node]
    return as_reported, shift


def _share(table: Table) -> Floats:
    """Return the share of each node in the integral over z at its value of ρ, shape (D, Z)."""
    whole = np.maximum(table.log_likelihood, IMPOSSIBLE)
    share = np.exp(table.log_terms - whole[:, table.number])
    share[:, table.start] += 1 - np.add.reduceat(share, table.start, axis=1)  # 1 for each value of ρ, to rounding
    return np.asarray(share)


def _truth_at(group: GroupProblem, table: Table, pattern: Integers, node: Integers) -> Floats:
    """Return P(each member is truly as reported) for draws at given nodes, shape (M, n)."""
    if table.truth is not None:
        return table.truth[group.pattern[:, pattern], node]
    out = np.empty((len(group.members), len(node)))
    block = max(1, CHUNK // len(group.used))
    for start in range(0, len(node), block):
        part = slice(start, start + block)
        truth = truth_probability(group.statements, group.sign, table.shift[node[part]], table.t[node[part]])
        out[:, part] = truth[group.pattern[:, pattern[part]], np.arange(truth.shape[1])]
    return out


def _choose(share: Floats, row: Integers, uniform: Floats, part: Integers | int = 0) -> Integers:
    """Choose a column for each given row by its share; of rows whose parts add up to 1 each, within the given part."""
    cumulative = np.cumsum(share, axis=1)
    parts = np.round(cumulative[0, -1])
    ladder = (cumulative + parts * np.arange(len(share))[:, None]).ravel()  # one row after another
    found = np.searchsorted(ladder, parts * row + part + uniform)
    return np.asarray(np.clip(found - row * share.shape[1], 0, share.shape[1] - 1))


def draw_theta(  # noqa: PLR0913, PLR0917
    values: Distributions, proposed: Floats, sign: Floats, shift: Floats, t: Floats, rng: np.random.Generator
) -> Floats:
    """Draw θ with density ∝ Beta(θ) Φ(sign (Φ⁻¹(θ) + shift) / t), each with its own; shape (n,).

    By rejection from the Beta, which is exact and needs few proposals where the truth was to be expected.

    Parameters
    ----------
    values : Distributions of length n
        Betas, no points.
    proposed : ndarray, shape (n,)
        The first proposal, a draw from each.
    """
    drawn, left = proposed.copy(), np.arange(len(proposed))
    for _ in range(ROUNDS):
        chance = special.ndtr(sign[left] * (special.ndtri(drawn[left]) + shift[left]) / t[left])
        left = left[rng.random(len(left)) >= chance]
        if len(left) == 0:
            return drawn
        drawn[left] = rng.beta(values.alpha[left], values.beta[left])
    key = np.stack([values.alpha[left], values.beta[left]])
    _, first, same = np.unique(key, axis=1, return_index=True, return_inverse=True)
    for number, each in enumerate(first):
        rows = left[same.ravel() == number]
        drawn[rows] = _by_inversion(values[left[each : each + 1]], sign[rows], shift[rows], t[rows], rng)
    return drawn


def _by_inversion(value: Distributions, sign: Floats, shift: Floats, t: Floats, rng: np.random.Generator) -> Floats:
    """Draw θ by inversion on a fine grid in Φ⁻¹(θ)."""
    rule = probit_rule(value, 0.25 * probit_smoothness(value))
    nodes, weights = rule.nodes[0], rule.weights[0]
    chance = special.ndtr(sign[:, None] * (nodes + shift[:, None]) / t[:, None])
    cumulative = np.cumsum(weights * chance, axis=1)
    target = rng.random(len(sign)) * cumulative[:, -1]
    place = np.minimum((cumulative < target[:, None]).sum(axis=1), len(nodes) - 1)
    return np.asarray(special.ndtr(nodes[place] + rule.step[0] * (rng.random(len(sign)) - 0.5)))
