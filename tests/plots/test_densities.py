"""Densities of log odds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from falseflag.inference.result import Answer
from falseflag.plots.hypotheses import FURTHEST, curve, densities, densities_text, leaf_draws, view
from falseflag.plots.text import Names

from .watching import texts


def test_curve_is_the_density_of_the_log_odds() -> None:
    log_odds = np.random.default_rng(3).normal(-1, 0.8, 20_000)
    found = curve(1 / (1 + np.exp(-log_odds)))
    assert found is not None
    density = stats.norm(-1, 0.8).pdf(found.x)
    assert np.abs(found.height - density / density.max()).max() < 0.06
    assert found.height.max() == 1


@pytest.mark.parametrize("draws", [np.full(50, 0.3), np.array([]), np.array([0.4]), np.array([np.nan, np.nan])])
def test_what_does_not_vary_has_no_density(draws: np.ndarray) -> None:
    assert curve(draws) is None


def test_a_probability_that_underflows_is_no_infinity() -> None:
    found = curve(np.concatenate([np.zeros(10), np.linspace(0.1, 0.9, 90)]))
    assert found is not None
    assert np.isfinite(found.x).all()


def test_view_holds_the_draws_but_never_all_of_the_log_odds(answer: Answer) -> None:
    low, high = view(leaf_draws(answer, 40))
    assert FURTHEST <= low <= 0.01
    assert 0.99 <= high <= 1 - FURTHEST


def test_each_leaf_has_a_curve_of_either_kind_and_both_means(answer: Answer) -> None:
    axes = next(axes for axes in densities(answer).axes if "log odds" in axes.get_xlabel())
    labels = [line.get_label() for line in axes.lines]
    for kind in ("prior", "posterior", "prior-mean", "posterior-mean"):
        assert labels.count(kind) == 4


def test_labels_name_the_actor(answer: Answer) -> None:
    written = [text.replace("\n", " ") for text in texts(densities(answer))]
    assert Names.of(answer.case).node("h1.k0") == "Blue: Blue / 0"
    assert "Blue: Blue / 0" in written


def test_only_the_most_probable_are_kept_in_the_order_of_the_tree(answer: Answer) -> None:
    few = leaf_draws(answer, 2)
    assert few.left_out == 2
    best = sorted((row for row in answer.rows if row.is_leaf), key=lambda row: -row.exact)[:2]
    assert set(few.names) == {row.name for row in best}
    assert few.names == [name for name in answer.problem.leaves if name in few.names]


def test_text_alternative_names_the_widest_interval(answer: Answer) -> None:
    widest = max((row for row in answer.rows if row.is_leaf), key=lambda row: row.interval[1] - row.interval[0])
    assert f"least certain is {Names.of(answer.case).node(widest.name)}, with 90 % within" in densities_text(answer)
