"""The likelihood of a dependence group, with everything that the analyst is unsure of integrated out.

Given h, z and ρ the members are independent, and θ_i enters through

    q_i(z, ρ) = E[Φ((Φ⁻¹(θ_i) + √ρ z) / √(1 - ρ))]

alone (the reliability r_i enters linearly, so its mean suffices). So E[L_{g,h}] is an integral over ρ of an integral
over z of a product of one-dimensional integrals. The nodes in z, for all values of ρ, are laid end to end, so that each
step of the arithmetic is taken once for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.quadrature import NARROW, Rule, logit_rule, panels, probit_smoothness
from falseflag.exact.recent import Recent
from falseflag.exact.truth import truth_probability
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

type Key = tuple[tuple[int, ...] | bytes, ...]

SMALLEST_T = 1e-9
"""√(1 - ρ) is held above this; what that changes is of the same order."""

STEEP = 0.05
"""A rise in z narrower than this asks for panels."""

CROWD = np.array([-9.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 9.0])
"""Panel ends around a steep rise, in widths of it."""

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

MATRIX_PAYS = 20
"""A product with a matrix of zeros and ones is quicker than indexing up to this many statements a member."""

LOWEST = -1e300
"""Stands for the log of 0 where logs are multiplied by 0 and added up."""


@dataclass(frozen=True)
class GroupProblem:
    """One group's share of a problem: M reported members, S statements that they use, D distinct leaf patterns.

    Parameters
    ----------
    sign : ndarray, shape (S,)
        +1 where the statement's indicator was reported present, -1 absent.
    reliability : ndarray, shape (S,)
        Mean reliability of the statement's indicator.
    pattern : ndarray of int, shape (M, D)
        Positions among the S statements: leaves with the same column share one likelihood.
    pattern_of : ndarray of int, shape (H,)
        The pattern of each leaf.
    used : ndarray of int, shape (S,)
        Positions of the statements among the problem's.
    """

    members: Integers
    used: Integers
    statements: Distributions
    sign: Floats
    reliability: Floats
    unreliability: Floats
    pattern: Integers
    pattern_of: Integers
    correlation: Distributions

    @cached_property
    def key(self) -> Key:
        """All that the likelihoods of the patterns follow from."""
        arrays = (self.sign, self.reliability, self.unreliability, self.pattern)
        elicited = (self.statements, self.correlation)
        values = [part.tobytes() for each in elicited for part in (each.alpha, each.beta, each.point)]
        return (self.pattern.shape, *(array.tobytes() for array in arrays), *values)

    @cached_property
    def owner(self) -> Integers:
        """Position of each statement's indicator among the members, shape (S,)."""
        owner = np.zeros(len(self.used), dtype=np.intp)
        owner[self.pattern] = np.arange(len(self.pattern))[:, None]
        return owner

    @cached_property
    def variance(self) -> Floats:
        """Square of the length over which each statement's density of Φ⁻¹(θ) changes; 0 for a point. Shape (S,)."""
        sharp = self.statements.is_point | (self.statements.alpha + self.statements.beta > NARROW)
        return np.where(sharp, 0.0, probit_smoothness(self.statements) ** 2)

    @cached_property
    def log_report_mean(self) -> Floats:
        """Log E[P(the report)] of each statement, taken alone, shape (S,)."""
        mean, complement = self.statements.mean, self.statements.complement
        true, false = np.where(self.sign > 0, mean, complement), np.where(self.sign > 0, complement, mean)
        return np.asarray(np.log(self.reliability * true + self.unreliability * false))

    def sum_over_members(self, log_report: Floats) -> Floats:
        """Add up what the leaves of each pattern take, shape (D, Z), from logs of shape (S, Z)."""
        if self.pattern.size * MATRIX_PAYS >= self.pattern.shape[1] * len(self.used):
            takes = np.zeros((self.pattern.shape[1], len(self.used)))
            np.add.at(takes, (np.arange(len(takes)), self.pattern), 1.0)
            return np.asarray(takes @ np.maximum(log_report, LOWEST))
        total = np.zeros((self.pattern.shape[1], log_report.shape[1]))
        for member in self.pattern:
            total += log_report[member]
        return total

    @classmethod
    def of(cls, problem: Problem, group: int) -> GroupProblem:
        """Cut a group out of a problem."""
        members = problem.members(group)
        columns, pattern_of = np.unique(problem.statement_of[members], axis=1, return_inverse=True)
        used, pattern = np.unique(columns, return_inverse=True)
        owner = problem.statement_indicator[used]
        return cls(
            members=members,
            used=used,
            statements=problem.statements[used],
            sign=np.where(problem.observed[owner] == PRESENT, 1.0, -1.0),
            reliability=problem.reliability.mean[owner],
            unreliability=problem.reliability.complement[owner],
            pattern=pattern.reshape(columns.shape),
            pattern_of=pattern_of.ravel(),
            correlation=problem.correlation[group : group + 1],
        )


@dataclass(frozen=True)
class GroupIntegral:
    """The integrals over z at R values of ρ, with all Z nodes laid end to end.

    Parameters
    ----------
    root, t : ndarray, shape (R,)
        √ρ and √(1 - ρ).
    start : ndarray of int, shape (R,)
        The first node of each value of ρ.
    number : ndarray of int, shape (Z,)
        Which value of ρ a node belongs to.
    z : ndarray, shape (Z,)
    truth : ndarray, shape (S, Z)
        P(the statement's indicator is truly as reported | z, ρ), θ integrated out.
    log_terms : ndarray, shape (D, Z)
        Log of quadrature weight times the product over members, for each leaf pattern.
    """

    root: Floats
    t: Floats
    start: Integers
    number: Integers
    z: Floats
    truth: Floats
    log_terms: Floats

    @cached_property
    def log_likelihood(self) -> Floats:
        """Log of the integral over z for each leaf pattern and value of ρ, shape (D, R)."""
        return np.asarray(np.logaddexp.reduceat(self.log_terms, self.start, axis=1))

    @classmethod
    def of(cls, group: GroupProblem, root: Floats, t: Floats) -> GroupIntegral:
        """Integrate over z at given √ρ and √(1 - ρ), on ranges wide enough for what was observed."""
        reach = np.full(len(root), REACH)
        while True:
            found = cls._reaching(group, root, t, reach)
            too_short = found.is_short() & (reach < FARTHEST_REACH)
            if not too_short.any():
                return found
            reach[too_short] *= 1.5

    @classmethod
    def _reaching(cls, group: GroupProblem, root: Floats, t: Floats, reach: Floats) -> GroupIntegral:
        rules = [z_rule(group, *each) for each in zip(root, t, reach, strict=True)]
        z, weights = (np.concatenate(part) for part in zip(*rules, strict=True))
        counts = np.array([len(rule[0]) for rule in rules])
        number = np.repeat(np.arange(len(rules)), counts)
        truth = truth_probability(group.statements, group.sign, root[number] * z, t[number])
        with np.errstate(divide="ignore"):  # far out in z a report can be impossible in double precision
            log_report = np.log(group.reliability[:, None] * truth + group.unreliability[:, None] * (1 - truth))
        log_terms = np.log(weights / np.sqrt(2 * np.pi)) - z**2 / 2 + group.sum_over_members(log_report)
        return cls(root, t, np.cumsum(counts) - counts, number, z, truth, log_terms)

    def is_short(self) -> NDArray[np.bool_]:
        """Tell at which values of ρ the integrand has not fallen off at the ends, shape (R,)."""
        last = np.append(self.start[1:], len(self.z)) - 1
        edge = np.maximum(self.log_terms[:, self.start], self.log_terms[:, last])
        return np.asarray((edge > np.maximum.reduceat(self.log_terms, self.start, axis=1) - DEPTH).any(axis=0))


INTEGRALS = Recent[Key, tuple[Rule, GroupIntegral]](4_000_000, lambda kept: kept[1].truth.size + kept[1].log_terms.size)
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
    if width.min(initial=1.0) > STEEP:
        step = z_spacing(group, root, t)
        count = np.ceil(reach / step)
        return np.arange(-count, count + 1) * step, np.full(int(2 * count + 1), step)
    steep = width < 10 * STEEP
    centre = -special.ndtri(group.statements.mean[steep]) / root
    crowd = (centre[:, None] + width[steep, None] * CROWD).ravel()
    return panels(np.concatenate([np.linspace(-reach, reach, 1 + int(4 * reach)), crowd[np.abs(crowd) < reach]]))


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
