"""The hierarchical model's likelihood and its use of importance weights, against brute force; no sampler needed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from made import made_record

from falseflag.arrays import Floats
from falseflag.hierarchical.held_out import Basis, log_likelihood, record_log_likelihood, reweighted
from falseflag.hierarchical.model import (
    GRID,
    GRID_WEIGHT,
    OVERALL,
    Fit,
    Parameters,
    numbers_of,
    oriented,
)
from falseflag.record import Record


def parameters(draws: int, indicators: int, classes: int) -> Parameters:
    rng = np.random.default_rng(0)
    logit = rng.normal(0, OVERALL, (draws, indicators, classes))
    return Parameters(logit, rng.normal(0, 0.7, (draws, indicators)))


def by_hand(found: Parameters, draw: int, of: int, x: Floats) -> float:
    """Σ_z P(z) Π_j P(x_j | c, z), in plain loops."""
    total = 0.0
    for z, weight in zip(GRID, GRID_WEIGHT, strict=True):
        product = weight
        for j, cell in enumerate(x):
            p = 1 / (1 + np.exp(-(found.logit[draw, j, of] + found.loading[draw, j] * z)))
            product *= 1.0 if np.isnan(cell) else p if cell == 1 else 1 - p
        total += product
    return float(np.log(total))


def test_likelihood_is_the_definition_s() -> None:
    found = parameters(5, 4, 3)
    x = np.array([[1.0, 0.0, np.nan, 1.0], [np.nan] * 4, [0.0, 0.0, 0.0, 0.0]])
    logs = log_likelihood(found, x)
    for draw, i, of in itertools.product(range(5), range(3), range(3)):
        assert logs[draw, i, of] == pytest.approx(by_hand(found, draw, of, x[i]), abs=1e-12)
    assert logs[:, 1] == pytest.approx(0)


def test_many_incidents_are_answered_as_each_alone() -> None:
    found = parameters(3, 6, 4)
    x: Floats = np.random.default_rng(1).choice(np.array([0.0, 1.0, np.nan]), (29, 6))
    assert log_likelihood(found, x)[:, 17:18] == pytest.approx(log_likelihood(found, x[17:18]))


def test_the_grid_is_as_good_as_a_fine_one() -> None:
    """E[logit⁻¹(a + b z)] over the grid against a thousand nodes, for loadings beyond what is probable too."""
    fine = np.linspace(-8, 8, 1001)
    weight = np.exp(-(fine**2) / 2)
    for a, b in itertools.product((-4.0, -1.0, 0.0, 2.0), (0.0, 0.5, 1.5, 3.0)):
        exact = (weight / (1 + np.exp(-(a + b * fine)))).sum() / weight.sum()
        rate = Parameters(np.full((1, 1, 1), a), np.full((1, 1), b)).rate()[0, 0, 0]
        assert rate == pytest.approx(exact, abs=1e-3)


def test_a_loading_makes_indicators_hang_together() -> None:
    apart, together = (Parameters(np.zeros((1, 2, 1)), np.full((1, 2), loading)) for loading in (0.0, 2.0))
    both = np.array([[1.0, 1.0]])
    assert np.exp(log_likelihood(apart, both))[0, 0, 0] == pytest.approx(0.25)
    assert np.exp(log_likelihood(together, both))[0, 0, 0] > 0.33


def test_a_grade_of_truth_is_the_chance_that_the_recorded_author_is_right() -> None:
    made = made_record(1, 2).incidents
    record = Record(
        (replace(made[0], author="nonstate", truth_grade="A"), replace(made[1], author="false_flag", truth_grade="C"))
    )
    author = numbers_of(record)["author"]
    assert author == pytest.approx(np.array([[0, 1, 0, 0], [0.1, 0.1, 0.7, 0.1]]))
    found = parameters(2, 3, 4)
    x = np.array([[1.0, 0.0, 1.0], [0.0, np.nan, 1.0]])
    likelihood = np.exp(log_likelihood(found, x))
    assert np.exp(record_log_likelihood(log_likelihood(found, x), author)) == pytest.approx(
        (likelihood * author).sum(axis=2)
    )


def test_orientation_changes_nothing_but_the_sign() -> None:
    loading = np.random.default_rng(3).normal(size=(50, 5))
    turned = oriented(loading)
    assert (turned.sum(axis=1) >= 0).all()
    assert np.abs(turned) == pytest.approx(np.abs(loading))
    logit = np.zeros((50, 5, 2))
    x: Floats = np.random.default_rng(4).choice(np.array([0.0, 1.0]), (6, 5))
    assert log_likelihood(Parameters(logit, turned), x) == pytest.approx(log_likelihood(Parameters(logit, loading), x))


FIRST_FIVE = np.arange(6) < 5


def basis(scale: float) -> Basis:
    logs = -np.abs(np.random.default_rng(8).normal(0, scale, (4000, 6, 2)))
    return Basis(FIRST_FIVE, Fit(parameters(1, 1, 1), ()), logs, logs[:, :, 0])


def test_weights_turn_a_fit_into_that_without_an_incident_and_with_another() -> None:
    """Gentle ratios: smoothed weights are nearly the plain ones, P(x_5) / P(x_0)."""
    one = basis(0.1)
    found = reweighted(one, np.array([False, True, True, True, True, True]))
    assert found is not None
    assert found.k_hat is not None
    assert found.k_hat < 0.5
    weight = np.exp(one.recorded[:, 5] - one.recorded[:, 0])
    plain = (weight[:, None] * np.exp(one.logs[:, 0])).sum(axis=0) / weight.sum()
    assert np.exp(found.logs[0]) == pytest.approx(plain, rel=1e-3)


def test_weights_that_a_few_draws_carry_are_refused() -> None:
    assert reweighted(basis(8.0), np.array([False, False, True, True, True, False])) is None


def test_the_same_incidents_need_no_weights() -> None:
    found = reweighted(basis(8.0), FIRST_FIVE)
    assert found is not None
    assert found.k_hat is None
