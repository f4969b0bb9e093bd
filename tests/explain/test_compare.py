"""Comparisons: mixtures against the engine, Shapley values against all orders, pools against their formulas."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from closeness import close_to
from random_cases import edited, judgement, random_case

from falseflag.case.model import Case, Group, Hypothesis
from falseflag.distributions import Judgement, Point
from falseflag.errors import RequestError
from falseflag.exact.posterior import answer_exactly, normalise
from falseflag.explain.compare import compare, disagreement
from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.judgements import Keys, differences
from falseflag.explain.mixture import mixed
from falseflag.explain.sides import leaves_of, log_odds
from falseflag.explain.worth import Worth
from falseflag.problem import Floats, problem_of

SEEDS = range(6)


def another(case: Case, seed: int) -> Case:
    """Another analyst's view of the same case: one judgement of every kind is different."""
    rng = np.random.default_rng(seed)
    first, second, third, fourth, fifth, *_ = case.indicators.values()
    likelihood = {**second.likelihood, case.leaves[-1].name: judgement(rng), "others": judgement(rng)}
    indicators = {
        **edited(case, **{first.name: not first.observed}).indicators,
        second.name: replace(second, likelihood=likelihood),
        third.name: replace(third, reliability=Judgement(Point(0.66), "0.66")),
        "more": replace(
            fourth, name="more", likelihood={"others": judgement(rng), case.leaves[0].name: judgement(rng)}
        ),
    }
    del indicators[fifth.name]
    gone = {fifth.name}
    groups = {n: replace(g, indicators=tuple(i for i in g.indicators if i not in gone)) for n, g in case.groups.items()}
    groups["g0"] = replace(groups["g0"], correlation=Judgement(Point(0.05), "0.05"))
    tops = tuple(replace(top, weight=top.weight * (1 + n)) for n, top in enumerate(case.hypotheses))
    return replace(case, title="Another", hypotheses=tops, indicators=indicators, groups=groups)


def engine_scores(case: Case) -> Floats:
    evidence = Evidence.of(case)
    return evidence.log_scores


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mixture_is_what_the_engine_says_of_it(seed: int) -> None:
    first = random_case(seed, indicators=8, groups=2, unknown=0.1)
    second = another(first, seed)
    players = differences(first, second)
    assert len(players) >= 7
    rng = np.random.default_rng(seed)
    choices = rng.random((12, len(players))) < 0.5
    choices[0], choices[1] = False, True
    scores = Worth(first, second, players).log_scores(choices)
    for choice, score in zip(choices, scores, strict=True):
        chosen = frozenset(p.what for p, is_theirs in zip(players, choice, strict=True) if is_theirs)
        case = mixed(first, second, chosen)
        assert normalise(score) == pytest.approx(answer_exactly(problem_of(case)).leaves, abs=1e-9)
    leaves = answer_exactly(problem_of(second)).leaves
    assert normalise(scores[1]) == pytest.approx(leaves, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_add_up_to_the_whole_difference(seed: int) -> None:
    first = random_case(seed, indicators=8, groups=2, unknown=0.1)
    second = another(first, seed)
    for node in (first.leaves[0].name, first.hypotheses[-1].name):
        found = disagreement(first, second, node)
        assert found is not None
        assert found.first_db + sum(share.db for share in found.shares) == pytest.approx(found.second_db, abs=1e-9)
        for case, db in ((first, found.first_db), (second, found.second_db)):
            leaves = leaves_of(problem_of(case), node)
            assert db == pytest.approx(DECIBANS * log_odds(engine_scores(case), leaves, ~leaves), abs=1e-7)


def test_shares_are_the_average_over_all_orders() -> None:
    first = random_case(2, indicators=6, groups=1, unknown=0)
    second = another(first, 2)
    second = replace(second, indicators={n: i for n, i in second.indicators.items() if n in first.indicators})
    second = replace(second, indicators={**first.indicators, **second.indicators}, groups=first.groups)
    players = [player.what for player in differences(first, second)]
    assert 4 <= len(players) <= 6
    node = first.leaves[0].name
    leaves = leaves_of(problem_of(first), node)
    cache: dict[frozenset[Keys], float] = {}

    def worth(chosen: frozenset[Keys]) -> float:
        if chosen not in cache:
            cache[chosen] = DECIBANS * log_odds(engine_scores(mixed(first, second, chosen)), leaves, ~leaves)
        return cache[chosen]

    total = dict.fromkeys(players, 0.0)
    orders = list(permutations(players))
    for order in orders:
        for n, player in enumerate(order):
            total[player] += worth(frozenset(order[: n + 1])) - worth(frozenset(order[:n]))
    found = disagreement(first, second, node)
    assert found is not None
    for share in found.shares:
        assert share.db == pytest.approx(total[share.difference.what] / len(orders), abs=1e-8)


def test_more_than_sixteen_judgements_still_add_up() -> None:
    first = random_case(3, indicators=12, groups=2, unknown=0)
    rng = np.random.default_rng(0)
    changed = {
        n: replace(i, likelihood={node: judgement(rng) for node in i.likelihood}) for n, i in first.indicators.items()
    }
    second = replace(first, indicators=changed)
    found = disagreement(first, second, first.leaves[0].name, pairs=50)
    assert found is not None
    assert not found.is_exact
    assert len(found.shares) > 16
    assert found.first_db + sum(share.db for share in found.shares) == pytest.approx(found.second_db, abs=1e-9)


def test_a_case_does_not_disagree_with_itself_nor_through_scale_or_strength() -> None:
    case = random_case(1)
    tops = tuple(replace(top, weight=3 * top.weight) for top in case.hypotheses)
    for other in (case, replace(case, hypotheses=tops), replace(case, prior_strength=1.0)):
        found = disagreement(case, other, case.leaves[0].name)
        assert found is not None
        assert found.shares == ()
        assert found.first_db == close_to(found.second_db)


def test_groups_that_are_formed_differently_are_one_judgement() -> None:
    case = random_case(1, indicators=6, groups=2, unknown=0)
    a, b = case.groups["g0"].indicators, case.groups["g1"].indicators
    half = Judgement(Point(0.5), "0.5")
    regrouped = {"g0": Group("g0", "G", (a[0], b[0]), half), "x": Group("x", "X", (a[1], b[1]), half)}
    players = differences(case, replace(case, groups=regrouped))
    assert [set(player.what) for player in players] == [{"dependence", "g0", "g1", "x"}]
    found = disagreement(case, replace(case, groups=regrouped), case.leaves[0].name)
    assert found is not None
    assert found.shares[0].db == pytest.approx(found.second_db - found.first_db, abs=1e-9)


def test_a_source_is_one_judgement() -> None:
    case = random_case(8, indicators=10, groups=1, unknown=0)
    told = [n for n, i in case.indicators.items() if i.source == "s0"]
    assert len(told) > 1
    worse = Judgement(Point(0.6), "D")
    other = replace(
        case,
        sources={**case.sources, "s0": replace(case.sources["s0"], reliability=worse)},
        indicators={n: replace(i, reliability=worse) if n in told else i for n, i in case.indicators.items()},
    )
    assert [player.what for player in differences(case, other)] == [("sources", "s0", "reliability")]


@pytest.mark.parametrize("weights", [None, (1.0, 3.0, 0.5)])
def test_pools_are_their_formulas(weights: tuple[float, ...] | None) -> None:
    first = random_case(2)
    cases = [first, another(first, 3), another(first, 4)]
    found = compare(cases, weights=weights)
    w = np.array(weights or (1.0, 1.0, 1.0))
    w = w / w.sum()
    leaves = np.array([answer_exactly(problem_of(case)).leaves for case in cases])
    below = problem_of(first).membership.astype(float)
    linear = below @ (w @ leaves)
    product = np.prod(leaves ** w[:, None], axis=0)
    logarithmic = below @ (product / product.sum())
    assert found.linear is not None
    assert found.logarithmic is not None
    assert list(found.linear.values()) == pytest.approx(linear, abs=1e-12)
    assert list(found.logarithmic.values()) == pytest.approx(logarithmic, abs=1e-12)
    for case, n in zip(cases, range(3), strict=True):
        nodes = answer_exactly(problem_of(case)).nodes
        assert [values[n] for values in found.posterior.values()] == pytest.approx(nodes)


def test_siblings_in_another_order_are_the_same_hypotheses() -> None:
    case = random_case(2)
    other = replace(case, hypotheses=case.hypotheses[::-1])
    found = compare([case, other])
    assert found.linear is not None
    for name, (a, b) in found.posterior.items():
        assert a == pytest.approx(b)
        assert found.linear[name] == pytest.approx(a)
    assert found.disagreements[0] is not None
    assert found.disagreements[0].shares == ()


def test_different_hypotheses_are_only_put_side_by_side() -> None:
    case = random_case(2)
    other = replace(case, hypotheses=(*case.hypotheses, Hypothesis("new", "New", 1.0, 5.0)))
    found = compare([case, other])
    assert found.posterior["new"][0] is None
    assert found.posterior["new"][1] is not None
    assert found.linear is found.logarithmic is None
    assert found.disagreements == (None,)


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (0.0, 0.0), (1.0, float("nan"))])
def test_weights_that_make_no_pool_are_refused(weights: tuple[float, ...]) -> None:
    case = random_case(2)
    with pytest.raises(RequestError, match="weight"):
        compare([case, case], weights=weights)


def test_one_case_cannot_be_compared() -> None:
    with pytest.raises(RequestError, match="two or more"):
        compare([random_case(2)])
