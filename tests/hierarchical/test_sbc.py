"""Simulation-based calibration of the hierarchical model: true values rank uniformly among the posterior's draws.

See Talts, Betancourt, Simpson, Vehtari and Gelman (2018, arXiv:1804.06788).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import special

from falseflag.arrays import Floats, Integers
from falseflag.hierarchical.held_out import log_likelihood, record_log_likelihood
from falseflag.hierarchical.model import (
    GRID,
    GRID_WEIGHT,
    OVERALL,
    SCALE,
    SPREAD,
    Parameters,
    fit_numbers,
    oriented,
)
from falseflag.settings import Settings
from falseflag.validation.uniformity import uniformity

pytestmark = pytest.mark.slow

INCIDENTS, INDICATORS, CLASSES = 30, 4, 3
RANKED = 99
"""Draws that a truth is ranked among, spread over the chains."""

ALARM = 1e-3
"""Chance that sound ranks are called unsound, over all quantities."""


# Records made up from the model's own prior; shares no code with the PyMC model


def author_chances(recorded: Integers, weight: Floats, classes: int) -> Floats:
    """P(class is the true author | recorded author, its chance), shape (n, C)."""
    is_recorded = recorded[:, None] == np.arange(classes)
    return np.where(is_recorded, weight[:, None], (1 - weight[:, None]) / (classes - 1))


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


type Author = Callable[[Simulated], Floats]


def quantities(parameters: Parameters, made: Simulated) -> Floats:
    """Rates, loadings, and what ties them all together: the record's log likelihood; shape (S, q)."""
    author = author_chances(made.recorded, made.weight, CLASSES)
    total = record_log_likelihood(log_likelihood(parameters, made.x), author).sum(axis=1)
    size = len(total)
    hang = parameters.loading[:, :, None] * parameters.loading[:, None, :]
    pairs = hang[:, *np.triu_indices(INDICATORS, 1)]
    return np.hstack([parameters.rate().reshape(size, -1), parameters.loading, pairs, total[:, None]])


def ranks(replicates: int, author: Author = lambda made: made.numbers["author"]) -> Floats:
    """Rank the truth of so many records; values in (0, 1), shape (replicates, q)."""
    rng = np.random.default_rng(20261125)
    out = []
    for number in range(replicates):
        made = simulate(rng, INCIDENTS, INDICATORS, CLASSES)
        settings = Settings(draws=250, tune=300, chains=2, seed=number)
        found = fit_numbers({**made.numbers, "author": author(made)}, settings).parameters
        chosen = np.linspace(0, len(found.logit) - 1, RANKED).astype(int)
        drawn = quantities(Parameters(found.logit[chosen], found.loading[chosen]), made)
        below = (drawn < quantities(made.truth, made)).sum(axis=0)
        out.append((below + rng.random(len(below))) / (RANKED + 1))
    return np.array(out)


def smallest(found: Floats) -> float:
    """Return the smallest p-value of uniformity, times the number of quantities (Bonferroni)."""
    return float(min(uniformity(column) for column in found.T) * found.shape[1])


def test_true_values_rank_uniformly() -> None:
    assert smallest(ranks(100)) > ALARM


def test_a_model_that_mistakes_the_classes_is_caught() -> None:
    def mistaken(made: Simulated) -> Floats:
        """As if the author after the recorded one were the true one."""
        return np.roll(author_chances(made.recorded, np.ones(INCIDENTS), CLASSES), 1, axis=1)

    assert smallest(ranks(20, mistaken)) < ALARM
