"""Simulation-based calibration of the hierarchical model: true values rank uniformly among the posterior's draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from falseflag.hierarchical.definition import Parameters, author_chances
from falseflag.hierarchical.fit import fit_numbers
from falseflag.hierarchical.predict import log_likelihood, record_log_likelihood
from falseflag.hierarchical.simulate import Simulated, simulate
from falseflag.problem import Floats
from falseflag.settings import Settings
from falseflag.validation.uniformity import uniformity

pytestmark = pytest.mark.slow

INCIDENTS, INDICATORS, CLASSES = 30, 4, 3
RANKED = 99
"""Draws that a truth is ranked among, spread over the chains."""

ALARM = 1e-3
"""Chance that sound ranks are called unsound, over all quantities."""

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
