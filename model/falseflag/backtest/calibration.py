"""Did what was given so many percent come true that often?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from falseflag.backtest.bootstrap import resampled
from falseflag.inference.result import INTERVAL
from falseflag.problem import Floats
from falseflag.record.model import Integers

EDGES = (0.0, 0.05, 0.2, 0.45, 0.7, 1.0)
"""Bins of probability: few, for few incidents."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Statements "class c, with probability p" whose p falls in one bin.

    Parameters
    ----------
    low, high : float
        The bin's edges.
    mean : float
        Mean of the probabilities stated.
    frequency : float
        Share of them that were true, with its bootstrap interval (incidents drawn with replacement).
    interval : (float, float)
    count : int
        How many statements.
    """

    low: float
    high: float
    mean: float
    frequency: float
    interval: tuple[float, float]
    count: int


def calibrate(probability: Floats, author: Integers) -> Sequence[Bin]:
    """Bin every statement of every answer; bins without one are left out.

    Parameters
    ----------
    probability : ndarray, shape (k, C)
    author : ndarray, shape (k,)
    """
    truth = (author[:, None] == np.arange(probability.shape[1])).astype(float)
    place = np.clip(np.searchsorted(EDGES, probability, side="right") - 1, 0, len(EDGES) - 2)
    drawn = resampled(len(author))
    found = []
    for number in range(len(EDGES) - 1):
        inside = place == number
        if not inside.any():
            continue
        right, size = (inside * truth).sum(axis=1), inside.sum(axis=1)
        with np.errstate(invalid="ignore"):
            shares = (drawn @ right) / (drawn @ size)
        low, high = np.nanquantile(shares, INTERVAL)
        found.append(
            Bin(
                low=EDGES[number],
                high=EDGES[number + 1],
                mean=float(probability[inside].mean()),
                frequency=float(right.sum() / size.sum()),
                interval=(float(low), float(high)),
                count=int(size.sum()),
            )
        )
    return found
