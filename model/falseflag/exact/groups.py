"""The likelihood of a dependence group, with everything that the analyst is unsure of integrated out.

Given h, z and ρ the members are independent, and θ_i enters through

    q_i(z, ρ) = E[Φ((Φ⁻¹(θ_i) + √ρ z) / √(1 - ρ))]

alone (the reliability r_i enters linearly, so its mean suffices). So E[L_{g,h}] is an integral over ρ of an integral
over z of a product of one-dimensional integrals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.quadrature import NARROW, Rule, logit_rule, panels, probit_rule, probit_smoothness
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

CHUNK = 4_000_000
"""Elements of the largest array that is made at once."""

SMALLEST_T = 1e-9
"""√(1 - ρ) is held above this; what that changes is of the same order."""

STEEP = 0.05
"""A rise in z narrower than this asks for panels."""

CROWD = np.array([-9.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 9.0])
"""Panel ends around a steep rise, in widths of it."""


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

    @property
    def is_sharp(self) -> NDArray[np.bool_]:
        """Which statements are points, or as good as."""
        return self.statements.is_point | (self.statements.alpha + self.statements.beta > NARROW)

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


@dataclass(frozen=True, slots=True)
class AtCorrelation:
    """The integral over z at one value of ρ.

    Parameters
    ----------
    z : ndarray, shape (Z,)
    truth : ndarray, shape (S, Z)
        P(the statement's indicator is truly as reported | z, ρ), θ integrated out.
    log_terms : ndarray, shape (D, Z)
        Log of quadrature weight times the product over members, for each leaf pattern.
    """

    z: Floats
    truth: Floats
    log_terms: Floats

    @property
    def log_likelihood(self) -> Floats:
        """Log of the integral for each leaf pattern, shape (D,)."""
        return np.asarray(special.logsumexp(self.log_terms, axis=1))


def correlation_rule(group: GroupProblem, fineness: float = 1.0) -> tuple[Rule, Floats, Floats]:
    """Return the rule in logit ρ, and √ρ and √(1 - ρ) at its nodes, each of shape (nodes,)."""
    rule = logit_rule(group.correlation, fineness).without_negligible()
    root, t = np.sqrt(special.expit(rule.nodes[0])), np.sqrt(special.expit(-rule.nodes[0]))
    return rule, root, np.maximum(t, SMALLEST_T)


def group_log_likelihood(group: GroupProblem) -> Floats:
    """Return log E[L_{g,h}] for each leaf, shape (H,); error below 1e-8 in the likelihood, relative."""
    rule, roots, ts = correlation_rule(group)
    values = [integrate_z(group, root, t).log_likelihood for root, t in zip(roots, ts, strict=True)]
    with np.errstate(divide="ignore"):
        log_weights = np.log(rule.weights[0])
    by_pattern = special.logsumexp(np.array(values) + log_weights[:, None], axis=0)
    return np.asarray(by_pattern[group.pattern_of])


def integrate_z(group: GroupProblem, root: float, t: float) -> AtCorrelation:
    """Integrate over z at √ρ = `root`, √(1 - ρ) = `t`, on a range wide enough for what was observed."""
    reach = 8.5
    while True:
        result = _on_grid(group, *z_rule(group, root, t, reach), root, t)
        edge = np.maximum(result.log_terms[:, 0], result.log_terms[:, -1])
        if reach > 38 or (edge < result.log_terms.max(axis=1) - 33).all():
            return result
        reach *= 1.5


def z_rule(group: GroupProblem, root: float, t: float, reach: float) -> tuple[Floats, Floats]:
    """Return nodes and weights for an integral over z from -reach to reach, without the normal density.

    The trapezoid rule, unless a member's probability rises so steeply that its nodes would be many: then Gauss-Legendre
    panels that crowd where it rises.
    """
    smoothness = np.where(group.is_sharp, 0.0, probit_smoothness(group.statements))
    width = np.sqrt(smoothness**2 + t**2) / max(root, 1e-12)
    if width.min(initial=1.0) > STEEP:
        sharpening = np.sqrt(1 + np.log(max(len(group.members), 1)))  # a product of M steps is steeper than one
        step = min(0.35, 0.5 * width.min(initial=1.0)) / sharpening
        z = np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1) * step
        return z, np.full(len(z), step)
    steep = width < 10 * STEEP
    centre = -special.ndtri(group.statements.mean[steep]) / root
    crowd = (centre[:, None] + width[steep, None] * CROWD).ravel()
    return panels(np.concatenate([np.linspace(-reach, reach, 1 + int(4 * reach)), crowd[np.abs(crowd) < reach]]))


def _on_grid(group: GroupProblem, z: Floats, weights: Floats, root: float, t: float) -> AtCorrelation:
    truth = truth_probability(group.statements, group.sign, root * z, t)
    with np.errstate(divide="ignore"):  # far out in z a report can be impossible in double precision
        log_report = np.log(group.reliability[:, None] * truth + group.unreliability[:, None] * (1 - truth))
    log_terms = -(z**2) / 2 + np.log(weights / np.sqrt(2 * np.pi))
    return AtCorrelation(z, truth, log_terms + _sum_over_members(log_report, group.pattern))


def _sum_over_members(log_report: Floats, pattern: Integers) -> Floats:
    total = np.zeros((pattern.shape[1], log_report.shape[1]))
    for member in pattern:
        total += log_report[member]
    return total


def truth_probability(statements: Distributions, sign: Floats, shift: Floats, t: float) -> Floats:
    """Return E[Φ(sign (Φ⁻¹(θ) + shift) / t)] for each statement and shift, shape (S, Z).

    Where the density of Φ⁻¹(θ) is wide against `t`, the steep factor is the Gaussian and the smooth one the Beta's
    distribution function: Gauss-Hermite then; else the trapezoid rule in Φ⁻¹(θ).
    """
    smoothness = probit_smoothness(statements)
    steep = t < 0.3 * smoothness
    out = np.empty((len(statements), len(shift)))
    out[steep] = _over_noise(statements[steep], sign[steep], shift, t)
    flat = np.flatnonzero(~steep)
    rule = probit_rule(statements[flat], 0.6 * np.minimum(np.maximum(smoothness[flat], 1e-300), t))
    rows = max(1, CHUNK // (rule.nodes.shape[1] * len(shift)))
    for start in range(0, len(flat), rows):
        part = slice(start, start + rows)
        nodes, signs = rule.nodes[part, :, None], sign[flat[part], None, None]
        inside = special.ndtr(signs * (nodes + shift) / t)
        out[flat[part]] = np.einsum("sk,skz->sz", rule.weights[part], inside)
    return out


def _over_noise(statements: Distributions, sign: Floats, shift: Floats, t: float) -> Floats:
    noise, weights = np.polynomial.hermite_e.hermegauss(14)
    threshold = special.ndtr(sign[:, None, None] * (shift + t * noise[:, None]))  # P(θ beyond it) is wanted
    first = np.where(sign > 0, statements.beta, statements.alpha)[:, None, None]
    second = np.where(sign > 0, statements.alpha, statements.beta)[:, None, None]
    inside = special.betainc(first, second, threshold)
    return np.asarray(np.einsum("k,skz->sz", weights / weights.sum(), inside))
