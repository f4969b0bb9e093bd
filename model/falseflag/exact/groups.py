"""The likelihood of a dependence group, with everything that the analyst is unsure of integrated out.

Given h, z and ρ the members are independent, and θ_i enters through

    q_i(z, ρ) = E[Φ((Φ⁻¹(θ_i) + √ρ z) / √(1 - ρ))]

alone (the reliability r_i enters linearly, so its mean suffices). So E[L_{g,h}] is an integral over ρ of an integral
over z of a product of one-dimensional integrals. The nodes in z, for many values of ρ, are laid end to end, so that
each step of the arithmetic is taken once for all of them, in tables of bounded size. Where the panels that all leaves'
statements ask for would be many, each leaf pattern has panels for its own statements alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem, Key
from falseflag.exact.quadrature import Rule, logit_rule, panels
from falseflag.exact.recent import Recent
from falseflag.exact.truth import CHUNK, truth_probability
from falseflag.problem import Floats, Integers
from falseflag.size import check_evaluations

SMALLEST_T = 1e-9
"""√(1 - ρ) is held above this; what that changes is of the same order."""

STEEP = 0.05
"""A rise in z narrower than this asks for panels."""

CROWD = np.array([-9.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 9.0])
"""Panel ends around a steep rise, in widths of it."""

PANEL = 12
"""Gauss-Legendre nodes of a panel."""

TOGETHER = 200_000
"""Up to so many statements × nodes at a value of ρ, all leaf patterns share their nodes."""

KEPT = 4_000_000
"""Numbers that the tables of all integrals kept hold at most; larger tables are made anew for the draws."""

REACH, FARTHEST_REACH = 7.5, 38.0
"""The integral over z runs this far on either side at first; and at the most."""

DEPTH = 23.0
"""The integrand at the ends is below its largest value by at least this, in logs."""

DIGITS = 21.0
"""Minus the log of the trapezoid rule's relative error in z."""

MAIN_WEIGHT = 1e-11
"""Values of ρ with at least this prior weight are always taken into account."""

NEGLIGIBLE_SHARE = 1e-9
"""Others are, if they could make up more than this of any leaf's likelihood."""


@dataclass(frozen=True)
class Table:
    """The integrand over z at R values of ρ for D leaf patterns, with all Z nodes laid end to end.

    Parameters
    ----------
    start : ndarray of int, shape (R,)
        The first node of each value of ρ.
    number : ndarray of int, shape (Z,)
        Which value of ρ a node belongs to.
    shift, t : ndarray, shape (Z,)
        √ρ z and √(1 - ρ).
    truth : ndarray, shape (S, Z), or None
        P(the statement's indicator is truly as reported | z, ρ), θ integrated out; None where it would be too large.
    log_terms : ndarray, shape (D, Z)
        Log of quadrature weight times the product over members, for each leaf pattern.
    """

    start: Integers
    number: Integers
    shift: Floats
    t: Floats
    truth: Floats | None
    log_terms: Floats

    @property
    def size(self) -> int:
        """Count the numbers held; a table without its truths counts as beyond all bounds."""
        return KEPT + 1 if self.truth is None else self.truth.size + self.log_terms.size

    @cached_property
    def log_likelihood(self) -> Floats:
        """Log of the integral over z for each leaf pattern and value of ρ, shape (D, R)."""
        return np.asarray(np.logaddexp.reduceat(self.log_terms, self.start, axis=1))

    @classmethod
    def of(cls, group: GroupProblem, root: Floats, t: Floats) -> Table:
        """Lay out z at given √ρ and √(1 - ρ), shape (R,), on ranges wide enough for what was observed."""
        reach = np.full(len(root), REACH)
        while True:
            found = cls._reaching(group, root, t, reach)
            too_short = found.is_short() & (reach < FARTHEST_REACH)
            if not too_short.any():
                return found
            reach[too_short] *= 1.5

    @classmethod
    def _reaching(cls, group: GroupProblem, root: Floats, t: Floats, reach: Floats) -> Table:
        rules = [z_rule(group, *each) for each in zip(root, t, reach, strict=True)]
        z, weights = (np.concatenate(part) for part in zip(*rules, strict=True))
        counts = np.array([len(rule[0]) for rule in rules])
        number = np.repeat(np.arange(len(rules)), counts)
        shift, noise = root[number] * z, t[number]
        truth, log_product = _log_product(group, shift, noise)
        log_terms = np.log(weights / np.sqrt(2 * np.pi)) - z**2 / 2 + log_product
        return cls(np.cumsum(counts) - counts, number, shift, noise, truth, log_terms)

    def is_short(self) -> NDArray[np.bool_]:
        """Tell at which values of ρ the integrand has not fallen off at the ends, shape (R,)."""
        last = np.append(self.start[1:], len(self.shift)) - 1
        edge = np.maximum(self.log_terms[:, self.start], self.log_terms[:, last])
        return np.asarray((edge > np.maximum.reduceat(self.log_terms, self.start, axis=1) - DEPTH).any(axis=0))


def _log_product(group: GroupProblem, shift: Floats, noise: Floats) -> tuple[Floats | None, Floats]:
    """Return the truths at nodes, or None where they are taken in blocks, and the log products, shape (D, Z)."""
    block = max(1, CHUNK // len(group.used))
    products, truth = [], None
    for start in range(0, len(shift), block):
        part = slice(start, start + block)
        truth = truth_probability(group.statements, group.sign, shift[part], noise[part])
        with np.errstate(divide="ignore"):  # far out in z a report can be impossible in double precision
            log_report = np.log(group.reliability[:, None] * truth + group.unreliability[:, None] * (1 - truth))
        products.append(group.sum_over_members(log_report))
    return (truth, products[0]) if len(products) == 1 else (None, np.concatenate(products, axis=1))


@dataclass(frozen=True)
class Piece:
    """Some leaf patterns at some values of ρ, with their table, or None where there is no room to keep it."""

    patterns: Integers
    places: Integers
    table: Table | None


@dataclass(frozen=True)
class GroupIntegral:
    """The integrals over z at R values of ρ, for D leaf patterns.

    Parameters
    ----------
    root, t : ndarray, shape (R,)
        √ρ and √(1 - ρ).
    log_likelihood : ndarray, shape (D, R)
        Log of the integral over z.
    pieces : tuple of Piece
        Together they have each pattern at each value of ρ once.
    """

    root: Floats
    t: Floats
    log_likelihood: Floats
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Count the numbers held."""
        return self.log_likelihood.size + sum(piece.table.size for piece in self.pieces if piece.table)

    @classmethod
    def of(cls, group: GroupProblem, root: Floats, t: Floats) -> GroupIntegral:
        """Integrate over z at given √ρ and √(1 - ρ).

        Raises
        ------
        RequestError
            If it would take too long.
        """
        log_likelihood = np.empty((group.pattern.shape[1], len(root)))
        pieces, room = [], KEPT
        for patterns, places in _split(group, root, t):
            table = Table.of(group.only(patterns), root[places], t[places])
            log_likelihood[patterns[:, None], places] = table.log_likelihood
            room -= table.size
            pieces.append(Piece(patterns, places, table if room >= 0 else None))
        if room < 0:
            pieces = [replace(piece, table=None) for piece in pieces]
        return cls(root, t, log_likelihood, tuple(pieces))


def _split(group: GroupProblem, root: Floats, t: Floats) -> Iterator[tuple[Integers, Integers]]:
    """Yield patterns and places of ρ whose tables have a bounded size."""
    every = np.arange(group.pattern.shape[1])
    members, statements, patterns = len(group.members), len(group.used), len(every)
    counts = np.array([_count(group, *each, REACH, statements) for each in zip(root, t, strict=True)])
    of_one = np.array([_count(group, *each, REACH, members) for each in zip(root, t, strict=True)])
    apart = (statements * counts > TOGETHER) & (patterns * members * of_one < statements * counts) & (patterns > 1)
    check_evaluations(float(np.where(apart, patterns * members * of_one, statements * counts).sum()))
    for places in _filled(np.flatnonzero(~apart), statements * counts):
        block = max(1, int(CHUNK // counts[places].sum()))
        for start in range(0, patterns, block):
            yield every[start : start + block], places
    for places in _filled(np.flatnonzero(apart), members * of_one):
        for one in every:
            yield every[one : one + 1], places


def _filled(places: Integers, sizes: Floats) -> Iterator[Integers]:
    """Yield runs of places whose sizes add up to no more than `CHUNK`, or single ones."""
    start, filled = 0, 0.0
    for end, place in enumerate(places):
        if filled and filled + sizes[place] > CHUNK:
            yield places[start:end]
            start, filled = end, 0.0
        filled += sizes[place]
    if len(places):
        yield places[start:]


INTEGRALS = Recent[Key, tuple[Rule, GroupIntegral]](KEPT, lambda kept: kept[1].size)
LIKELIHOODS = Recent[Key, Floats](1_000_000, lambda kept: kept.size)
"""By the key of their group. The second outlasts the first."""


def correlation_rule(group: GroupProblem, fineness: float = 1.0) -> tuple[Rule, Floats, Floats]:
    """Return the rule in logit ρ, and √ρ and √(1 - ρ) at its nodes, each of shape (nodes,)."""
    rule = logit_rule(group.correlation, fineness).without_negligible()
    return rule, *scales(rule.nodes[0])


def scales(logit: Floats) -> tuple[Floats, Floats]:
    """Return √ρ and √(1 - ρ) from logit ρ."""
    return np.sqrt(special.expit(logit)), np.maximum(np.sqrt(special.expit(-logit)), SMALLEST_T)


def integrate_group(group: GroupProblem) -> tuple[Rule, GroupIntegral]:
    """Return the values of ρ that count, as a rule in logit ρ, and the integrals over z there."""
    return INTEGRALS.get(group.key, lambda: _integrated(group))


def _integrated(group: GroupProblem) -> tuple[Rule, GroupIntegral]:
    rule, root, t = correlation_rule(group)
    main = rule.weights[0] >= MAIN_WEIGHT
    found = GroupIntegral.of(group, root[main], t[main])
    # no L at any ρ is larger than the least of the members' probabilities
    share = group.log_report_mean[group.pattern].min(axis=0) - _over_correlation(rule.only(main), found)
    counts = main | (rule.weights[0] > NEGLIGIBLE_SHARE * np.exp(-min(share.max(), 600.0)))
    if counts.sum() > main.sum():
        found = GroupIntegral.of(group, root[counts], t[counts])
    return rule.only(counts), found


def group_log_likelihood(group: GroupProblem) -> Floats:
    """Return log E[L_{g,h}] for each leaf, shape (H,); error below 1e-8 in the likelihood, relative."""
    by_pattern = LIKELIHOODS.get(group.key, lambda: _over_correlation(*integrate_group(group)))
    return by_pattern[group.pattern_of]


def _over_correlation(rule: Rule, integral: GroupIntegral) -> Floats:
    """Integrate over ρ: log E[L] for each pattern, shape (D,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.logaddexp.reduce(integral.log_likelihood + np.log(rule.weights[0]), axis=1))


def z_rule(group: GroupProblem, root: float, t: float, reach: float) -> tuple[Floats, Floats]:
    """Return nodes and weights for an integral over z from -reach to reach, without the normal density.

    The trapezoid rule, unless a member's probability rises so steeply that its nodes would be many: then Gauss-Legendre
    panels that crowd where it rises.
    """
    width = _width(group, root, t)
    evenly, in_panels = _counts(group, root, t, reach, len(group.used))
    if width.min(initial=1.0) > STEEP or evenly <= in_panels:
        step = z_spacing(group, root, t)
        count = np.ceil(reach / step)
        return np.arange(-count, count + 1) * step, np.full(int(2 * count + 1), step)
    steep = width < 10 * STEEP
    centre = -special.ndtri(group.statements.mean[steep]) / root
    crowd = (centre[:, None] + width[steep, None] * CROWD).ravel()
    return panels(np.concatenate([np.linspace(-reach, reach, 1 + int(4 * reach)), crowd[np.abs(crowd) < reach]]))


def _counts(group: GroupProblem, root: float, t: float, reach: float, used: int) -> tuple[float, float]:
    """Return how many nodes the trapezoid rule has, and the panels for `used` of the statements have at most."""
    evenly = 2 * np.ceil(reach / z_spacing(group, root, t)) + 1
    steep = min(used, int((_width(group, root, t) < 10 * STEEP).sum()))
    return float(evenly), float(PANEL * (4 * reach + len(CROWD) * steep))


def _count(group: GroupProblem, root: float, t: float, reach: float, used: int) -> float:
    """Return how many nodes `z_rule` has about, for `used` of the statements."""
    evenly, in_panels = _counts(group, root, t, reach, used)
    return evenly if _width(group, root, t).min(initial=1.0) > STEEP else min(evenly, in_panels)


def z_spacing(group: GroupProblem, root: float, t: float, *, with_point: bool = False) -> float:
    """Return how far apart nodes in z may lie in the trapezoid rule, wherever the members' probabilities rise.

    `with_point` is for any one statement held at a point.

    A rise of width w is Φ(z / w), which grows as exp(y² / 2w²) at a distance y from the real line; so with the normal
    density the integrand grows as exp(y² (1 + Σ 1/w²) / 2) at most, and the rule with spacing s has a relative error of
    exp(-2π² / s² (1 + Σ 1/w²)) (Trefethen and Weideman 2014, section 5).
    """
    steepest = np.zeros(len(group.members))
    np.maximum.at(steepest, group.owner, _width(group, root, t) ** -2)
    if with_point:
        steepest[steepest.argmin()] = (root / t) ** 2
    return float(np.pi * np.sqrt(2 / (DIGITS * (1 + steepest.sum()))))


def _width(group: GroupProblem, root: float, t: float) -> Floats:
    """Return the width in z of the rise of each statement's probability, shape (S,)."""
    return np.asarray(np.sqrt(group.variance + t**2) / max(root, 1e-12))
