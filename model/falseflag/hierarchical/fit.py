"""Fit the hierarchical model to a record, and check what came back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from falseflag.hierarchical.definition import Parameters, numbers_of, oriented
from falseflag.inference.checks import Check, check_completeness, check_convergence, check_divergences
from falseflag.problem import Floats
from falseflag.record.model import Record
from falseflag.settings import DEFAULTS, Settings


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


def fit(record: Record, settings: Settings = DEFAULTS) -> Fit:
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
    from falseflag.hierarchical.model import STORED  # noqa: PLC0415  (PyMC takes seconds to import)
    from falseflag.inference.nuts.sampler import finished, start  # noqa: PLC0415  (and so does nutpie)

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


def sound(record: Record, settings: Settings = DEFAULTS, most: int = 3) -> Fit:
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

    from falseflag.hierarchical.model import STORED, build_model  # noqa: PLC0415
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
