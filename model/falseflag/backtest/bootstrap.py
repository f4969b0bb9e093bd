"""How far a mean moves with the incidents that happen to be in the record: the bootstrap over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from falseflag.inference.result import INTERVAL
from falseflag.problem import Floats

RESAMPLES = 4000
SEED = 19310918


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over incidents with its bootstrap interval (5 to 95 %), and how many incidents it is of."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """Format for tables: value and interval."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@lru_cache(maxsize=32)
def resampled(units: int) -> Floats:
    """Return how often each of so many units is drawn in each resample, shape (RESAMPLES, units); always the same."""
    return np.random.default_rng(SEED).multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(float)


def mean_of(values: Floats, units: Sequence[str] | None = None) -> Mean:
    """Return the mean, its interval from incidents (or whole units of them) drawn with replacement.

    Parameters
    ----------
    values : ndarray, shape (k,)
    units : sequence of str, length k, optional
        What is drawn: incidents of one unit stay together. By default each incident is one.

    Notes
    -----
    Means of the same length and units are resampled alike, so that the interval of a difference is that of the means of
    paired differences. An incident's answer stays as it was: refitting is not part of it.
    """
    if not len(values):
        return Mean(np.nan, np.nan, np.nan, 0)
    place = np.arange(len(values)) if units is None else np.unique(np.array(units), return_inverse=True)[1]
    sums, sizes = np.bincount(place, values), np.bincount(place)
    drawn = resampled(len(sums))
    low, high = np.quantile((drawn @ sums) / (drawn @ sizes), INTERVAL)
    return Mean(float(values.mean()), float(low), float(high), len(values))
