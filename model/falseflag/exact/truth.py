"""P(a group's member is truly as reported | z, ρ), its likelihood θ integrated out, at many nodes at once.

With a = Φ⁻¹(θ) and a node's shift √ρ z and noise t = √(1 - ρ), what is wanted is

    E[Φ(±(a + shift) / t)],

for every statement at every node. Φ((a + shift) / t) at points a and nodes is the same for all statements, and it is
what costs; so statements of like smoothness share their points, evenly spaced, and each has its own weights on them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.quadrature import NARROW, gauss_hermite, probit_grid, probit_rule, probit_smoothness
from falseflag.problem import Distributions, Floats, Integers

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
        scaled = (nodes[:, None] + shift[part]) / noise[part]
        for each in (1.0, -1.0):
            rows = np.flatnonzero(sign == each)
            if len(rows):
                out[rows, part] = weights[rows] @ special.ndtr(each * scaled)
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
        inside = special.ndtr(sign[rows, None, None] * (rule.nodes[rows, :, None] + shift[columns]) / noise[columns])
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
