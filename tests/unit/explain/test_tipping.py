"""A tipping point put back into the case changes who leads there, and nowhere nearer; what has none never does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from oracle.random_cases import draw
from scipy import special
from small_cases import at, case_of, indicator, judged, tops, two

from falseflag.case.edit import with_value
from falseflag.case.model import Case, Circumstance, Deception
from falseflag.distributions import Beta, Dirichlet, Point
from falseflag.explain.tipping import FARTHEST, Tipping, nearest, tipping
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of


def answered(case: Case) -> dict[str, float]:
    problem = problem_of(case)
    return dict(zip(problem.leaves, ExactPosterior.of(problem).leaves.tolist(), strict=True))


def rows_of(case: Case) -> tuple[Tipping, ...]:
    return tipping(ExactPosterior.of(problem_of(case)), case)


def log_odds(row: Tipping, value: float) -> float:
    return float(np.log(value) if row.kind in {"prior", "ratio"} else special.logit(value))


def moved_to(case: Case, row: Tipping, x: float) -> dict[str, float]:
    """Answer the case with a number at some log odds."""
    value = float(np.exp(x) if row.kind in {"prior", "ratio"} else special.expit(x))
    return answered(with_value(case, row.what, value))


def assert_tips(case: Case, leader: str, row: Tipping) -> None:
    assert row.tips_at is not None
    assert row.odds_factor is not None
    x, start = log_odds(row, row.tips_at), log_odds(row, row.written)
    assert row.odds_factor == pytest.approx(np.exp(abs(x - start)), rel=1e-6)
    there = moved_to(case, row, x)
    assert there[leader] == pytest.approx(there[str(row.new_leader)], abs=1e-6)
    assert there[leader] == pytest.approx(max(there.values()), abs=1e-6)
    sides = [moved_to(case, row, x + step) for step in (1e-3, -1e-3)]
    assert {max(side, key=side.__getitem__) for side in sides} == {leader, row.new_leader}
    held = moved_to(case, row, start)  # a number held at its mean need not leave the leader as it is
    if held[leader] == max(held.values()):
        between = moved_to(case, row, start + 0.9 * (x - start))
        assert between[leader] == pytest.approx(max(between.values()), abs=1e-9)


def assert_never_tips(case: Case, leader: str, row: Tipping, steps: Sequence[float] = (-3, 3)) -> None:
    if row.kind not in {"prior", "ratio"} and not 0 < row.written < 1:
        return
    for step in steps:
        answer = moved_to(case, row, log_odds(row, row.written) + step)
        assert answer[leader] == pytest.approx(max(answer.values()), abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_every_number_of_a_random_case(seed: int) -> None:
    case = draw(seed).case
    first = answered(case)
    leader = max(first, key=first.__getitem__)
    if sorted(first.values())[-2] > first[leader] - 1e-9:
        pytest.skip("level: see the tests of ties")
    rows = rows_of(case)
    assert len({(row.what, row.author_class) for row in rows}) == len(rows)
    for row in rows:
        if row.tips_at is None:
            assert row.new_leader is None
            assert row.odds_factor is None
            assert_never_tips(case, leader, row)
        else:
            assert_tips(case, leader, row)


def staged() -> Case:
    """Two sources on four facts, a circumstance, staging, silence, a ratio, a group: every kind of number."""
    made = [
        indicator("i0", {"a": Beta(8, 2), "others": Beta(3, 5)}, source="s"),
        indicator("i1", {at(dark="yes"): Beta(6, 4), "others": Beta(4, 6)}, source="s"),
        indicator("i2", {"a": Beta(5, 5), "b": Beta(2, 6), "others": Beta(4, 4)}, source="t"),
        indicator("i3", {"a": Beta(6, 3), "others": Beta(4, 6)}, "absent", source="t"),
        indicator("i4", {"b": Beta(6, 3), "others": Beta(4, 6)}, says=None),
        indicator("i5", {}, says=None),
    ]
    case = case_of(tops(a=2, b=2, c=1), made, {"g": (("i2", "i3"), Beta(4, 4))}, {"s": Beta(6, 2), "t": Beta(5, 3)})
    indicators = dict(case.indicators)
    indicators["i4"] = replace(indicators["i4"], detection={at(): judged(Beta(4, 4))})
    indicators["i5"] = replace(indicators["i5"], ratios={at("a"): judged(1.2), at(): judged(1.0)})
    weights = judged(Dirichlet((3.0, 2.0, 1.0)))
    return replace(
        case,
        indicators=indicators,
        circumstances={"dark": Circumstance("dark", "Dark", {"yes": "", "no": ""}, {at(): judged(Beta(3, 2))}),
                       "wind": Circumstance("wind", "Wind", {"n": "", "s": "", "e": ""}, {at(): weights})},
        deception={"c": Deception("c", at("a"), judged(Beta(3, 2)), {"i0": judged(Beta(6, 2))})},
    )  # fmt: skip


def test_every_kind_of_number() -> None:
    case = staged()
    first = answered(case)
    leader = max(first, key=first.__getitem__)
    rows = rows_of(case)
    assert {row.kind for row in rows} == {
        "prior", "circumstance", "attempt", "likelihood", "ratio", "detection", "reach", "reliability", "correlation"
    }  # fmt: skip
    assert {row.kind for row in rows if row.tips_at is not None} >= {"prior", "likelihood", "ratio", "reliability"}
    for row in rows:
        if row.tips_at is None:
            assert_never_tips(case, leader, row)
        else:
            assert_tips(case, leader, row)


@pytest.mark.parametrize("correlation", [Point(0.999), Beta(0.6, 0.4), Beta(60, 3)])
def test_likelihoods_where_correlation_is_extreme(correlation: Point | Beta) -> None:
    made = [indicator(f"i{n}", {"a": Beta(8, 2), "others": Beta(3, 4)}) for n in range(3)]
    case = case_of(tops(a=1, b=1), made, {"g": (("i0", "i1", "i2"), correlation)})
    rows = [row for row in rows_of(case) if row.kind == "likelihood" and row.tips_at is not None]
    assert rows
    for row in rows[:2]:
        assert_tips(case, "a", row)


def test_shares_of_a_tree_of_states_are_solved_as_ratios_of_sums() -> None:
    # P(a) = 0.6 · (0.9 p + 0.1 (1 - p)) against P(b) = 0.4 · 0.5: level at 0.8 p + 0.1 = 1 / 3
    made = [indicator("i", {at("a", dark="yes"): 0.9, at("a"): 0.1, at(): 0.5})]
    circumstance = Circumstance("dark", "Dark", {"yes": "", "no": ""}, {at("a"): judged(0.7), at(): judged(0.5)})
    case = replace(case_of(tops(a=3, b=2), made), circumstances={"dark": circumstance})
    (row,) = (row for row in rows_of(case) if row.what == ("circumstances", "dark", "probability", "a"))
    assert row.tips_at == pytest.approx((1 / 3 - 0.1) / 0.8)
    assert row.new_leader == "b"


def test_a_tie_tips_where_it_is_written_and_names_who_leads_beyond() -> None:
    made = [indicator("i", {"a": 0.5, "b": 0.5, "others": 0.25})]
    case = case_of(tops(a=1, b=1, c=2), made)
    by_what = {row.what: row for row in rows_of(case)}
    assert by_what["hypotheses", "a", "prior"].new_leader == "b"
    assert by_what["hypotheses", "a", "prior"].tips_at == pytest.approx(1)
    assert by_what["hypotheses", "b", "prior"].new_leader == "b"
    assert by_what["hypotheses", "c", "prior"].new_leader == "c"
    first = nearest(rows_of(case))
    assert first is not None
    assert first.odds_factor == pytest.approx(1)


def test_two_hypotheses_level_without_any_indicator() -> None:
    rows = rows_of(case_of(tops(a=1, b=1), []))
    assert [row.odds_factor for row in rows] == pytest.approx([1, 1])


def test_what_nobody_could_weigh_is_not_offered() -> None:
    case = case_of(tops(a=1, b=1e-30), [indicator("i", {"a": 0.9, "others": 0.1})])
    rows = rows_of(case)
    assert all(row.tips_at is None for row in rows)
    assert nearest(rows) is None
    assert all(row.odds_factor is None or row.odds_factor <= FARTHEST for row in rows_of(two(3, 4, 2)))


def test_unknown_indicators_and_worthless_reports_never_tip() -> None:
    made = [
        indicator("i0", {"a": Beta(8, 2), "others": Beta(3, 4)}, says=None),
        indicator("i1", {"a": Beta(8, 2), "others": Beta(3, 4)}, reliability=0.5),
        indicator("i2", {"a": Beta(8, 2), "others": Beta(3, 4)}),
    ]
    rows = [row for row in rows_of(case_of(tops(a=1, b=1), made)) if row.kind == "likelihood"]
    assert [row.tips_at is None for row in rows] == [True, True, True, True, False, False]
