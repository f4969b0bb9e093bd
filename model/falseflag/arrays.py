"""Elicited values as arrays: many Betas, Dirichlets and log-normals at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from falseflag.distributions import AnyDistribution, Beta, Dirichlet, Fixed, LogNormal, Point

type Floats = NDArray[np.float64]
type Integers = NDArray[np.intp]
type Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Distributions:
    """Numbers in [0, 1], one to an element: a Beta (then `point` is NaN) or a point (then `alpha`, `beta` are)."""

    alpha: Floats
    beta: Floats
    point: Floats

    @classmethod
    def of(cls, values: Sequence[AnyDistribution]) -> Distributions:
        """Lay out a list of Betas and points as arrays of shape (len(values),)."""
        table = np.array([_scalar(value) for value in values]).reshape(-1, 3)
        return cls(*table.T)

    def __len__(self) -> int:
        """Count the elements."""
        return len(self.point)

    def __getitem__(self, index: Integers | Mask | slice) -> Distributions:
        """Select elements by any NumPy index."""
        return Distributions(self.alpha[index], self.beta[index], self.point[index])

    @property
    def is_point(self) -> Mask:
        """Which elements are fixed."""
        return ~np.isnan(self.point)

    @property
    def mean(self) -> Floats:
        """Expected values."""
        return np.where(self.is_point, self.point, self.alpha / (self.alpha + self.beta))

    @property
    def complement(self) -> Floats:
        """One minus the expected values, without cancellation."""
        return np.where(self.is_point, 1 - self.point, self.beta / (self.alpha + self.beta))

    def sample(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw independently; shape (draws, len(self))."""
        out = np.broadcast_to(self.point, (draws, len(self))).copy()
        uncertain = np.flatnonzero(~self.is_point)
        out[:, uncertain] = rng.beta(self.alpha[uncertain], self.beta[uncertain], (draws, len(uncertain)))
        return out

    def at(self, index: int) -> Beta | Point:
        """Return one element."""
        if self.is_point[index]:
            return Point(float(self.point[index]))
        return Beta(float(self.alpha[index]), float(self.beta[index]))

    def with_element(self, index: int, value: AnyDistribution) -> Distributions:
        """Return a copy in which one element is another."""
        alpha, beta, point = self.alpha.copy(), self.beta.copy(), self.point.copy()
        alpha[index], beta[index], point[index] = _scalar(value)
        return Distributions(alpha, beta, point)


def _scalar(value: AnyDistribution) -> tuple[float, float, float]:
    match value:
        case Beta(alpha, beta):
            return alpha, beta, np.nan
        case Point(point):
            return np.nan, np.nan, point
        case other:
            raise TypeError(f"{other} is not about one number")


@dataclass(frozen=True, slots=True)
class Simplexes:
    """Probabilities of the values of something, one set to a row: a Dirichlet, or fixed.

    Parameters
    ----------
    concentration : ndarray, shape (n, K)
        0 where a value is impossible or there is none; NaN throughout a fixed row.
    fixed : ndarray, shape (n, K)
        The probabilities of a fixed row; NaN throughout any other.
    """

    concentration: Floats
    fixed: Floats

    @classmethod
    def of(cls, values: Sequence[AnyDistribution], width: int) -> Simplexes:
        """Lay out distributions over at most `width` values; a Beta is about the first of two."""
        rows = [_simplex(value, width) for value in values]
        return cls(*np.array(rows).reshape(-1, 2, width).transpose(1, 0, 2))

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.fixed)

    def __getitem__(self, index: Integers | Mask | slice) -> Simplexes:
        """Select rows by any NumPy index."""
        return Simplexes(self.concentration[index], self.fixed[index])

    @property
    def is_fixed(self) -> Mask:
        """Which rows are fixed."""
        return ~np.isnan(self.fixed).any(axis=1)

    @property
    def mean(self) -> Floats:
        """Expected probabilities, shape (n, K)."""
        total = self.concentration.sum(axis=1, keepdims=True)
        return np.where(self.is_fixed[:, None], self.fixed, self.concentration / total)

    @property
    def pairs(self) -> Distributions:
        """The probability of the first of two values."""
        two = np.where(self.is_fixed[:, None], np.nan, self.concentration[:, :2])
        return Distributions(two[:, 0], two[:, 1], self.fixed[:, 0])

    def sample(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw independently; shape (draws, n, K)."""
        return np.exp(log_dirichlet(rng, self.concentration, self.fixed, draws))

    def with_row(self, index: int, value: AnyDistribution) -> Simplexes:
        """Return a copy in which one row is another."""
        concentration, fixed = self.concentration.copy(), self.fixed.copy()
        concentration[index], fixed[index] = _simplex(value, fixed.shape[1])
        return Simplexes(concentration, fixed)


def log_dirichlet(rng: np.random.Generator, concentration: Floats, fixed: Floats, draws: int | None = None) -> Floats:
    """Draw logs of Dirichlet variates, or take fixed ones; shape (draws, n, K), or (n, K) for one a row.

    A gamma variate with a tiny shape is drawn as a larger one times a power of a uniform, which does not underflow.
    """
    shape = concentration.shape if draws is None else (draws, *concentration.shape)
    at = np.broadcast_to(np.nan_to_num(concentration), shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_gamma = np.log(rng.standard_gamma(at + 1)) + np.log1p(-rng.random(shape)) / at
        log_gamma = np.where(at > 0, log_gamma, -np.inf)
        top = np.where(at.any(axis=-1, keepdims=True), log_gamma.max(axis=-1, keepdims=True), 0.0)
        drawn = log_gamma - top - np.log(np.exp(log_gamma - top).sum(axis=-1, keepdims=True))
        return np.where(np.isnan(fixed), drawn, np.log(fixed))


def _simplex(value: AnyDistribution, width: int) -> tuple[list[float], list[float]]:
    nothing = [np.nan] * width
    match value:
        case Beta(alpha, beta):
            return _padded((alpha, beta), width), nothing
        case Dirichlet(concentration):
            return _padded(concentration, width), nothing
        case Point(point):
            return nothing, _padded((point, 1 - point), width)
        case Fixed(probabilities):
            return nothing, _padded(probabilities, width)
        case other:
            raise TypeError(f"{other} is not about probabilities")


def _padded(values: Sequence[float], width: int) -> list[float]:
    return [*values, *[0.0] * (width - len(values))]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Log-normal numbers: the log of element j is normal(mu[j], sigma[j]); a fixed one has sigma 0."""

    mu: Floats
    sigma: Floats

    @classmethod
    def of(cls, values: Sequence[AnyDistribution]) -> Ratios:
        """Lay out log-normals and points as arrays."""
        rows = [
            (v.mu, v.sigma) if isinstance(v, LogNormal) else (np.log(v.value), 0.0)
            for v in values
            if isinstance(v, LogNormal | Point)
        ]
        return cls(*np.array(rows, float).reshape(-1, 2).T)

    def __len__(self) -> int:
        """Count the elements."""
        return len(self.mu)

    @property
    def log_mean(self) -> Floats:
        """Log of the expected values."""
        return self.mu + self.sigma**2 / 2

    def sample(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw logs independently; shape (draws, len(self))."""
        return self.mu + self.sigma * rng.standard_normal((draws, len(self)))
