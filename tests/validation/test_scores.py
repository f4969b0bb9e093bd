"""Ranks, bins and scores against enumeration and figures by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from falseflag.validation.scores import coverage_p_value, reliability, scores
from falseflag.validation.uniformity import event_ranked, ranked, uniformity


def test_a_rank_among_draws_of_the_same_kind_is_uniform_with_ties_too() -> None:
    rng = np.random.default_rng(1)
    for draws in (rng.normal(size=(600, 100, 1)), rng.integers(0, 3, (600, 100, 1)).astype(float)):
        values = np.array([ranked(each[1:], each[0], rng)[0] for each in draws])
        assert uniformity(values) > 0.001
        assert values.min() > 0
        assert values.max() < 1


def test_a_rank_lies_in_its_cell() -> None:
    draws = np.arange(9.0)[:, None]
    assert 0.4 <= ranked(draws, np.array([3.5]), np.random.default_rng(2))[0] <= 0.5
    assert 0.3 <= ranked(draws, np.array([3.0]), np.random.default_rng(2))[0] <= 0.5


def test_an_event_is_uniform_if_its_probability_is_right_and_only_then() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(2000)
    happened = rng.random(2000) < p
    assert uniformity(event_ranked(happened, p, rng)) > 0.001
    assert uniformity(event_ranked(happened, np.sqrt(p), rng)) < 1e-4


def test_bins_of_a_few_incidents_against_enumeration() -> None:
    probability = np.array([[0.15, 0.12, 0.73], [0.18, 0.45, 0.37], [0.11, 0.14, 0.75]])
    truth = np.array([0, 1, 2])
    bins = reliability(probability, truth)
    second = bins[1]
    assert second.count == 5
    assert second.observed == pytest.approx(1 / 5)
    assert second.predicted == pytest.approx(np.mean([0.15, 0.12, 0.18, 0.11, 0.14]))
    chance = np.zeros(4)
    for truths in itertools.product(range(3), repeat=3):
        number = sum(0.1 <= probability[r, h] < 0.2 for r, h in enumerate(truths))
        chance[number] += np.prod([probability[r, h] for r, h in enumerate(truths)])
    assert second.p_value == pytest.approx(min(1, 2 * min(chance[:2].sum(), chance[1:].sum())))
    assert sum(each.count for each in bins) == 9
    assert bins[9].count == 0
    assert bins[9].p_value == 1.0


def test_overconfidence_shows_in_the_bins() -> None:
    rng = np.random.default_rng(4)
    right = rng.dirichlet([1.0, 1.0, 1.0], 800)
    truth = np.array([rng.choice(3, p=p) for p in right])
    sharper = right**1.7 / (right**1.7).sum(axis=1, keepdims=True)
    assert min(each.p_value for each in reliability(right, truth)) > 0.001
    assert min(each.p_value for each in reliability(sharper, truth)) < 1e-4


def test_scores_by_hand() -> None:
    brier, log = scores(np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0.5, 0.5]), np.array([0, 0]))
    assert brier.prior == pytest.approx(0.5)
    assert brier.posterior == pytest.approx((0.08 + 0.72) / 2)
    assert log.posterior == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert log.gain == pytest.approx(np.log(2) - log.posterior)


@pytest.mark.parametrize("inside", [0, 80, 90, 99, 100])
def test_coverage_is_a_binomial_test(inside: int) -> None:
    below, above = stats.binom(100, 0.9).cdf(inside), stats.binom(100, 0.9).sf(inside - 1)
    assert coverage_p_value(inside, 100, 0.9) == pytest.approx(min(1, 2 * min(below, above)))
