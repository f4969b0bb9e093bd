"""Quadrature: nodes and weights under Betas and the normal, and the copula of correlated indicators integrated over θ.

Rules in one variable are the trapezoid rule on the real line, after a change of variable (probit or logit) that makes
the integrand analytic and its tails fall off: there it converges geometrically (Trefethen and Weideman 2014, *The
exponentially convergent trapezoid rule*, SIAM Review 56, section 5), for J- and U-shaped Betas and for steep
integrands too. Polynomials under a Beta are integrated by Gauss-Jacobi rules, which are exact for them.

With a = Φ⁻¹(θ) and at a node a shift √ρ z and a noise √(1 - ρ), a correlated indicator has its first value with
probability Φ((a + shift) / noise): this is the copula's conditional probability, `conditional`; how smooth it is, which
the rules below rely on, follows from the probit. Its mean over θ, E[Φ(±(a + shift) / noise)], is wanted for every
statement at every node. Φ((a + shift) / noise) at points a and nodes is the same for all statements, and it is what
costs; so statements of like smoothness share their points, evenly spaced, and each has its own weights on them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.arrays import Distributions, Floats, Integers

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
    at = np.where(is_point[:, None], 0.0, nodes)  # those of a point 0 or 1 are infinite
    log_weights = np.where(is_point[:, None], 0.0, change.log_density(alpha[:, None], beta[:, None], at))
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
    x, w = gauss_legendre(12)
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


@lru_cache(maxsize=8)
def gauss_legendre(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of the rule on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def gauss_jacobi(values: Distributions, count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights that integrate polynomials up to degree ``2 count - 1`` under each distribution exactly.

    Parameters
    ----------
    values : Distributions of length n
    count : int
        Nodes of a rule; a point has one of weight 1, and the others of weight 0 at the same place.

    Returns
    -------
    nodes, weights : ndarray, shape (n, count)

    Notes
    -----
    Eigenvalues and first components of the eigenvectors of the Jacobi matrix (Golub and Welsch 1969, *Calculation of
    Gauss quadrature rules*, Mathematics of Computation 23, 221-230), which stay accurate for large parameters.
    """
    free = ~values.is_point
    a, b = (np.where(free, each, 1.0)[:, None] - 1 for each in (values.beta, values.alpha))
    k = np.arange(count, dtype=float)
    total = a + b
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = (b - a) * total / ((2 * k + total) * (2 * k + total + 2))
        j = k[1:]
        beside = (
            4 * j * (j + a) * (j + b) * (j + total) / ((2 * j + total) ** 2 * (2 * j + total + 1) * (2 * j + total - 1))
        )
    middle[:, :1] = (b - a) / (total + 2)
    if count > 1:
        beside[:, :1] = 4 * (1 + a) * (1 + b) / ((2 + total) ** 2 * (3 + total))
    matrix = np.zeros((len(values), count, count))
    every = np.arange(count)
    matrix[:, every, every] = (1 + middle) / 2
    matrix[:, every[1:], every[:-1]] = np.sqrt(beside) / 2
    nodes, vectors = np.linalg.eigh(matrix)
    nodes, weights = np.clip(nodes, 0.0, 1.0), vectors[:, 0, :] ** 2
    nodes[~free], weights[~free] = values.point[~free, None], 0.0
    weights[~free, 0] = 1.0
    return nodes, weights


CHUNK = 4_000_000
"""Elements of the largest array that is made at once."""

STEEP = 0.1
"""Noise below this share of the density's smoothness: the steep factor is the Gaussian, the smooth one the Beta's."""

SPACING = 0.92
"""Of the points in a, in units of the integrand's smoothness: the trapezoid rule's error is exp(-2π² / SPACING²)."""

FINEST_GRID = 0.01
"""Statements that ask for a closer spacing have points of their own, which lie only where their mass is."""

SMALLEST_SHAPE = 0.06
"""Betas with a smaller parameter have mass beyond the shared points, and points of their own."""


def conditional(probit: Floats, shift: Floats, noise: Floats | float) -> Floats:
    """Return P(first value | z, ρ) = Φ((Φ⁻¹(θ) + √ρ z) / √(1 - ρ)): the copula of correlated indicators.

    Parameters
    ----------
    probit : ndarray
        Φ⁻¹(θ), with a minus for the second value; then `shift` has one too.
    shift, noise : ndarray
        √ρ z and √(1 - ρ).
    """
    return np.asarray(special.ndtr((probit + shift) / noise))


def truth_probability(statements: Distributions, sign: Floats, shift: Floats, t: Floats | float) -> Floats:
    """Return E[Φ(sign (Φ⁻¹(θ) + shift) / t)] for each statement and node, shape (S, Z).

    Parameters
    ----------
    statements : Distributions of length S
    sign : ndarray, shape (S,)
        +1 where truth is that the indicator is present, -1 absent.
    shift : ndarray, shape (Z,)
        √ρ z.
    t : ndarray, shape (Z,), or float
        √(1 - ρ).
    """
    noise = np.broadcast_to(np.asarray(t, float), shift.shape)
    out = np.empty((len(statements), len(shift)))
    own = _needs_own_points(statements)
    for some, integrate in ((own, _with_own_points), (~own, _together)):
        for rows in _alike(probit_smoothness(statements), some):
            for columns in _octaves(noise):
                values = integrate(statements[rows], sign[rows], shift[columns], noise[columns])
                out[rows[:, None], columns] = values
    return out


def _needs_own_points(statements: Distributions) -> NDArray[np.bool_]:
    alpha, beta = np.nan_to_num(statements.alpha), np.nan_to_num(statements.beta)
    narrow = SPACING * probit_smoothness(statements) < FINEST_GRID
    return np.asarray(narrow | (alpha + beta > NARROW) | (np.minimum(alpha, beta) < SMALLEST_SHAPE))


def _alike(smoothness: Floats, some: NDArray[np.bool_]) -> Iterator[Integers]:
    """Yield some of the statements, by the order of magnitude of their smoothness; the points, of none, together."""
    magnitude = np.floor(np.log2(np.maximum(smoothness, 1e-300)) / 3)
    for each in np.unique(magnitude[some]):
        yield np.flatnonzero(some & (magnitude == each))


def _octaves(noise: Floats) -> Iterator[Integers]:
    """Yield the nodes whose noise is alike, within a factor of two."""
    octave = np.floor(np.log2(noise))
    for each in np.unique(octave):
        yield np.flatnonzero(octave == each)


def _together(statements: Distributions, sign: Floats, shift: Floats, noise: Floats) -> Floats:
    """Integrate statements of like smoothness, at nodes of like noise, on points that they share."""
    smoothness = float(probit_smoothness(statements).min())
    if noise.max() < STEEP * smoothness:
        return _over_noise(statements, sign, shift, noise)
    nodes, weights = probit_grid(statements, _spacing(smoothness, float(noise.min())))
    out = np.empty((len(statements), len(shift)))
    block = max(1, CHUNK // len(nodes))
    for start in range(0, len(shift), block):
        part = slice(start, start + block)
        for each in (1.0, -1.0):
            rows = np.flatnonzero(sign == each)
            if len(rows):
                out[rows, part] = weights[rows] @ conditional(each * nodes[:, None], each * shift[part], noise[part])
    return out


def _spacing(smoothness: float, noise: float) -> float:
    """Return the spacing of points for a density and a step of given widths."""
    return float(SPACING / np.sqrt(1 / smoothness**2 + 1 / noise**2))


def _with_own_points(statements: Distributions, sign: Floats, shift: Floats, noise: Floats) -> Floats:
    smoothness = probit_smoothness(statements)
    if noise.max() < STEEP * smoothness.min():
        return _over_noise(statements, sign, shift, noise)
    rule = probit_rule(statements, 0.6 * np.minimum(np.maximum(smoothness, 1e-300), noise.min()))
    out = np.empty((len(statements), len(shift)))
    for rows, columns in _blocks(*out.shape, rule.nodes.shape[1]):
        side = sign[rows, None, None]
        inside = conditional(side * rule.nodes[rows, :, None], side * shift[columns], noise[columns])
        out[rows, columns] = np.einsum("sk,skz->sz", rule.weights[rows], inside)
    return out


def _blocks(statements: int, nodes: int, points: int) -> Iterator[tuple[slice, slice]]:
    """Yield blocks of statements and nodes that have no more than `CHUNK` elements with so many points each."""
    rows = max(1, CHUNK // (points * nodes))
    columns = max(1, CHUNK // (points * rows))
    for row in range(0, statements, rows):
        for column in range(0, nodes, columns):
            yield slice(row, row + rows), slice(column, column + columns)


def _over_noise(statements: Distributions, sign: Floats, shift: Floats, noise: Floats) -> Floats:
    """Integrate the Beta's distribution function over the noise instead, by a Gauss-Hermite rule."""
    ratio = noise.max() / probit_smoothness(statements).min()
    points, weights = gauss_hermite(3 + int(12 / np.log(1 / ratio)))  # n of them leave about ratio^2n
    out = np.empty((len(statements), len(shift)))
    for rows, columns in _blocks(*out.shape, len(points)):
        at = shift[columns] + noise[columns] * points[:, None]
        threshold = special.ndtr(sign[rows, None, None] * at)  # P(θ beyond it) is wanted
        first = np.where(sign[rows] > 0, statements.beta[rows], statements.alpha[rows])[:, None, None]
        second = np.where(sign[rows] > 0, statements.alpha[rows], statements.beta[rows])[:, None, None]
        out[rows, columns] = np.einsum("k,skz->sz", weights, special.betainc(first, second, threshold))
    return out
