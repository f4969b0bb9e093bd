"""Records made up from the model's own prior, for simulation-based calibration (Talts et al. 2018, arXiv:1804.06788).

Written from `falseflag.hierarchical.definition`'s text, sharing no code with the PyMC model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.hierarchical.definition import (
    GRID,
    GRID_WEIGHT,
    OVERALL,
    SCALE,
    SPREAD,
    Parameters,
    author_chances,
    oriented,
)
from falseflag.problem import Floats
from falseflag.record.model import Integers


@dataclass(frozen=True)
class Simulated:
    """A truth, and a record that it gave rise to.

    Parameters
    ----------
    truth : Parameters
        One draw.
    x : ndarray, shape (n, m)
        1 present, 0 absent, NaN missing.
    recorded : ndarray of int, shape (n,)
        The recorded author, which need not be the true one.
    weight : ndarray, shape (n,)
        The chance that it is.
    """

    truth: Parameters
    x: Floats
    recorded: Integers
    weight: Floats

    @property
    def numbers(self) -> dict[str, Floats]:
        """The data of the PyMC model."""
        author = author_chances(self.recorded, self.weight, self.truth.logit.shape[2])
        return {"present": (self.x == 1).astype(float), "absent": (self.x == 0).astype(float), "author": author}


def simulate(
    rng: np.random.Generator, incidents: int, indicators: int, classes: int, missing: float = 0.2
) -> Simulated:
    """Draw parameters from the prior, then a record; recorded authors and grades are any."""
    overall = rng.normal(0, OVERALL, indicators)
    spread = np.abs(rng.normal(0, SPREAD, indicators))
    logit = overall[:, None] + spread[:, None] * rng.normal(size=(indicators, classes))
    loading = np.abs(rng.normal(0, SCALE)) * rng.normal(size=indicators)
    recorded = rng.integers(classes, size=incidents)
    weight = np.array([1.0, 0.9, 0.7])[rng.integers(3, size=incidents)]
    other = (recorded + rng.integers(1, classes, incidents)) % classes
    author = np.where(rng.random(incidents) < weight, recorded, other)
    z = rng.choice(GRID, incidents, p=GRID_WEIGHT)
    chance = special.expit(logit[:, author].T + z[:, None] * loading)
    x = np.where(rng.random(chance.shape) < missing, np.nan, rng.random(chance.shape) < chance)
    return Simulated(Parameters(logit[None], oriented(loading)[None]), x, recorded, weight)
