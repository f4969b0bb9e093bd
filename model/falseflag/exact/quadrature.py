"""Nodes and weights for expectations under a Beta distribution or a standard normal.

Every rule here is the trapezoid rule on the real line, after a change of variable (probit or logit) that makes the
integrand analytic and its tails fall off: there it converges geometrically (Trefethen and Weideman 2014, *The
exponentially convergent trapezoid rule*, SIAM Review 56, section 5), for J- and U-shaped Betas and for steep
integrands too, where Gauss-Jacobi rules with a fixed number of nodes do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.problem import Distributions, Floats

TAIL = 1e-20
"""Mass beyond the outermost nodes of a rule."""

NEGLIGIBLE = 1e-15
"""A weight below this adds nothing to a sum of weights of one."""

NARROW = 1e10
"""A Beta with alpha + beta above this is taken as a point: its variance is below 1e-10."""


GREGORY = (3 / 8, 7 / 6, 23 / 24)
"""End weights that make the trapezoid rule of fourth order where the integrand does not vanish at an end."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A quadrature rule for each of n distributions, padded with zero weights to a common number of nodes.

    Parameters
    ----------
    nodes : ndarray, shape (n, nodes)
        In the transformed variable (probit or logit).
    weights : ndarray, shape (n, nodes)
        Non-negative; each row adds up to 1.
    step : ndarray, shape (n,)
        Spacing of the nodes, at most what was asked for; 0 for a point.
    """

    nodes: Floats
    weights: Floats
    step: Floats

    def without_negligible(self) -> Rule:
        """Drop the nodes whose weight is nothing in every row."""
        return self.only((self.weights > NEGLIGIBLE).any(axis=0))

    def only(self, keep: NDArray[np.bool_]) -> Rule:
        """Drop the other nodes."""
        return Rule(self.nodes[:, keep], self.weights[:, keep], self.step)


FARTHEST = 37.5
"""Φ is 0 or 1 in double precision beyond this on either side."""

QUANTILES = np.array([1e-8, 1e-4, 0.05, 0.5])
"""Lower quantiles, and upper ones likewise, between which the density is looked at."""


def probit_smoothness(values: Distributions) -> Floats:
    """Return the length over which the density of Φ⁻¹(θ) changes; 0 for a point. Shape (n,).

    It is one over the root of the largest curvature of the log density where there is mass; with λ = φ/Φ, the curvature
    is 1 + (α - 1) λ(a) (a + λ(a)) + (β - 1) λ(-a) (λ(-a) - a).
    """
    return _probit_smoothness(values.alpha.tobytes(), values.beta.tobytes())


@lru_cache(maxsize=1024)
def _probit_smoothness(alpha_bytes: bytes, beta_bytes: bytes) -> Floats:
    given = np.stack([np.frombuffer(alpha_bytes), np.frombuffer(beta_bytes)])
    alpha, beta = np.where(np.isnan(given), 1.0, given)[:, :, None]
    low = special.ndtri(special.betaincinv(alpha, beta, QUANTILES))
    high = -special.ndtri(special.betaincinv(beta, alpha, QUANTILES))
    a = np.clip(np.concatenate([low, high], axis=1), -FARTHEST, FARTHEST)
    curvature = 1 + (alpha - 1) * _bend(a) + (beta - 1) * _bend(-a)
    length = 1 / np.sqrt(np.maximum(curvature.max(axis=1), 1e-3))
    return np.where(np.isnan(given[0]), 0.0, length)


def _bend(a: Floats) -> Floats:
    """Curvature of -log Φ at a: 1 far to the left, 0 far to the right."""
    ratio = np.exp(-(a**2) / 2 - special.log_ndtr(a)) / np.sqrt(2 * np.pi)
    return np.asarray(np.clip(ratio * (a + ratio), 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Change:
    """A change of variable from (0, 1) to the real line.

    Parameters
    ----------
    link, inverse : ufunc
        The change, odd about ½, and its inverse.
    limit : float
        Where the inverse, taken at minus this, is as good as 0.
    log_density : callable
        Log density of the transformed Beta, up to a constant, from (alpha, beta, nodes).
    """

    link: np.ufunc
    inverse: np.ufunc
    limit: float
    log_density: Callable[[Floats, Floats, Floats], Floats]


def _log_density_probit(alpha: Floats, beta: Floats, a: Floats) -> Floats:
    return np.asarray((alpha - 1) * special.log_ndtr(a) + (beta - 1) * special.log_ndtr(-a) - a**2 / 2)


def _log_density_logit(alpha: Floats, beta: Floats, y: Floats) -> Floats:
    return np.asarray(alpha * special.log_expit(y) + beta * special.log_expit(-y))


PROBIT = Change(special.ndtri, special.ndtr, FARTHEST, _log_density_probit)
LOGIT = Change(special.logit, special.expit, 40.0, _log_density_logit)


def probit_grid(values: Distributions, spacing: float) -> tuple[Floats, Floats]:
    """Return points in a = Φ⁻¹(θ) that Betas share, shape (K,), and the weights of each, shape (n, K).

    Parameters
    ----------
    values : Distributions of length n
        Betas without mass beyond `FARTHEST`, and not so narrow that they fall between the points.
    spacing : float
    """
    flattest = min(1.0, float(values.alpha.min()), float(values.beta.min()))  # the tails fall off as exp(-α a² / 2)
    farthest = min(FARTHEST, float(np.abs(special.ndtri(values.mean)).max()) + 9 / np.sqrt(flattest))
    count = int(farthest / spacing)
    nodes = spacing * np.arange(-count, count + 1, dtype=np.float64)
    log_below = special.log_ndtr(nodes)
    log_above = log_below[::-1]
    log_density = (values.alpha - 1)[:, None] * log_below + (values.beta - 1)[:, None] * log_above - nodes**2 / 2
    weights = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    there = np.flatnonzero((weights > NEGLIGIBLE).any(axis=0))
    part = slice(there[0], there[-1] + 1)
    return nodes[part], np.asarray(weights[:, part])


@lru_cache(maxsize=8)
def gauss_hermite(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of the rule for the standard normal; the weights add up to 1."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


def probit_rule(values: Distributions, step: Floats) -> Rule:
    """Make a rule in a = Φ⁻¹(θ) with the given spacing, shape (n,)."""
    return _trapezoid(values, PROBIT, step)


def logit_rule(values: Distributions, fineness: float = 1.0) -> Rule:
    """Make a rule in y = logit(θ), with spacing in proportion to the density's own width and to `fineness`."""
    return _trapezoid(values, LOGIT, fineness * np.minimum(0.5, 0.8 * 2 / np.sqrt(values.alpha + values.beta)))


def _trapezoid(values: Distributions, change: Change, step: Floats) -> Rule:
    is_point = values.is_point | (values.alpha + values.beta > NARROW)
    alpha, beta = np.where(is_point, 1.0, values.alpha), np.where(is_point, 1.0, values.beta)
    low = np.maximum(change.link(_outermost(alpha, beta)), -change.limit)
    high = np.minimum(-change.link(_outermost(beta, alpha)), change.limit)
    low = np.where(is_point, change.link(values.mean), low)
    intervals = np.zeros(len(values), dtype=np.intp)
    intervals[~is_point] = np.ceil((high - low)[~is_point] / step[~is_point])
    count = intervals + 1
    step = np.where(is_point, 0.0, (high - low) / np.maximum(intervals, 1))
    index = np.arange(count.max(initial=1))
    nodes = low[:, None] + step[:, None] * index
    log_weights = np.where(is_point[:, None], 0.0, change.log_density(alpha[:, None], beta[:, None], nodes))
    log_weights[index >= count[:, None]] = -np.inf
    weights = np.exp(log_weights - log_weights.max(axis=1, keepdims=True))
    # Only a Beta with a tiny parameter has mass to speak of at the ends and beyond: Gregory's end corrections for the
    # one, and what lies beyond the outermost nodes goes to them.
    every = np.arange(len(count))
    for offset, end_weight in enumerate(GREGORY):
        correction = np.where(count > 2 * len(GREGORY), end_weight, 1.0)
        weights[:, min(offset, len(index) - 1)] *= correction
        weights[every, np.maximum(count - 1 - offset, 0)] *= correction
    below = np.where(is_point, 0.0, special.betainc(alpha, beta, change.inverse(low)))
    above = np.where(is_point, 0.0, special.betainc(beta, alpha, change.inverse(-high)))
    weights *= ((1 - below - above) / weights.sum(axis=1))[:, None]
    weights[:, 0] += below
    weights[every, count - 1] += above
    return Rule(nodes, weights, step)


def _outermost(alpha: Floats, beta: Floats) -> Floats:
    """Return the quantile of `TAIL`; SciPy 1.18 has none for some α just above 1, where it is (p α B(α, β))^(1/α)."""
    quantile = special.betaincinv(alpha, beta, TAIL)
    leading = np.exp((np.log(TAIL) + np.log(alpha) + special.betaln(alpha, beta)) / alpha)
    return np.asarray(np.where(np.isnan(quantile), leading, quantile))


def panels(ends: Floats) -> tuple[Floats, Floats]:
    """Return nodes and weights of 12-point Gauss-Legendre rules between neighbouring `ends`, in any order."""
    ends = np.unique(ends)
    x, w = _gauss_legendre(12)
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


@lru_cache(maxsize=8)
def _gauss_legendre(count: int) -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights
