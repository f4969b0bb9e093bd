"""A tipping point put back into the case makes the two leaders equal; nothing nearer changes the leader."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from closeness import close_to
from random_cases import random_case
from scipy import special

from falseflag.case.model import Case, Hypothesis
from falseflag.distributions import Beta, Judgement, Point
from falseflag.exact.posterior import answer_exactly
from falseflag.explain.evidence import Evidence
from falseflag.explain.root import ridders
from falseflag.explain.tipping import Tipping, nearest, tipping
from falseflag.problem import problem_of

SEEDS = (0, 1, 3, 5, 6)


def put_back(case: Case, row: Tipping, value: float) -> dict[str, float]:
    """Write a value into the case where the keys say, and answer it; the leaves only."""
    if row.kind == "prior":
        name = ".".join(key for key in row.what[1:-1] if key != "children")
        case = replace(case, hypotheses=tuple(_weighed(top, name, value) for top in case.hypotheses))
    else:
        _, name, _, node = row.what
        indicator = case.indicators[name]
        likelihood = {**indicator.likelihood, node: Judgement(Point(value), str(value))}
        case = replace(case, indicators={**case.indicators, name: replace(indicator, likelihood=likelihood)})
    problem = problem_of(case)
    return dict(zip(problem.leaves, answer_exactly(problem).leaves.tolist(), strict=True))


def _weighed(node: Hypothesis, name: str, weight: float) -> Hypothesis:
    children = tuple(_weighed(child, name, weight) for child in node.children)
    return replace(node, weight=weight if node.name == name else node.weight, children=children)


def between(row: Tipping, share: float, value: float) -> float:
    """Return a value so far on the way from what is written, in log weight or log odds."""
    if row.kind == "prior":
        return float(np.exp((1 - share) * np.log(row.written) + share * np.log(value)))
    return float(special.expit((1 - share) * special.logit(row.written) + share * special.logit(value)))


def assert_tips(case: Case, leader: str, row: Tipping) -> None:
    assert row.tips_at is not None
    assert row.new_leader is not None
    answer = put_back(case, row, row.tips_at)
    assert answer[leader] == pytest.approx(answer[row.new_leader], abs=1e-6)
    assert answer[leader] == pytest.approx(max(answer.values()), abs=1e-6)
    beyond = put_back(case, row, between(row, 1.01, row.tips_at))
    assert beyond[leader] <= max(beyond.values())
    first = put_back(case, row, row.written)
    for share in (0.4, 0.95):
        # a group's statement held at its mean need not leave the leader as it is: then there is nothing in between
        before = put_back(case, row, between(row, share, row.tips_at))
        if first[leader] == max(first.values()):
            assert before[leader] == pytest.approx(max(before.values()), abs=1e-9)


def assert_never_tips(case: Case, leader: str, row: Tipping) -> None:
    for step in (-6, -1, 1, 6):
        if row.kind == "prior":
            value = row.written * np.exp(step)
        else:
            value = float(special.expit(special.logit(row.written) + step))
        answer = put_back(case, row, value)
        assert answer[leader] == pytest.approx(max(answer.values()), abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_put_back(seed: int) -> None:
    case = random_case(seed, indicators=7, groups=2)
    evidence = Evidence.of(case)
    leader = evidence.problem.leaves[evidence.leader]
    rows = tipping(evidence, case)
    assert len(rows) == len(case.nodes) + sum(len(i.likelihood) for i in case.indicators.values())
    for row in rows:
        if row.tips_at is None:
            assert row.new_leader is None
            assert row.odds_factor is None
            assert_never_tips(case, leader, row)
        else:
            assert_tips(case, leader, row)


@pytest.mark.parametrize("correlation", [Point(0.999), Beta(0.6, 0.4), Beta(60, 3), Point(0.0)])
@pytest.mark.parametrize("seed", [2, 5])
def test_put_back_where_correlation_is_extreme(seed: int, correlation: Point | Beta) -> None:
    case = random_case(seed, indicators=3, groups=1, unknown=0)
    groups = {n: replace(g, correlation=Judgement(correlation, "x")) for n, g in case.groups.items()}
    case = replace(case, groups=groups)
    evidence = Evidence.of(case)
    leader = evidence.problem.leaves[evidence.leader]
    rows = [row for row in tipping(evidence, case) if row.kind == "likelihood" and row.tips_at is not None]
    assert rows
    for row in rows[:2]:
        answer = put_back(case, row, float(row.tips_at or 0))
        assert answer[leader] == pytest.approx(answer[str(row.new_leader)], abs=1e-6)


def test_every_level_of_the_tree_can_tip() -> None:
    depths = set()
    for seed in range(30):
        case = random_case(seed, indicators=4, groups=0)
        rows = tipping(Evidence.of(case), case)
        depths |= {row.what.count("children") for row in rows if row.kind == "prior" and row.tips_at is not None}
    assert depths == {0, 1, 2}


def test_written_and_distance() -> None:
    case = random_case(3, groups=0)
    for row in tipping(Evidence.of(case), case):
        if row.kind == "likelihood":
            assert row.written == close_to(case.indicators[row.what[1]].likelihood[row.what[3]].mean)
        if row.tips_at is not None:
            moved = np.log(row.tips_at / row.written)
            if row.kind == "likelihood":
                moved = special.logit(row.tips_at) - special.logit(row.written)
            assert row.odds_factor == pytest.approx(np.exp(abs(moved)))


def test_a_tie_tips_where_it_is_written() -> None:
    case = random_case(3, unknown=1.0)
    equal = tuple(Hypothesis(name, name, 2.0, 10.0) for name in ("h0", "h1"))
    others = {"others": Judgement(Point(0.5), "x"), "h0": Judgement(Point(0.5), "x")}
    indicators = {"i0": replace(case.indicators["i0"], likelihood=others, observed=True)}
    case = replace(case, hypotheses=equal, indicators=indicators, groups={})
    rows = tipping(Evidence.of(case), case)
    assert [row.odds_factor for row in rows] == pytest.approx([1.0] * 4)
    first = nearest(rows)
    assert first is not None
    assert first.tips_at == pytest.approx(first.written)


def test_unknown_indicators_and_worthless_reports_never_tip() -> None:
    case = random_case(4, groups=0, unknown=0)
    worthless = Judgement(Point(0.5), "0.5")
    first, second, *_ = case.indicators
    changed = {
        first: replace(case.indicators[first], observed=None),
        second: replace(case.indicators[second], reliability=worthless),
    }
    case = replace(case, indicators={**case.indicators, **changed})
    rows = [row for row in tipping(Evidence.of(case), case) if row.what[1] in {first, second}]
    assert rows
    assert all(row.tips_at is None for row in rows)


@pytest.mark.parametrize(
    ("function", "low", "high", "zero"),
    [
        (lambda x: x**3 - 2, 0.0, 2.0, 2 ** (1 / 3)),
        (lambda x: math.tanh(50 * (x - 0.3)), -4.0, 7.0, 0.3),
        (lambda x: x, 0.0, 1.0, 0.0),
    ],
)
def test_ridders_finds_a_zero(function: Callable[[float], float], low: float, high: float, zero: float) -> None:
    assert ridders(function, low, high, function(low), function(high)) == pytest.approx(zero, abs=1e-12)
