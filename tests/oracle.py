"""Brute force: MODEL.md's definition read off the case, in plain loops, sharing no code with the engines."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
from scipy import special

from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.distributions import Distribution, Point

Nodes = list[tuple[float, float]]  # (value, weight)


def prior_means(case: Case) -> dict[str, float]:
    """E[π_h]: the product of the normalised weights on the path."""
    out: dict[str, float] = {}

    def descend(siblings: tuple[Hypothesis, ...], mass: float) -> None:
        total = sum(node.weight for node in siblings)
        for node in siblings:
            share = mass * node.weight / total
            if node.children:
                descend(node.children, share)
            else:
                out[node.name] = share

    descend(case.hypotheses, 1.0)
    return out


def statement_key(indicator: Indicator, leaf: str) -> str:
    parts = leaf.split(".")
    prefixes = [".".join(parts[:k]) for k in range(len(parts), 0, -1)]
    return next((p for p in prefixes if p in indicator.likelihood), "others")


@functools.cache
def beta_nodes(distribution: Distribution, count: int) -> Nodes:
    """Gauss-Jacobi nodes of a Beta."""
    if isinstance(distribution, Point):
        return [(distribution.value, 1.0)]
    x, w = special.roots_jacobi(count, distribution.beta - 1, distribution.alpha - 1)
    return [(float(v), float(u)) for v, u in zip((x + 1) / 2, w / w.sum(), strict=True)]


def report_probability(indicator: Indicator, theta: float, r: float) -> float:
    present = r * theta + (1 - r) * (1 - theta)
    return present if indicator.observed else 1 - present


def grid(rho: float) -> np.ndarray:
    step = min(0.1, 0.3 * math.sqrt(1 - rho) / max(math.sqrt(rho), 1e-9))
    return np.arange(-9, 9 + step, step)


@functools.cache
def truth(distribution: Distribution, rho: float) -> np.ndarray:
    """E_θ[Φ((Φ⁻¹(θ) + √ρ z) / √(1 - ρ))] on the grid in z."""
    theta, weight = np.array(beta_nodes(distribution, 120)).T
    out: np.ndarray = weight @ special.ndtr(
        (special.ndtri(theta)[:, None] + math.sqrt(rho) * grid(rho)) / math.sqrt(1 - rho)
    )
    return out


def group_likelihood(members: list[Indicator], leaf: str, correlation: Distribution) -> float:
    """∫∫ Π E_θ[P(x_i | h, z)] N(z) dz p(ρ) dρ: Gauss-Jacobi in θ and ρ, a fine grid in z."""
    total = 0.0
    for rho, weight in beta_nodes(correlation, 30):
        z = grid(rho)
        product = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        for indicator in members:
            q = truth(indicator.likelihood[statement_key(indicator, leaf)].distribution, rho)
            r = indicator.reliability.mean
            present = r * q + (1 - r) * (1 - q)
            product = product * (present if indicator.observed else 1 - present)
        total += weight * float(product.sum() * (z[1] - z[0]))
    return total


def leaf_posterior(case: Case) -> dict[str, float]:
    """P(h | x) by the definition."""
    scores = prior_means(case)
    grouped = {name for group in case.groups.values() for name in group.indicators}
    for leaf, indicator in itertools.product(scores, case.indicators.values()):
        if indicator.observed is None or indicator.name in grouped:
            continue
        theta = indicator.likelihood[statement_key(indicator, leaf)].mean
        scores[leaf] *= report_probability(indicator, theta, indicator.reliability.mean)
    for leaf, group in itertools.product(scores, case.groups.values()):
        members = [case.indicators[name] for name in group.indicators if case.indicators[name].observed is not None]
        if members:
            scores[leaf] *= group_likelihood(members, leaf, group.correlation.distribution)
    total = sum(scores.values())
    return {leaf: score / total for leaf, score in scores.items()}
