"""Convergence statistics of every element of an array of draws, by ArviZ."""

from __future__ import annotations

from typing import Literal

import numpy as np
from arviz_stats.base import array_stats

from falseflag.problem import Floats


def is_constant(draws: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which elements never vary, beyond rounding; shape of one draw."""
    spread = np.ptp(draws, axis=(0, 1))
    return np.asarray(spread <= 1e-12 * np.abs(draws).max(axis=(0, 1), initial=0))


def r_hat(draws: Floats) -> Floats:
    """Rank-normalised split r̂ of each element (Vehtari et al. 2021), from shape (chains, draws, ...)."""
    return np.asarray(array_stats.rhat(draws, chain_axis=0, draw_axis=1))


def effective_draws(draws: Floats, method: Literal["bulk", "tail"]) -> Floats:
    """Bulk or tail effective sample size of each element, from shape (chains, draws, ...)."""
    prob = (0.05, 0.95) if method == "tail" else None
    return np.asarray(array_stats.ess(draws, chain_axis=0, draw_axis=1, method=method, prob=prob))


def mcse_of_mean(draws: Floats) -> Floats:
    """Monte Carlo standard error of the mean of each element; 0 for a constant."""
    constant = is_constant(draws)
    with np.errstate(all="ignore"):
        error = np.asarray(array_stats.mcse(draws, chain_axis=0, draw_axis=1, method="mean"))
    return np.where(constant, 0.0, error)
