"""What an elicited value stands for: a Beta, a Dirichlet, a log-normal, or a fixed number; how a Beta is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

LOWER_QUANTILE, UPPER_QUANTILE = 0.05, 0.95
CLOSE_ENOUGH = 1e-6
"""Error in the logit of a quantile's probability from which on a solution is none."""
NARROW, NARROWEST = 1e-4, 1e-8
"""Spreads in log odds below which an expansion does as well as solving, and below which rounding blurs an interval."""


@dataclass(frozen=True, slots=True)
class Beta:
    """A Beta(alpha, beta) distribution."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def quantiles(self) -> tuple[float, float]:
        """The 5 % and 95 % quantiles."""
        low, high = special.betaincinv(self.alpha, self.beta, [LOWER_QUANTILE, UPPER_QUANTILE])
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Point:
    """A fixed value."""

    value: float

    @property
    def mean(self) -> float:
        """The value itself."""
        return self.value

    @property
    def quantiles(self) -> tuple[float, float]:
        """The value, twice."""
        return self.value, self.value


@dataclass(frozen=True, slots=True)
class Dirichlet:
    """A Dirichlet distribution over the values of something; a value of concentration 0 is impossible."""

    concentration: tuple[float, ...]

    @property
    def mean(self) -> tuple[float, ...]:
        """Expected probabilities."""
        total = sum(self.concentration)
        return tuple(each / total for each in self.concentration)


@dataclass(frozen=True, slots=True)
class Fixed:
    """Probabilities of the values of something that are held fixed; they add up to 1."""

    probabilities: tuple[float, ...]

    @property
    def mean(self) -> tuple[float, ...]:
        """The probabilities themselves."""
        return self.probabilities


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A positive number whose log is normal with mean `mu` and standard deviation `sigma`."""

    mu: float
    sigma: float

    @classmethod
    def from_interval(cls, low: float, high: float) -> LogNormal:
        """Return the log-normal whose 5 % and 95 % quantiles are `low` and `high`, ``0 < low < high``."""
        bottom, top = np.log(low), np.log(high)
        return cls(float(bottom + top) / 2, float((top - bottom) / (2 * special.ndtri(UPPER_QUANTILE))))

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(np.exp(self.mu + self.sigma**2 / 2))

    @property
    def quantiles(self) -> tuple[float, float]:
        """The 5 % and 95 % quantiles."""
        low, high = np.exp(self.mu + self.sigma * special.ndtri([LOWER_QUANTILE, UPPER_QUANTILE]))
        return float(low), float(high)


type Distribution = Beta | Point
"""Of a probability, a reliability, a detection or a correlation."""

type AnyDistribution = Distribution | Dirichlet | Fixed | LogNormal


def beta_of_mixture(betas: Sequence[Beta]) -> Beta:
    """Return the Beta with the mean and variance of a mixture of Betas in equal parts; of a single one, itself.

    Its strength is E[θ(1 − θ)] / Var(θ), in which nothing cancels, however weak or firm the parts are.

    >>> round(beta_of_mixture([Beta(1, 3), Beta(3, 1)]).alpha, 9)
    0.75
    """
    if len(betas) == 1:
        return betas[0]
    alpha, beta = np.array([(one.alpha, one.beta) for one in betas]).T
    strength = alpha + beta
    mean, rest = alpha / strength, beta / strength
    variance = np.mean(mean * rest / (strength + 1)) + np.var(mean)
    total = np.mean(mean * rest * strength / (strength + 1)) / variance
    return Beta(float(total * mean.mean()), float(total * rest.mean()))


@dataclass(frozen=True, slots=True)
class Judgement:
    """One elicited value: what it stands for, how it was written, and the reason that was given.

    Parameters
    ----------
    distribution : Beta, Point, Dirichlet, Fixed or LogNormal
        What enters the model: of two-valued things a Beta or a Point, of many-valued ones a Dirichlet or Fixed, of
        ratios a LogNormal or a Point.
    written : str
        The form in the case file, such as ``likely`` or ``[0.1, 0.4]``.
    why : str
        The analyst's reason; empty if none was given.
    """

    distribution: AnyDistribution
    written: str
    why: str = ""

    @property
    def scalar(self) -> Distribution:
        """The Beta or Point of a two-valued judgement."""
        if not isinstance(self.distribution, Beta | Point):
            raise TypeError(f"{self.distribution} is not about one number")
        return self.distribution


@lru_cache(maxsize=4096)
def beta_from_interval(low: float, high: float) -> Beta:
    """Find the Beta whose 5 % and 95 % quantiles are `low` and `high` (equal tails).

    Parameters
    ----------
    low, high : float
        The two quantiles, ``0 < low < high < 1``.

    Raises
    ------
    ValueError
        If the two ends are not in that order strictly between 0 and 1, or so close that no Beta in floating
        point tells them apart.
    """
    if not 0 < low < high < 1:
        raise ValueError("an interval should satisfy 0 < low < high < 1")
    (found,) = betas_from_intervals([(low, high)])
    if found is None:
        raise ValueError("the interval is too narrow or too extreme for a Beta distribution")
    return found


def betas_from_intervals(intervals: Sequence[tuple[float, float]]) -> list[Beta | None]:
    """Do as `beta_from_interval` for many at once, ten times faster; None where it would raise."""
    low, high = np.array(intervals, float).reshape(-1, 2).T
    fit = np.flatnonzero((low > 0) & (low < high) & (high < 1))
    found: list[Beta | None] = [None] * len(intervals)
    parameters, size = _solve(np.stack([low[fit], high[fit]]))
    for place, (alpha, beta), close in zip(fit, np.exp(parameters).T, size < CLOSE_ENOUGH, strict=True):
        found[place] = Beta(float(alpha), float(beta)) if close else None
    return found


def beta_from_quantiles(probabilities: Sequence[float], values: Sequence[float]) -> tuple[Beta, float]:
    """Find the Beta whose quantiles come nearest to `values`, by least squares.

    Levenberg and Marquardt's method in (log alpha, log beta), started from the logit-normal that comes nearest.

    Parameters
    ----------
    probabilities, values : sequence of float
        Two or more each, both rising strictly between 0 and 1.

    Returns
    -------
    Beta
    float
        The largest difference between a quantile and its value.

    Raises
    ------
    ValueError
        If they are so close that no Beta in floating point tells them apart.
    """
    p, x = np.array(probabilities, float), np.array(values, float)
    parameters = _start_of_quantiles(p, x)
    damping, residual = 1e-3, _quantiles(parameters, p) - x
    for _ in range(50):
        jacobian = np.stack(
            [(_quantiles(parameters + step, p) - _quantiles(parameters - step, p)) / 2e-5 for step in 1e-5 * np.eye(2)],
            axis=1,
        )
        normal = jacobian.T @ jacobian
        step = np.linalg.lstsq(normal + damping * np.diag(np.diag(normal)), jacobian.T @ residual)[0]
        proposed = parameters - np.clip(step, -1.5, 1.5)
        after = _quantiles(proposed, p) - x
        if not np.isfinite(after).all() or after @ after > residual @ residual:
            damping *= 10
        else:
            parameters, residual, damping = proposed, after, damping / 10
        if np.abs(step).max() < 1e-10 or damping > 1e12 or np.abs(residual).max() < 1e-13:
            break
    if len(p) == 2:
        parameters = _through_two(parameters, p, x)
        residual = _quantiles(parameters, p) - x
    alpha, beta = np.exp(parameters)
    if not (np.isfinite([alpha, beta]).all() and np.isfinite(residual).all()):
        raise ValueError("these quantiles are too close together or too extreme for a Beta distribution")
    return Beta(float(alpha), float(beta)), float(np.abs(residual).max())


def _through_two(
    parameters: NDArray[np.float64], p: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Polish the parameters for two quantiles, which determine them, on the logits of the distribution function."""
    best, target = parameters, special.logit(p)[:, None]
    smallest = np.inf
    with np.errstate(all="ignore"):
        for _ in range(50):
            at = _logit_cdf(parameters[:, None], x[:, None])
            size = float(np.abs(at - target).max())
            if not size < smallest:
                break
            best, smallest = parameters, size
            step = _newton_step(parameters[:, None], x[:, None], at, at - target)[:, 0]
            parameters = parameters - np.clip(step, -1.5, 1.5)
    return best


def _start_of_quantiles(p: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    z, logits = special.ndtri(p), special.logit(x)
    spread = max(float(np.sum((z - z.mean()) * logits) / np.sum((z - z.mean()) ** 2)), NARROWEST)
    centre = logits.mean() - spread * z.mean()
    ends = special.expit(np.clip(centre + spread * special.ndtri([LOWER_QUANTILE, UPPER_QUANTILE]), -30, 30))
    return _start(ends[:, None])[:, 0]


def _quantiles(parameters: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        alpha, beta = np.exp(np.clip(parameters, -27, 27))
    return np.asarray(special.betaincinv(alpha, beta, p))


def _solve(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the best (log alpha, log beta) for the quantiles `x`, shape (2, n), and how far off each is, (n,)."""
    spread = np.diff(special.logit(x), axis=0)[0]
    narrow = spread < NARROW
    parameters, size = np.empty_like(x), np.where(spread < NARROWEST, np.inf, 0.0)
    parameters[:, narrow] = _expanded(x[:, narrow])
    parameters[:, ~narrow], size[~narrow] = _iterated(x[:, ~narrow])
    return parameters, size


def _expanded(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (log alpha, log beta) for narrow intervals by Cornish and Fisher's expansion to the skewness.

    With both parameters above 10⁸, what it leaves out is of their inverse order, and SciPy's distribution function
    takes a millisecond for each interval.
    """
    z = special.ndtri(UPPER_QUANTILE)
    deviation = np.maximum(x[1] - x[0], np.finfo(float).tiny) / (2 * z)
    middle = x.mean(axis=0)
    skewness = 2 * (1 - 2 * middle) * deviation / (middle * (1 - middle))
    mean = middle - deviation * (z**2 - 1) * skewness / 6
    return np.asarray(np.log(np.stack([mean, 1 - mean])) + np.log(mean) + np.log1p(-mean) - 2 * np.log(deviation))


def _iterated(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do as `_solve` by Newton's method in (log alpha, log beta) on the logits of the distribution function.

    It starts from the logit-normal of the same quantiles; steps are bounded, so that it cannot leave the region that it
    can handle.
    """
    parameters = _start(x)
    best, smallest = parameters.copy(), np.full(x.shape[1], np.inf)
    target = special.logit(np.array([LOWER_QUANTILE, UPPER_QUANTILE]))[:, None]
    going, stuck = np.arange(x.shape[1]), np.zeros(x.shape[1], int)
    with np.errstate(all="ignore"):
        for _ in range(100):
            at = _logit_cdf(parameters, x[:, going])
            residual = at - target
            size = np.abs(residual).max(axis=0)
            better = size < smallest[going]
            best[:, going[better]] = parameters[:, better]
            stuck[going] = np.where(better, 0, stuck[going] + 1)
            smallest[going] = np.fmin(smallest[going], size)
            on = (smallest[going] > 1e-11) & (stuck[going] < np.where(smallest[going] < CLOSE_ENOUGH, 3, 30))
            going, parameters, at, residual = going[on], parameters[:, on], at[:, on], residual[:, on]
            if not going.size:
                break
            parameters = parameters - np.clip(_newton_step(parameters, x[:, going], at, residual), -1.5, 1.5)
    return best, smallest


def _start(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (log alpha, log beta) of a Beta near the logit-normal with quantiles `x`, shape (2, ...)."""
    logits = special.logit(x)
    centre = logits.mean(axis=0)
    spread = (logits[1] - logits[0]) / (special.ndtri(UPPER_QUANTILE) - special.ndtri(LOWER_QUANTILE))
    # ψ'(a) ≈ 1/a + 1/(2a²): right for large a, and near enough for small ones to start from
    size = spread**-2 + 1 / spread
    skew = np.clip(centre, -1 / spread, 1 / spread)  # a wide interval far off centre: start nearer to the middle
    return np.log(np.stack([size * (1 + np.exp(skew)), size * (1 + np.exp(-skew))]))


def _logit_cdf(parameters: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    alpha, beta = np.exp(parameters)
    below = special.betainc(alpha, beta, x)
    above = 1 - below
    rare = below > 0.999  # where the difference would lose digits
    above[rare] = special.betaincc(*(np.broadcast_to(part, x.shape)[rare] for part in (alpha, beta)), x[rare])
    tiny = np.finfo(float).tiny
    return np.asarray(np.log(np.maximum(below, tiny)) - np.log(np.maximum(above, tiny)))


def _newton_step(
    parameters: NDArray[np.float64], x: NDArray[np.float64], at: NDArray[np.float64], residual: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Solve the 2 × 2 Newton systems with a Jacobian of differences from the values `at` the parameters."""
    width = 1e-4 / np.sqrt(1 + np.exp(parameters).sum(axis=0))  # a like step in deviations, however narrow
    columns = []
    for which in range(2):
        shift = np.zeros_like(parameters)
        shift[which] = width
        columns.append((_logit_cdf(parameters + shift, x) - at) / width)
    (a, c), (b, d) = columns  # Jacobian [[a, b], [c, d]]
    determinant = a * d - b * c
    step = np.stack([d * residual[0] - b * residual[1], a * residual[1] - c * residual[0]]) / determinant
    return np.asarray(np.where(np.isfinite(step), step, 0.1 * np.sign(residual)))
