r"""What the model says, apart from how it is sampled.

With incidents i, indicators j, classes of author c and a latent factor z that an incident's indicators share:

    x_ij | c, z_i   ~ Bernoulli(logit⁻¹(μ_j + τ_j r_jc + λ_j z_i))     a missing cell contributes nothing
    z_i             ~ Normal(0, 1)                                     by a grid, and summed out
    c_i             ~ the probabilities that the record gives (by default those of its grade of truth)
    μ_j             ~ Normal(0, `OVERALL`)      the indicator's overall rate
    τ_j             ~ HalfNormal(`SPREAD`)      how far classes lie apart; r_jc ~ Normal(0, 1) (non-centred)
    λ_j             = σ l_j,  σ ~ HalfNormal(`SCALE`),  l_j ~ Normal(0, 1)

Both z and the author are summed out, so that only rates and loadings are sampled. The posterior is the same with all
λ turned about (z has no direction): draws are given the sign that makes Σ λ_j positive, which is a relabelling.
The priors were set before any score was seen: on the scale of log odds they leave rates between 5 and 95 % open.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from scipy import special

from falseflag.arrays import Floats
from falseflag.distributions import Beta
from falseflag.inference.checks import Check, check_completeness, check_convergence, check_divergences
from falseflag.record.model import Record
from falseflag.settings import Settings

OVERALL, SPREAD, SCALE = 1.5, 1.0, 0.7
"""Standard deviations of the priors, in log odds."""

SETTINGS = Settings(tune=1000)
"""More tuning than a case needs, whose chains start from exact draws: a fit of the record has none to start from."""

GRID = np.arange(-6, 7) * 0.6
"""Nodes in z."""

GRID_WEIGHT = special.softmax(-(GRID**2) / 2)
"""Normal weights of the nodes, which add up to one."""


@dataclass(frozen=True)
class Parameters:
    """S draws of what the data depend on, for m indicators and C classes.

    Parameters
    ----------
    logit : ndarray, shape (S, m, C)
        Log odds of an indicator in a class where z is 0.
    loading : ndarray, shape (S, m)
        λ, with the sign that makes its sum positive.
    """

    logit: Floats
    loading: Floats

    def log_probability(self) -> tuple[Floats, Floats]:
        """Return log P(present) and log P(absent) at each node, shape (S, m, C, Q)."""
        eta = self.logit[..., None] + self.loading[:, :, None, None] * GRID
        return special.log_expit(eta), special.log_expit(-eta)

    def rate(self) -> Floats:
        """P(indicator present | class) of an incident of which nothing else is known, shape (S, m, C)."""
        return np.asarray(np.exp(self.log_probability()[0]) @ GRID_WEIGHT)


def oriented(loading: Floats) -> Floats:
    """Turn loadings so that they add up to something positive, along the last axis."""
    return np.asarray(loading * np.where(loading.sum(axis=-1, keepdims=True) < 0, -1.0, 1.0))


def numbers_of(record: Record) -> Mapping[str, Floats]:
    """Return the data of the model, by the name of its `pm.Data`."""
    return {
        "present": (record.x == 1).astype(float),
        "absent": (record.x == 0).astype(float),
        "author": record.label,
    }


# The PyMC model; the record is data, so that one compilation serves all


STORED = ("overall", "spread", "scale", "logit", "loading")


def build_model(numbers: Mapping[str, Floats]) -> Any:  # noqa: ANN401  (PyMC is untyped)
    """Build the model; of the numbers only the count of indicators and of classes is built in."""
    import pymc as pm  # noqa: PLC0415  (takes seconds)
    import pytensor.tensor as pt  # noqa: PLC0415

    indicators, classes = numbers["present"].shape[1], numbers["author"].shape[1]
    with pm.Model() as model:
        data = {name: pm.Data(name, values) for name, values in numbers.items()}
        overall = pm.Normal("overall", 0, OVERALL, shape=indicators)
        spread = pm.HalfNormal("spread", SPREAD, shape=indicators)
        scale = pm.HalfNormal("scale", SCALE)
        apart = pm.Normal("apart", 0, 1, shape=(indicators, classes))
        load = pm.Normal("load", 0, 1, shape=indicators)
        logit = pm.Deterministic("logit", overall[:, None] + spread[:, None] * apart)
        loading = pm.Deterministic("loading", scale * load)
        eta = (logit[:, :, None] + loading[:, None, None] * GRID).reshape((indicators, classes * len(GRID)))
        terms = data["present"] @ -pt.softplus(-eta) + data["absent"] @ -pt.softplus(eta)
        weight = (data["author"][:, :, None] * GRID_WEIGHT).reshape((-1, classes * len(GRID)))
        pm.Potential("record", pt.log((pt.exp(terms) * weight).sum(axis=1)).sum())
    return model


# Fitting


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Parameters
    ----------
    parameters : Parameters
        Draws, chain after chain.
    checks : sequence of Check
        Completeness, divergences, r̂, effective draws.
    """

    parameters: Parameters
    checks: Sequence[Check]

    @property
    def is_sound(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def fit(record: Record, settings: Settings = SETTINGS) -> Fit:
    """Sample the model's posterior, given a record.

    Parameters
    ----------
    record : Record
        May be empty: then it is the prior.
    settings : Settings

    Raises
    ------
    SamplerError
        If the sampler could not finish.
    KeyboardInterrupt
        After the sampler has been stopped.
    """
    return fit_numbers(dict(numbers_of(record)), settings)


def fit_numbers(numbers: dict[str, Floats], settings: Settings) -> Fit:
    """Do as `fit`, from the arrays that the model is given."""
    from falseflag.inference.nuts.sampler import finished, start  # noqa: PLC0415  (imports nutpie)

    compiled = _compiled(numbers["present"].shape[1], numbers["author"].shape[1])
    (trace,) = finished([partial(start, compiled.with_data(**numbers), settings, settings.chains, settings.seed)])
    posterior = {name: np.asarray(trace["posterior"][name]) for name in STORED}
    posterior["loading"] = oriented(posterior["loading"])
    checks = _checks(posterior, np.asarray(trace["sample_stats"]["diverging"]), settings)
    flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in posterior.items()}
    return Fit(Parameters(flat["logit"], flat["loading"]), checks)


def _checks(posterior: dict[str, Floats], diverging: Floats, settings: Settings) -> list[Check]:
    complete = check_completeness(posterior, (settings.chains, settings.draws))
    if not complete.passed:
        return [complete]
    return [complete, check_divergences(diverging), *check_convergence(posterior)]


def sound(record: Record, settings: Settings = SETTINGS, most: int = 3) -> Fit:
    """Fit, and where a check fails fit again with twice the draws, at most so many times in all."""
    found = fit(record, settings)
    for doubling in range(1, most):
        if found.is_sound:
            break
        factor = 2**doubling
        more = replace(settings, draws=factor * settings.draws, tune=factor * settings.tune)
        found = fit(record, more)
    return found


@lru_cache(maxsize=4)
def _compiled(indicators: int, classes: int) -> Any:  # noqa: ANN401  (nutpie has no public type for it)
    """Compile the model once in a process, for records of any length."""
    import nutpie  # noqa: PLC0415
    import pytensor  # noqa: PLC0415

    from falseflag.inference.nuts.compile import libraries_checked, require_compiler  # noqa: PLC0415

    require_compiler()
    blank = {
        "present": np.zeros((1, indicators)),
        "absent": np.zeros((1, indicators)),
        "author": np.full((1, classes), 1 / classes),
    }
    # without fused multiply-adds fresh and cached machine code give the same draws
    with libraries_checked(), pytensor.config.change_flags(numba__fastmath=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba will use object mode")
        return nutpie.compile_pymc_model(build_model(blank), var_names=list(STORED))


# The fitted rates as Beta distributions, to stand in for elicited likelihoods


def learned_rates(record: Record, settings: Settings = SETTINGS) -> tuple[Mapping[tuple[str, str], Beta], Fit]:
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
