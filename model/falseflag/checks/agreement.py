"""Do the two engines give the same answer?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from falseflag.answer import Check
from falseflag.problem import Floats

Z_LIMIT = 4.0
"""Monte Carlo standard errors that the engines may lie apart."""

EXACT_ERROR = 1e-6
"""Error bound of the exact engine, added to the sampled one's standard error."""


RARE = 10
"""Expected number of draws below which their own spread does not tell how uncertain their mean is."""


def standard_error(error: Floats, exact: Floats, draws: int) -> Floats:
    """Return the standard error of mean probabilities, also of rare ones.

    The mean of a probability that is nearly always 0 and now and then 1 rests on few draws, or on none that was drawn:
    the draws' own spread then says too little. A variable in [0, 1] with mean p has a variance of at most p (1 - p).

    Parameters
    ----------
    error : ndarray, shape (V,)
        Standard error as estimated from the draws.
    exact : ndarray, shape (V,)
        Mean by the exact engine.
    draws : int
    """
    p = np.minimum(exact, 1 - exact).clip(0.0, 0.5)
    return np.where(draws * p < RARE, np.maximum(error, np.sqrt(p * (1 - p) / draws)), error)


def check_agreement(mean: Floats, error: Floats, exact: Floats, names: Sequence[str]) -> Check:
    """Hold the draws' estimate of every node's probability against the exact answer.

    Parameters
    ----------
    mean, error : ndarray, shape (V,)
        Mean of the draws, and its Monte Carlo standard error.
    exact : ndarray, shape (V,)
    names : sequence of str, length V
    """
    difference = np.maximum(np.abs(mean - exact) - EXACT_ERROR, 0)
    z = difference / np.maximum(error, np.finfo(float).tiny)
    worst = int(np.argmax(np.where(np.isnan(z), np.inf, z)))
    return Check(
        "agreement",
        passed=bool((z < Z_LIMIT).all()),
        value=float(z[worst]),
        limit=Z_LIMIT,
        message=f"Draws and exact answer lie at most {z[worst]:.1f} Monte Carlo standard errors apart"
        f" (at {names[worst]}); less than {Z_LIMIT:g} is wanted.",
    )
