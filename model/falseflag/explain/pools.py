r"""Opinion pools: one answer from several analysts'.

The linear pool averages probabilities, P(h) = Σ_k w_k P_k(h); it is spread wide where the analysts differ. The
logarithmic pool averages their logs, P(h) ∝ Π_k P_k(h)^{w_k}; it keeps to what none of them holds impossible, and gives
the same whether evidence comes in before or after pooling (Genest and Zidek 1986, *Combining probability
distributions*).
"""

from __future__ import annotations

import numpy as np

from falseflag.errors import RequestError
from falseflag.inference.draws import normalise
from falseflag.problem import Floats


def linear_pool(log_probability: Floats, weights: Floats) -> Floats:
    """Average the answers of K analysts, log probabilities of shape (K, H), with weights that add up to 1."""
    return np.asarray(weights @ np.exp(log_probability))


def log_pool(log_probability: Floats, weights: Floats) -> Floats:
    """Average the logs of the answers of K analysts, shape (K, H), and normalise; shape (H,)."""
    return normalise(weights @ log_probability)


def pool_weights(count: int, weights: tuple[float, ...] | None) -> Floats:
    """Return weights that add up to 1; equal ones where none are given.

    Raises
    ------
    RequestError
        If they are not one for each case, or not positive numbers.
    """
    if weights is None:
        return np.full(count, 1 / count)
    if len(weights) != count:
        raise RequestError(f"there should be one weight for each of the {count} cases but got {len(weights)}")
    given = np.array(weights, dtype=float)
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        raise RequestError(f"weights should be 0 or more, and one of them above 0, but got {list(weights)}")
    given = given / given.max()
    return np.asarray(given / given.sum())
