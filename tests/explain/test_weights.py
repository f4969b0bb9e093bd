"""Weights and Shapley values: they add up, and are what enumeration says."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from random_cases import random_case
from scipy import special

from falseflag.distributions import Beta, Judgement, Point
from falseflag.errors import RequestError
from falseflag.exact.draws import draw_posterior
from falseflag.explain import shapley as shapley_module
from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.flags import flag
from falseflag.explain.shapley import shapley, share_out
from falseflag.explain.shares import average_shares
from falseflag.explain.sides import leaves_of, log_odds
from falseflag.explain.weights import weigh

SEEDS = range(8)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_add_up_between_any_two_nodes(seed: int) -> None:
    evidence = Evidence.of(random_case(seed, indicators=12))
    problem = evidence.problem
    for a in problem.nodes:
        for b in problem.nodes:
            first, second = leaves_of(problem, a), leaves_of(problem, b)
            if (first & second).any():
                with pytest.raises(RequestError, match="overlap"):
                    weigh(evidence, a, b)
                continue
            weights = weigh(evidence, a, b)
            total = weights.prior_db + sum(row.db for row in weights.rows)
            assert total == pytest.approx(weights.posterior_db, abs=1e-9)
            answer = evidence.exact.nodes[[problem.nodes.index(a), problem.nodes.index(b)]]
            assert weights.posterior_db == pytest.approx(10 * np.log10(answer[0] / answer[1]), abs=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_between_leaves_is_the_ratio_of_expected_likelihoods(seed: int) -> None:
    evidence = Evidence.of(random_case(seed, groups=0))
    weights = weigh(evidence)
    problem = evidence.problem
    a, b = problem.leaves.index(weights.for_), problem.leaves.index(weights.against)
    order = np.argsort(-evidence.exact.leaves)
    assert (a, b) == (order[0], order[1])
    for row in weights.rows:
        i = problem.indicators.index(row.factor)
        r, theta = problem.reliability.mean[i], problem.statements.mean[problem.statement_of[i, [a, b]]]
        p = r * theta + (1 - r) * (1 - theta)
        p = p if problem.observed[i] == 1 else 1 - p
        assert row.db == pytest.approx(10 * np.log10(p[0] / p[1]), abs=1e-9)


def test_weights_add_up_for_thousands_of_decibans() -> None:
    case = random_case(4, indicators=40, groups=0, unknown=0)
    tiny = {"others": Judgement(Point(1e-300), "x"), case.leaves[0].name: Judgement(Point(0.5), "x")}
    certain = Judgement(Point(1.0), "1")
    made = {n: replace(i, likelihood=tiny, reliability=certain, observed=True) for n, i in case.indicators.items()}
    evidence = Evidence.of(replace(case, indicators=made))
    weights = weigh(evidence, case.hypotheses[0].name, case.hypotheses[1].name)
    total = weights.prior_db + sum(row.db for row in weights.rows)
    assert total == pytest.approx(weights.posterior_db, rel=1e-13)
    assert abs(weights.posterior_db) > 1e5


def test_average_shares_of_two_leaves_are_in_closed_form() -> None:
    for a, b in [(0.3, 2.0), (-4.0, 9.0), (1.0, -300.0), (0.0, 1e-9)]:
        expected = (np.logaddexp(0, a + b) - np.logaddexp(0, a)) / b
        shares = average_shares(np.array([a, 0.0]), np.array([b, 0.0]))
        assert shares == pytest.approx([expected, 1 - expected], abs=1e-7 if b == 1e-9 else 1e-12)


def test_intervals_hold_the_weights_of_a_case_without_groups() -> None:
    evidence = Evidence.of(random_case(5, groups=0, unknown=0))
    draws = draw_posterior(evidence.problem, evidence.exact, np.random.default_rng(1), 4000)
    for row in weigh(evidence, draws=draws).rows:
        assert row.interval is not None
        assert row.interval[0] <= row.interval[1]


def test_interval_of_a_certain_statement_is_its_weight_and_that_of_an_uncertain_one_is_its_quantiles() -> None:
    case = random_case(5, indicators=2, groups=0, unknown=0)
    names = [leaf.name for leaf in case.leaves]
    sure = {names[0]: Judgement(Point(0.8), "x"), "others": Judgement(Point(0.2), "x")}
    unsure = {names[0]: Judgement(Beta(4, 4), "x"), "others": Judgement(Point(0.5), "x")}
    certain = Judgement(Point(1.0), "1")
    made = {
        "i0": replace(case.indicators["i0"], likelihood=sure, observed=True, reliability=certain),
        "i1": replace(case.indicators["i1"], likelihood=unsure, observed=True, reliability=certain),
    }
    evidence = Evidence.of(replace(case, indicators=made))
    draws = draw_posterior(evidence.problem, evidence.exact, np.random.default_rng(2), 1000)
    rows = weigh(evidence, names[0], names[1], draws).rows
    assert rows[0].interval == pytest.approx((10 * np.log10(4), 10 * np.log10(4)))
    # θ given the evidence is Beta(5, 4) where h is true, Beta(4, 4) where not
    p = evidence.exact.leaves[0]
    for value, level in zip(rows[1].interval or (), (0.05, 0.95), strict=True):
        theta = 0.5 * 10 ** (value / 10)
        found = p * special.betainc(5, 4, theta) + (1 - p) * special.betainc(4, 4, theta)
        assert abs(found - level) < 4 * np.sqrt(level * (1 - level) / 1000)


@pytest.mark.parametrize("seed", SEEDS)
def test_shapley_is_the_average_over_all_orders(seed: int) -> None:
    evidence = Evidence.of(random_case(seed, indicators=6, groups=1, unknown=0.0))
    for node in evidence.problem.nodes[:3]:
        leaves = leaves_of(evidence.problem, node)
        found = shapley(evidence, node)
        orders = list(permutations(range(len(evidence.factors))))
        total = np.zeros(len(evidence.factors))
        for order in orders:
            scores = evidence.exact.log_prior.copy()
            for f in order:
                before = log_odds(scores, leaves, ~leaves)
                scores = scores + evidence.log_likelihoods[f]
                total[f] += log_odds(scores, leaves, ~leaves) - before
        assert [row.db for row in found.rows] == pytest.approx(DECIBANS * total / len(orders), abs=1e-9)
        assert found.is_exact


@pytest.mark.parametrize("indicators", [16, 17, 40])
def test_shapley_adds_up_whether_exact_or_estimated(indicators: int) -> None:
    evidence = Evidence.of(random_case(7, indicators=indicators, groups=0, unknown=0.0))
    found = shapley(evidence)
    assert found.is_exact == (indicators <= 16)
    total = found.prior_db + sum(row.db for row in found.rows)
    assert total == pytest.approx(found.posterior_db, abs=1e-9)


def test_estimate_agrees_with_enumeration_within_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = Evidence.of(random_case(7, indicators=12, groups=0, unknown=0.0))
    exact = shapley(evidence)
    monkeypatch.setattr(shapley_module, "MOST_EXACT", 3)
    estimate = shapley(evidence)
    z = [
        (a.db - b.db) / max(b.error, 1e-12)
        for a, b in zip(exact.rows, estimate.rows, strict=True)
        if abs(a.db - b.db) > 1e-9
    ]
    assert np.abs(z).max(initial=0) < 4
    assert max(row.error for row in estimate.rows) < 0.1


def test_a_player_that_adds_nothing_gets_nothing_and_equals_get_the_same() -> None:
    def game(inside: np.ndarray) -> np.ndarray:
        return np.asarray(np.minimum(inside[:, 0] + inside[:, 1], 1.0) + 0 * inside[:, 2])

    assert share_out(3, game).values == pytest.approx([0.5, 0.5, 0])
    assert share_out(0, game).values.shape == (0,)


def test_unknown_names_are_refused_with_a_suggestion() -> None:
    evidence = Evidence.of(random_case(1))
    with pytest.raises(RequestError, match="did you mean 'h0'"):
        weigh(evidence, "h00")


def test_flags_are_at_their_limits() -> None:
    case = random_case(2, indicators=3, groups=0)
    first = case.leaves[0].name
    ratios = {"i0": 10**0.049, "i1": 10**0.051, "i2": 10**2.01}
    made = {
        name: replace(
            case.indicators[name],
            observed=True,
            reliability=Judgement(Point(1.0), "1"),
            likelihood={first: Judgement(Point(0.005 * ratio), "x"), "others": Judgement(Point(0.005), "x")},
        )
        for name, ratio in ratios.items()
    }
    flags = flag(Evidence.of(replace(case, indicators=made)))
    assert flags.tells_nothing == ("i0",)
    assert flags.too_strong == ("i2",)
    assert flags.strongest["i2"] == pytest.approx(20.1)
