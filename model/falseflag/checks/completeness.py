"""Are all draws there, and finite? An interrupted sampler returns NaN-padded draws without a word."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from falseflag.answer import Check
from falseflag.problem import Floats


def check_completeness(posterior: Mapping[str, Floats], asked: tuple[int, int]) -> Check:
    """Compare the number of wholly finite draws with the number asked for.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
    asked : (int, int)
        Chains and draws.
    """
    wanted = asked[0] * asked[1]
    if any(values.shape[:2] != asked for values in posterior.values()):
        found = min(values.shape[0] * values.shape[1] for values in posterior.values())
        return Check("completeness", passed=False, value=found, limit=wanted, message=_sentence(found, asked))
    finite = np.ones(asked, dtype=bool)
    for values in posterior.values():
        finite &= np.isfinite(values.reshape(*asked, -1)).all(axis=2)
    good = int(finite.sum())
    return Check("completeness", passed=good == wanted, value=good, limit=wanted, message=_sentence(good, asked))


def _sentence(good: int, asked: tuple[int, int]) -> str:
    chains, draws = asked
    return f"{good} of {chains * draws} draws ({chains} chains of {draws}) are there and finite."
