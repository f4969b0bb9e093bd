"""The group tables against the exact engine, and what is left out against a case without it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from closeness import close_to
from random_cases import edited, random_case

from falseflag.case.model import Case
from falseflag.distributions import Beta, Judgement, Point
from falseflag.exact.posterior import answer_exactly
from falseflag.explain.collection import prospects
from falseflag.explain.dependence import FULL, dependence
from falseflag.explain.evidence import Evidence, leading
from falseflag.explain.replay import replay
from falseflag.explain.without import without_factors, without_members, without_sources
from falseflag.problem import problem_of

SEEDS = range(6)


def nodes_of(case: Case) -> dict[str, float]:
    problem = problem_of(case)
    return dict(zip(problem.nodes, answer_exactly(problem).nodes.tolist(), strict=True))


def assert_same(ours: dict[str, float], theirs: dict[str, float], tolerance: float = 1e-9) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize("seed", SEEDS)
def test_table_is_the_engine_for_every_set_of_reports(seed: int) -> None:
    case = random_case(seed, indicators=3, groups=1)
    evidence, rng = Evidence.of(case), np.random.default_rng(seed)
    for _ in range(6):
        reports = rng.integers(-1, 2, 3)
        possible = [
            r if o == -1 or r in {-1, o} else o for r, o in zip(reports, evidence.problem.observed, strict=True)
        ]
        changed = dict(enumerate(int(r) for r in possible))
        as_reported = {f"i{i}": None if x == -1 else bool(x) for i, x in changed.items()}
        assert_same(evidence.nodes(evidence.log_scores_with(changed)), nodes_of(edited(case, **as_reported)))


@pytest.mark.parametrize(
    "values",
    [
        [Point(1e-6), Point(1e-6), Point(0.999999)],
        [Beta(0.05, 0.05), Beta(300, 20), Point(0.3)],
        [Beta(1e5, 1e5), Beta(0.5, 40), Beta(2, 2)],
    ],
)
@pytest.mark.parametrize("correlation", [Point(0.0), Point(0.99), Beta(0.6, 0.4), Beta(300, 4)])
def test_table_is_the_engine_for_extreme_values(values: list[Beta | Point], correlation: Beta | Point) -> None:
    case = random_case(1, indicators=3, groups=1, unknown=0)
    first = case.leaves[0].name
    indicators = {
        name: replace(
            indicator,
            likelihood={first: Judgement(value, "x"), "others": Judgement(Beta(3, 5), "x")},
            reliability=Judgement(Point(1.0), "1"),
        )
        for (name, indicator), value in zip(case.indicators.items(), values, strict=True)
    }
    groups = {name: replace(group, correlation=Judgement(correlation, "x")) for name, group in case.groups.items()}
    case = replace(case, indicators=indicators, groups=groups)
    evidence = Evidence.of(case)
    table = evidence.table(0)
    engine = evidence.group_log_likelihood(0)
    assert np.allclose(table.log_likelihood(table.observed), engine, rtol=1e-7, atol=1e-7)
    for row in without_members(evidence):
        assert_same(row.posterior, nodes_of(edited(case, **{row.name: None})), 1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_is_the_case_without_it(seed: int) -> None:
    case = random_case(seed)
    evidence = Evidence.of(case)
    for row in without_factors(evidence):
        gone = case.groups[row.name].indicators if row.kind == "group" else (row.name,)
        assert_same(row.posterior, nodes_of(edited(case, **dict.fromkeys(gone))))
    for row in without_members(evidence):
        assert_same(row.posterior, nodes_of(edited(case, **{row.name: None})))
    for row in without_sources(evidence, case):
        told = [name for name, indicator in case.indicators.items() if indicator.source == row.name]
        assert_same(row.posterior, nodes_of(edited(case, **dict.fromkeys(told))))
        assert row.posterior[row.leader] == close_to(max(row.posterior[leaf.name] for leaf in case.leaves))


@pytest.mark.parametrize("seed", SEEDS)
def test_next_is_both_edits_of_the_case(seed: int) -> None:
    case = random_case(seed, unknown=0.5)
    evidence = Evidence.of(case)
    answer = nodes_of(case)
    leaves = [leaf.name for leaf in case.leaves]
    rows = prospects(evidence)
    assert {row.indicator for row in rows} == {n for n, i in case.indicators.items() if i.observed is None}
    assert [row.bits for row in rows] == sorted((row.bits for row in rows), reverse=True)
    for row in rows:
        assert_same(row.if_present, nodes_of(edited(case, **{row.indicator: True})))
        assert_same(row.if_absent, nodes_of(edited(case, **{row.indicator: False})))
        for name, value in answer.items():  # the answer is the average of what it may become
            average = row.p_present * row.if_present[name] + (1 - row.p_present) * row.if_absent[name]
            assert average == pytest.approx(value, abs=1e-9)
        bits = entropy([answer[n] for n in leaves])
        bits -= row.p_present * entropy([row.if_present[n] for n in leaves])
        bits -= (1 - row.p_present) * entropy([row.if_absent[n] for n in leaves])
        assert row.bits == pytest.approx(bits, abs=1e-9)


def entropy(probabilities: list[float]) -> float:
    return -sum(float(p * np.log2(p)) for p in probabilities if p > 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_replay_ends_with_the_answer_and_each_stage_is_the_case_as_of_then(seed: int) -> None:
    case = random_case(seed, unknown=0.1)
    stages = replay(Evidence.of(case), case)
    dates = sorted({i.seen for i in case.indicators.values()} - {""})
    assert [stage.date for stage in stages] == [None, *dates]
    assert_same(stages[-1].posterior, nodes_of(case))
    for stage in stages:
        later = {n: None for n, i in case.indicators.items() if i.seen > (stage.date or "")}
        assert_same(stage.posterior, nodes_of(edited(case, **later)))
    assert sorted(n for s in stages for n in s.added) == sorted(
        n for n, i in case.indicators.items() if i.observed is not None
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_dependence_is_the_case_with_other_correlations(seed: int) -> None:
    case = random_case(seed, unknown=0.1)
    answer = dependence(Evidence.of(case))
    assert_same(answer.as_written, nodes_of(case))
    assert_same(answer.none, nodes_of(replace(case, groups={})), 1e-8)
    full = {n: replace(g, correlation=Judgement(Point(FULL), "0.99")) for n, g in case.groups.items()}
    assert_same(answer.full, nodes_of(replace(case, groups=full)))


def test_nothing_reported_leaves_the_prior_everywhere() -> None:
    case = random_case(3, unknown=1.0)
    evidence = Evidence.of(case)
    assert evidence.factors == ()
    assert without_factors(evidence) == without_members(evidence) == without_sources(evidence, case) == ()
    assert_same(dependence(evidence).full, nodes_of(case))
    assert len(prospects(evidence)) == len(case.indicators)
    assert_same(replay(evidence, case)[-1].posterior, nodes_of(case))


def test_a_beta_whose_quantile_scipy_lacks_is_answered() -> None:
    case = random_case(1, indicators=3, groups=1, unknown=0)
    odd = Judgement(Beta(1.0257406111831888, 0.8858868820569304), "x")
    near = Judgement(Beta(1.0257406111831888, 0.8858868820), "x")
    answers = []
    for value in (odd, near):
        made = {n: replace(i, likelihood={**i.likelihood, "others": value}) for n, i in case.indicators.items()}
        answers.append(nodes_of(replace(case, indicators=made)))
    assert_same(answers[0], answers[1], 1e-8)


def test_rounding_does_not_choose_among_equals() -> None:
    assert leading(np.array([-1.0, 0.0, 1e-13])) == 1
    assert leading(np.array([-1.0, 0.0, 1e-9])) == 2
