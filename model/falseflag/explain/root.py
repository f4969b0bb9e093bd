"""Where a function of one variable passes zero."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

ENOUGH = 1e-13


def ridders(function: Callable[[float], float], low: float, high: float, at_low: float, at_high: float) -> float:
    """Find a zero between two ends where the function has different signs.

    Parameters
    ----------
    function : callable
    low, high : float
    at_low, at_high : float
        The function there.

    References
    ----------
    Ridders 1979, *A new algorithm for computing a single root of a real continuous function*, IEEE Transactions on
    Circuits and Systems 26.
    """
    for _ in range(60):
        if at_low == 0 or at_high == 0 or abs(high - low) < ENOUGH * max(1.0, abs(low)):
            break
        middle = (low + high) / 2
        at_middle = function(middle)
        slope = np.sqrt(at_middle**2 - at_low * at_high)
        guess = middle + (middle - low) * np.sign(at_low - at_high) * at_middle / slope if slope > 0 else middle
        at_guess = function(float(guess))
        points = sorted([(low, at_low), (high, at_high), (middle, at_middle), (float(guess), at_guess)])
        pairs = pairwise(points)
        (low, at_low), (high, at_high) = next(pair for pair in pairs if pair[0][1] * pair[1][1] <= 0)
        if abs(at_guess) < ENOUGH:
            return float(guess)
    return low if abs(at_low) < abs(at_high) else high
