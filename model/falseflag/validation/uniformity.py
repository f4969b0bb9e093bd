"""Are values uniform on (0, 1)? Simultaneous bands for their distribution function, and the exact p-value with them.

At any z the number of N uniform values below z is binomial. The graphical test of Säilynoja, Bürkner and Vehtari (2022,
*Graphical test for discrete uniformity and its applications in goodness-of-fit evaluation and multiple sample
comparison*, Statistics and Computing 32:32) draws the central binomial interval of one pointwise level at every z, the
level chosen such that the whole curve stays within with the wanted probability. That probability is computed as in
their section 2.1, by following the count from one z to the next. ArviZ simulates it, which serves for levels such as
95 %; where hundreds of quantities are looked at, levels such as 99.995 % are asked for.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from falseflag.arrays import Floats, Integers

POINTS = np.arange(1, 100) / 100
"""Where the distribution function is looked at: with 99 draws for a rank, between any two neighbouring ranks."""


def counts_below(values: Floats) -> Integers:
    """Count the values below each of `POINTS`, shape (99, ...), from shape (N, ...)."""
    return np.asarray((values < POINTS.reshape(-1, *[1] * values.ndim)).sum(axis=1))


def uniformity(values: Floats) -> float:
    """Return the p-value of N values under uniformity, shape (N,): how often a band that just holds them is left."""
    size = len(values)
    if not size:
        return 1.0
    return outside(float(_tails(counts_below(values), size).min()), size)


@lru_cache(maxsize=4096)
def outside(level: float, size: int) -> float:
    """Return how often the curve of `size` uniform values comes to a point with a two-sided tail of `level` or less."""
    low, high = _limits(level, size)
    chance, start = np.ones(1), 0
    before = 0.0
    for z, first, last in zip(POINTS, low, high, strict=True):
        if first > last:
            return 1.0
        chance = chance @ _steps(size, start, len(chance), int(first), int(last), (z - before) / (1 - before))
        start, before = int(first), float(z)
    return float(np.clip(1 - chance.sum(), 0.0, 1.0))


@lru_cache(maxsize=64)
def band(alarm: float, size: int) -> tuple[Floats, Floats]:
    """Return the lowest and highest counts at `POINTS` that a curve keeps to but with probability `alarm`.

    Parameters
    ----------
    alarm : float
        How often the curve of uniform values may leave the band at any point.
    size : int
        Number of values.

    Returns
    -------
    low, high : ndarray, shape (99,)
    """

    def excess(log_level: float) -> float:
        return outside(float(np.exp(log_level)), size) - alarm

    level = np.exp(optimize.bisect(excess, np.log(alarm) - 12.0, np.log(alarm), xtol=1e-3))
    low, high = _limits(float(level), size)
    return low.astype(float), high.astype(float)


def _tails(counts: Integers, size: int) -> Floats:
    """Two-sided binomial tail of the count at each point: twice the smaller of P(at most it) and P(at least it)."""
    at_most = special.bdtr(counts, size, POINTS)
    at_least = np.where(counts > 0, special.bdtrc(counts - 1.0, size, POINTS), 1.0)
    return np.asarray(2 * np.minimum(at_most, at_least))


def _limits(level: float, size: int) -> tuple[Integers, Integers]:
    """Return the smallest and largest counts whose two-sided tail is above `level`, shape (99,)."""
    every = np.arange(size + 1)[:, None]
    inside = _tails(every, size) > level
    low = inside.argmax(axis=0)
    high = size - inside[::-1].argmax(axis=0)
    return low, np.where(inside.any(axis=0), high, low - 1)


def _steps(size: int, start: int, number: int, first: int, last: int, share: float) -> Floats:  # noqa: PLR0913, PLR0917
    """Chance to come from each count at one point to each at the next, of those left a `share` each lies between."""
    there, then = np.arange(start, start + number)[:, None], np.arange(first, last + 1)
    left, more = size - there, then - there
    possible = (more >= 0) & (more <= left)
    more = np.where(possible, more, 0)
    log_factorial = _log_factorials(size)
    logs = more * np.log(share) + (left - more) * np.log1p(-share)
    choose = log_factorial[left] - log_factorial[more] - log_factorial[left - more]
    return np.where(possible, np.exp(choose + logs), 0.0)


@lru_cache(maxsize=8)
def _log_factorials(size: int) -> Floats:
    return np.asarray(special.gammaln(np.arange(size + 1) + 1.0))


def ranked(draws: Floats, truth: Floats, rng: np.random.Generator) -> Floats:
    """Return where a true value lies among draws of it, as a number in (0, 1); uniform if the draws are right.

    The rank among n draws is one of n + 1 equal cells; the place within it, and among ties, is random (Talts et al.
    2018, *Validating Bayesian inference algorithms with simulation-based calibration*, arXiv:1804.06788; for quantities
    that depend on the data too, Modrák et al. 2023, *Simulation-based calibration checking for Bayesian computation*,
    Bayesian Analysis).

    Parameters
    ----------
    draws : ndarray, shape (n, ...)
        Near independent.
    truth : ndarray, shape (...)
    rng : numpy.random.Generator
    """
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return np.asarray((below + rng.random(truth.shape) * (equal + 1)) / (len(draws) + 1))


def event_ranked(happened: NDArray[np.bool_], probability: Floats, rng: np.random.Generator) -> Floats:
    """Return the randomised distribution function of an event at what happened: uniform if the probability is right."""
    u = rng.random(probability.shape)
    return np.where(happened, 1 - probability + u * probability, u * (1 - probability))
