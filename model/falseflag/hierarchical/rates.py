"""The fitted rates as Beta distributions, to stand in for elicited likelihoods."""

from __future__ import annotations

from collections.abc import Mapping

from falseflag.distributions import Beta
from falseflag.hierarchical.fit import Fit, sound
from falseflag.record.model import Floats, Record
from falseflag.settings import DEFAULTS, Settings


def learned_rates(record: Record, settings: Settings = DEFAULTS) -> tuple[Mapping[tuple[str, str], Beta], Fit]:
    """Fit the model and return P(indicator | class) of a new incident as a Beta, by indicator and class.

    Returns
    -------
    rates : mapping from (str, str) to Beta
    fit : Fit
        With its checks; rates of a fit that is not sound are not to be used.
    """
    found = sound(record, settings)
    return betas_of(record, found.parameters.rate()), found


def betas_of(record: Record, rate: Floats) -> dict[tuple[str, str], Beta]:
    """Match the mean and variance of the draws of each rate, shape (S, m, C)."""
    mean, variance = rate.mean(axis=0), rate.var(axis=0, ddof=1)
    size = mean * (1 - mean) / variance - 1
    return {
        (indicator, of): Beta(float(mean[j, c] * size[j, c]), float((1 - mean[j, c]) * size[j, c]))
        for j, indicator in enumerate(record.indicators)
        for c, of in enumerate(record.classes)
    }
