"""Weights against brute force: every set of items answered by the exact engine, every order gone through."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from oracle.brute_force import BruteForce, at_or_below
from oracle.random_cases import draw
from scipy import special
from small_cases import case_of, indicator, many, tops, two

from falseflag.arrays import Floats, Mask
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.explain import analysis as analysis_module
from falseflag.explain import weights as module
from falseflag.explain.analysis import RULED_OUT, Analysis, Contrast
from falseflag.explain.weights import Orders, flag, values_of, weigh
from falseflag.inference.exact.factors import Evidence, Factors

SEEDS = range(14)


def analysed(case: Case, monkeypatch: pytest.MonkeyPatch | None = None, draws: int = 400) -> Analysis:
    if monkeypatch is not None:
        monkeypatch.setattr(analysis_module, "DRAWS", draws)
    return Analysis.of(case)


def log_scores(analysis: Analysis, chosen: Mask) -> Floats:
    """Answer a set of items anew."""
    problem = analysis.problem
    gone = [fact for item, there in zip(analysis.items, chosen, strict=True) if not there for fact in item.facts]
    evidence = Evidence.all_of(problem).without(problem, indicators=gone)
    return problem.log_prior + Factors.of(problem, evidence).log_likelihood


@pytest.mark.parametrize("seed", SEEDS)
def test_coalition_values_are_those_of_the_engine(seed: int) -> None:
    analysis = Analysis.of(draw(seed).case)
    contrast = analysis.contrast()
    sets = Orders.every(len(analysis.items)).sets
    some = sets[np.random.default_rng(seed).permutation(len(sets))[:10]]
    values, _ = values_of(analysis, some, [contrast, contrast.against_all_the_rest])
    for number, chosen in enumerate(some):
        scores = log_scores(analysis, chosen)
        assert values[0, number] == pytest.approx(contrast.decibans(scores), abs=1e-8)
        assert values[1, number] == pytest.approx(contrast.against_all_the_rest.decibans(scores), abs=1e-8)


def test_items_that_share_a_source_are_coupled() -> None:
    analysis = Analysis.of(many(3, 9))
    assert analysis.coalitions.coupled
    contrast = analysis.contrast("h0.c0", "h1")
    sets = np.random.default_rng(0).random((30, 9)) < 0.5
    values, _ = values_of(analysis, sets, [contrast])
    expected = [contrast.decibans(log_scores(analysis, chosen)) for chosen in sets]
    assert values[0] == pytest.approx(np.array(expected), abs=1e-9)


@pytest.mark.parametrize("seed", [0, 2, 3, 6])
def test_weights_are_those_of_the_oracle(seed: int) -> None:
    case = draw(seed).case
    analysis = Analysis.of(case)
    contrast = analysis.contrast()
    (found,) = weigh(analysis, [contrast], with_intervals=False)
    expected = BruteForce(case).shapley(at_or_below(contrast.for_), at_or_below(contrast.against))
    assert {row.factor: row.db for row in found.rows} == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_and_prior_add_up_to_the_posterior_between_any_two_sets(seed: int) -> None:
    analysis = Analysis.of(draw(seed).case)
    problem = analysis.problem
    names = [name for name, members in problem.membership.items() if members.any()][:8]
    contrasts = []
    for a in names:
        for b in names:
            if (problem.membership[a] & problem.membership[b]).any():
                with pytest.raises(RequestError, match="overlap"):
                    analysis.contrast(a, b)
            else:
                contrasts.append(analysis.contrast(a, b))
    for contrast, found in zip(contrasts, weigh(analysis, contrasts, with_intervals=False), strict=True):
        total = found.prior_db + sum(row.db for row in found.rows)
        assert total == pytest.approx(found.posterior_db, abs=1e-9)
        odds = analysis.exact.of_set(contrast.first), analysis.exact.of_set(contrast.second)
        if min(odds) > 0:
            assert found.posterior_db == pytest.approx(10 * np.log10(odds[0] / odds[1]), abs=1e-8)


def test_weight_of_independent_items_is_the_plain_likelihood_ratio() -> None:
    values = {"i0": (0.8, 0.2), "i1": (0.3, 0.6), "i2": (0.55, 0.5)}
    made = [indicator(name, {"a": p, "others": q}, reliability=0.9) for name, (p, q) in values.items()]
    analysis = Analysis.of(case_of(tops(a=1, b=3), made))
    (found,) = weigh(analysis, [analysis.contrast("a", "b")], with_intervals=False)
    for row in found.rows:
        p, q = (0.9 * each + 0.1 * (1 - each) for each in values[row.factor])
        assert row.db == pytest.approx(10 * np.log10(p / q), abs=1e-12)


@pytest.mark.parametrize("indicators", [14, 15, 40])
def test_weights_add_up_whether_enumerated_or_estimated(indicators: int) -> None:
    analysis = Analysis.of(many(7, indicators))
    contrast = analysis.contrast()
    for found in weigh(analysis, [contrast, contrast.against_all_the_rest], with_intervals=False):
        assert found.is_exact == (indicators <= 14)
        assert found.prior_db + sum(row.db for row in found.rows) == pytest.approx(found.posterior_db, abs=1e-8)
        assert max(row.error for row in found.rows) < 0.1


def test_estimate_agrees_with_enumeration_within_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = Analysis.of(many(5, 11))
    contrasts = [analysis.contrast("h0", "h1.c0")]
    (exact,) = weigh(analysis, contrasts, with_intervals=False)
    monkeypatch.setattr(module, "MOST_EXACT", 3)
    (estimate,) = weigh(analysis, contrasts, with_intervals=False)
    assert any(row.error > 0 for row in estimate.rows)
    for a, b in zip(exact.rows, estimate.rows, strict=True):
        assert abs(a.db - b.db) < 5 * b.error + 1e-9


def test_orders_are_averages_over_all_orders() -> None:
    rng = np.random.default_rng(1)
    value = dict(enumerate(rng.normal(size=32)))
    orders = Orders.every(5)
    game = np.array([value[int(chosen @ (1 << np.arange(5)))] for chosen in orders.sets])
    total = np.zeros(5)
    for order in permutations(range(5)):
        number = 0
        for item in order:
            total[item] += value[number | 1 << item] - value[number]
            number |= 1 << item
    assert orders.matrix @ game == pytest.approx(total / 120, abs=1e-12)


def test_a_unit_of_orders_puts_every_item_at_every_place() -> None:
    orders = Orders.drawn(6, np.random.default_rng(3), 6)
    size = orders.sets.sum(axis=1)
    for item in range(6):
        places = size[orders.before[orders.item == item]]
        assert np.bincount(places).tolist() == [2] * 6


def test_what_rules_a_side_out_counts_a_thousand_decibans_and_says_so() -> None:
    made = [
        indicator("i0", {"a": 0.8, "others": 0.2}),
        indicator("i1", {"a": 0.5, "others": 0.0}),
        indicator("i2", {"a": 0.4, "others": 0.6}),
    ]
    analysis = Analysis.of(case_of(tops(a=1, b=1), made))
    (found,) = weigh(analysis, [analysis.contrast("a", "b")])
    assert found.posterior_db == RULED_OUT
    assert [row.ruled_out for row in found.rows] == [False, True, False]
    assert found.rows[1].to_dict()["ruled_out"] is True
    assert "ruled_out" not in found.rows[0].to_dict()
    assert found.prior_db + sum(row.db for row in found.rows) == pytest.approx(RULED_OUT, abs=1e-9)
    (back,) = weigh(analysis, [analysis.contrast("b", "a")], with_intervals=False)
    assert back.posterior_db == -RULED_OUT


def test_thousands_of_decibans_add_up() -> None:
    made = [indicator(f"i{n}", {"a": 0.5, "others": 1e-300}) for n in range(20)]
    analysis = Analysis.of(case_of(tops(a=1, b=1, c=1), made))
    (found,) = weigh(analysis, [analysis.contrast("a", "b")], with_intervals=False)
    assert found.posterior_db > 5e4
    assert found.prior_db + sum(row.db for row in found.rows) == pytest.approx(found.posterior_db, rel=1e-12)


def test_interval_of_a_weight_is_that_of_its_ratio_given_the_evidence() -> None:
    made = [
        indicator("i0", {"a": 0.8, "others": 0.2}),
        indicator("i1", {"a": Beta(4, 4), "others": 0.5}),
    ]
    analysis = Analysis.of(case_of(tops(a=1, b=1), made))
    (found,) = weigh(analysis, [analysis.contrast("a", "b")])
    assert found.rows[0].interval == pytest.approx((10 * np.log10(4), 10 * np.log10(4)))
    # θ given the evidence is Beta(5, 4) where a is true, Beta(4, 4) where not
    p = analysis.exact.leaves[0]
    for value, level in zip(found.rows[1].interval or (), (0.05, 0.95), strict=True):
        theta = 0.5 * 10 ** (value / 10)
        below = p * special.betainc(5, 4, theta) + (1 - p) * special.betainc(4, 4, theta)
        assert abs(below - level) < 4 * np.sqrt(level * (1 - level) / module.MOST_DRAWS)


def test_intervals_are_quantiles_of_the_shapley_value_given_each_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    analysis = analysed(many(2, 7), monkeypatch, 300)
    contrast = analysis.contrast("h0", "h1")
    (found,) = weigh(analysis, [contrast])
    logs = module.item_logs(analysis, analysis.draws, analysis.items)
    orders = Orders.every(7)
    each = np.array([by_enumeration(orders, contrast, logs[:, n], analysis.draws.prior[n]) for n in range(300)])
    low, high = np.quantile(each, [0.05, 0.95], axis=0)
    for row, a, b in zip(found.rows, low, high, strict=True):
        assert row.interval == pytest.approx((a, b), abs=0.15)


def by_enumeration(orders: Orders, contrast: Contrast, logs: Floats, prior: Floats) -> Floats:
    scores = np.log(prior) + orders.sets.astype(float) @ logs
    return orders.matrix @ contrast.decibans(scores)


def test_more_items_than_can_be_enumerated_have_intervals_near_those_of_the_truth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where all items are independent given a leaf, the Shapley value given φ needs no enumeration."""
    made = [indicator(f"i{n}", {"a": Beta(3, 2), "others": Beta(2, 3)}) for n in range(20)]
    analysis = analysed(case_of(tops(a=1, b=1), made), monkeypatch, 500)
    (found,) = weigh(analysis, [analysis.contrast("a", "b")])
    theta = analysis.draws.theta[:, :, 0]
    for n, row in enumerate(found.rows):
        ratio = 10 * np.log10(theta[:, 2 * n] / theta[:, 2 * n + 1])
        assert row.interval == pytest.approx(np.quantile(ratio, [0.05, 0.95]), abs=1e-6)


def test_by_default_the_leading_actors_are_compared_not_their_leaves() -> None:
    analysis = Analysis.of(many(1, 6))
    contrast = analysis.contrast()
    assert {contrast.for_, contrast.against} == {"h0", "h1"}
    assert contrast.for_ == analysis.leader
    assert analysis.contrast("h0.c1").against == "h1"
    assert analysis.contrast(None, "h0.c1").for_ == "h1"


def test_unknown_names_are_refused_with_a_suggestion() -> None:
    analysis = Analysis.of(many(1, 3))
    with pytest.raises(RequestError, match="Did you mean 'h0"):
        analysis.contrast("h00")


def test_a_set_that_overlaps_all_of_the_top_level_is_compared_with_all_the_rest() -> None:
    analysis = Analysis.of(draw(1).case)
    name = next(iter(analysis.problem.circumstances))
    values = [key for key in analysis.problem.membership if key.startswith(f"{name}=")]
    covers = [v for v in values if all((analysis.problem.membership[v] & analysis.problem.membership[t]).any()
                                       for t in analysis.top_level)]  # fmt: skip
    contrast = analysis.contrast(covers[0])
    assert contrast.against == "others"
    assert (contrast.first ^ contrast.second).all()
    assert analysis.contrast(analysis.leader, "others").decibans(analysis.exact.log_scores) == pytest.approx(
        10 * np.log10(1 / (1 / analysis.exact.of_set(analysis.problem.membership[analysis.leader]) - 1))
    )


def test_flags_are_at_their_limits() -> None:
    ratios = {"i0": 10**0.049, "i1": 10**0.051, "i2": 10**2.01}
    made = [indicator(name, {"a": 0.005 * ratio, "others": 0.005}) for name, ratio in ratios.items()]
    flags = flag(Analysis.of(case_of(tops(a=1, b=1), made)))
    assert flags.tells_nothing == ("i0",)
    assert flags.too_strong == ("i2",)
    assert flags.strongest["i2"] == pytest.approx(20.1)


def test_nothing_reported_weighs_nothing() -> None:
    analysis = Analysis.of(two())
    found = weigh(analysis, [analysis.contrast()])[0]
    assert found.rows == ()
    assert found.prior_db == found.posterior_db == 0
