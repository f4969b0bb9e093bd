"""Scores of probabilities against what was established, one for each incident."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from falseflag.problem import Floats
from falseflag.record.model import Integers


def log_score(probability: Floats, author: Integers) -> Floats:
    """Return ln P(recorded author): 0 at best. Shape (k,), from (k, C) and (k,)."""
    return np.asarray(np.log(probability[np.arange(len(author)), author]))


def brier_score(probability: Floats, author: Integers) -> Floats:
    """Return the squared distance to the truth, summed over classes (Brier 1950): 0 at best, 2 at worst."""
    truth = author[:, None] == np.arange(probability.shape[1])
    return np.asarray(((probability - truth) ** 2).sum(axis=1))


def accuracy(probability: Floats, author: Integers) -> Floats:
    """Return 1 where the most probable class is right; among k equally probable ones each counts 1/k."""
    top = np.isclose(probability, probability.max(axis=1, keepdims=True), rtol=1e-9, atol=0)
    return np.asarray(top[np.arange(len(author)), author] / top.sum(axis=1))


SCORES: Mapping[str, Callable[[Floats, Integers], Floats]] = {
    "log": log_score,
    "brier": brier_score,
    "accuracy": accuracy,
}
"""Scores by name; only of Brier's is less better."""
