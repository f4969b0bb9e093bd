"""Do the chains agree, and are there enough effective draws?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from falseflag.answer import Check
from falseflag.checks.statistics import effective_draws, is_constant, r_hat
from falseflag.problem import Floats

R_HAT_LIMIT = 1.01
"""Vehtari et al. 2021, section 4."""

EFFECTIVE_LIMIT = 400
"""At least this many effective draws, bulk and tail: 100 for each of four chains (ibid.)."""


def check_convergence(posterior: Mapping[str, Floats]) -> Sequence[Check]:
    """Check r̂, bulk and tail effective draws of every stored quantity that varies.

    A statistic that comes out as NaN for a quantity that varies counts as failed.

    Parameters
    ----------
    posterior : mapping of str to ndarray, shape (chains, draws, ...)
    """
    chains, draws = next(iter(posterior.values())).shape[:2]
    names, columns = [], []
    for name, values in posterior.items():
        flat = values.reshape(chains, draws, -1)
        vary = ~is_constant(flat)
        names += [name] * int(vary.sum())
        columns.append(flat[:, :, vary])
    everything = np.concatenate(columns, axis=2)
    return [
        _worst("r_hat", r_hat, everything, names, R_HAT_LIMIT, largest=True),
        _worst("ess_bulk", lambda x: effective_draws(x, "bulk"), everything, names, EFFECTIVE_LIMIT, largest=False),
        _worst("ess_tail", lambda x: effective_draws(x, "tail"), everything, names, EFFECTIVE_LIMIT, largest=False),
    ]


WORDS = {"r_hat": "The largest r̂", "ess_bulk": "The fewest effective draws (bulk)", "ess_tail": "The fewest (tail)"}


def _worst(  # noqa: PLR0913
    name: str,
    statistic: Callable[[Floats], Floats],
    draws: Floats,
    names: Sequence[str],
    limit: float,
    *,
    largest: bool,
) -> Check:
    values = statistic(draws) if draws.shape[2] else np.array([1.0 if largest else np.inf])
    if np.isnan(values).any():
        where = names[int(np.flatnonzero(np.isnan(values))[0])]
        return Check(name, passed=False, value=np.nan, limit=limit, message=f"{name} of a {where} is not a number.")
    at = int(values.argmax() if largest else values.argmin())
    worst = float(values[at])
    passed = worst <= limit if largest else worst >= limit
    side = "at most" if largest else "at least"
    shown = f"{worst:.4f}" if largest else f"{worst:.0f}"
    where = f", of a {names[at]}," if names else ""
    return Check(name, passed, worst, limit, f"{WORDS[name]}{where} is {shown}; {side} {limit} is wanted.")
