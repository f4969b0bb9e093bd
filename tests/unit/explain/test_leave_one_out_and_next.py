"""What is left out, found out or not yet known, each against the case with that edit, answered anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle.brute_force import BruteForce
from oracle.random_cases import draw
from small_cases import at, case_of, indicator, judged, many, tops, two, without

from falseflag.case.model import Case, Circumstance, Report
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.explain.analysis import Analysis, leading
from falseflag.explain.leave_one_out import leave_one_out
from falseflag.explain.replay import replay
from falseflag.explain.value_of_information import value_of_information
from falseflag.inference.exact.factors import Evidence, Factors
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

SEEDS = range(10)


def nodes_given(analysis: Analysis, evidence: Evidence) -> dict[str, float]:
    exact = ExactPosterior(analysis.problem, Factors.of(analysis.problem, evidence))
    return dict(zip(analysis.problem.nodes, exact.nodes.tolist(), strict=True))


def nodes_of(case: Case) -> dict[str, float]:
    problem = problem_of(case)
    return dict(zip(problem.nodes, ExactPosterior.of(problem).nodes.tolist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_without_is_the_answer_to_the_rest(seed: int) -> None:
    analysis = Analysis.of(draw(seed).case)
    problem, everything = analysis.problem, Evidence.all_of(analysis.problem)
    facts = {item.name: item.facts for item in analysis.items}
    for row in leave_one_out(analysis):
        if row.kind == "source":
            rest = everything.without(problem, source=row.name)
        else:
            gone = facts[row.name] if row.kind != "member" else [problem.indicators.index(row.name)]
            rest = everything.without(problem, indicators=gone)
        assert row.posterior == pytest.approx(nodes_given(analysis, rest), abs=1e-9)
        assert row.posterior[row.leader] == pytest.approx(max(row.posterior[name] for name in analysis.top_level))


def test_without_comes_in_the_order_of_the_contract() -> None:
    made = [indicator(f"i{n}", {"a": 0.7, "others": 0.4}, source="s") for n in range(3)]
    case = case_of(tops(a=1, b=1), made, {"g": (("i0", "i2"), 0.3)}, {"s": Beta(8, 2), "silent": 0.9})
    rows = [row.to_dict() for row in leave_one_out(Analysis.of(case))]
    assert [next(iter(row)) for row in rows] == ["factor", "factor", "member", "member", "source"]
    assert rows[0]["factor"] == "g"
    assert rows[-1]["posterior"] == pytest.approx({"a": 0.5, "b": 0.5})


def test_a_source_left_out_takes_what_it_says_of_shared_facts_alone() -> None:
    fact = replace(
        indicator("i0", {"a": 0.8, "others": 0.2}),
        reports=(Report("s", "present"), Report("t", "absent")),
    )
    case = case_of(tops(a=1, b=1), [fact], sources={"s": Beta(9, 1), "t": Beta(3, 2)})
    found = {row.name: row.posterior for row in leave_one_out(Analysis.of(case)) if row.kind == "source"}
    for source, says, rest in (("s", "absent", "t"), ("t", "present", "s")):
        alone = replace(fact, reports=(Report(rest, says),))
        assert found[source] == pytest.approx(nodes_of(replace(case, indicators={"i0": alone})), abs=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_next_is_the_answer_with_each_report(seed: int) -> None:
    analysis = Analysis.of(draw(seed).case)
    problem, answer = analysis.problem, analysis.nodes(analysis.exact.log_scores)
    rows = value_of_information(analysis)
    assert {row.name for row in rows if not row.is_circumstance} == {problem.indicators[i] for i in problem.unreported}
    assert [row.bits for row in rows] == sorted((row.bits for row in rows), reverse=True)
    for row in rows:
        assert sum(outcome.p for outcome in row.outcomes) == pytest.approx(1)
        for name, value in answer.items():  # the answer is the average of what it may become
            average = sum(o.p * o.posterior[name] for o in row.outcomes if o.p > 0)
            assert average == pytest.approx(value, abs=1e-9)
        for number, outcome in enumerate(row.outcomes):
            if row.is_circumstance or outcome.p == 0:
                continue
            exact = ExactPosterior.of(problem.with_report(problem.indicators.index(row.name), number))
            assert list(outcome.posterior.values()) == pytest.approx(exact.nodes.tolist(), abs=1e-9)
            assert outcome.p == pytest.approx(np.exp(exact.log_evidence - analysis.exact.log_evidence), abs=1e-9)


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
def test_expected_information_is_that_of_the_oracle(seed: int) -> None:
    case = draw(seed).case
    rows = value_of_information(Analysis.of(case))
    found = {("circumstance" if row.is_circumstance else "indicator", row.name): row.bits for row in rows}
    assert found == pytest.approx(BruteForce(case).information(), abs=1e-8)


def test_information_about_a_named_set_is_about_nothing_else() -> None:
    made = [
        indicator("says_which", {"h0.c0": 0.9, "h0.c1": 0.1, "h1.c0": 0.9, "h1.c1": 0.1}, None),
        indicator("says_whose", {"h0": 0.9, "others": 0.1}, None),
    ]
    tree = many(0, 0).hypotheses
    even = tuple(replace(top, weight=1.0, children=tuple(replace(c, weight=1.0) for c in top.children)) for top in tree)
    analysis = Analysis.of(case_of(even, made))
    leaves, whose = ({row.name: row.bits for row in value_of_information(analysis, about)} for about in (None, "h0"))
    entropy = -(0.9 * np.log2(0.9) + 0.1 * np.log2(0.1))
    assert leaves == pytest.approx({"says_which": 1 - entropy, "says_whose": 1 - entropy})
    assert whose == pytest.approx({"says_which": 0.0, "says_whose": 1 - entropy}, abs=1e-12)
    with pytest.raises(RequestError, match="Did you mean"):
        value_of_information(analysis, "h00")


def test_rows_of_next_have_the_shape_of_the_contract() -> None:
    unknown = replace(indicator("which", {"others": Beta(1, 1)}, None), values={"red": "", "blue": ""})
    made = [unknown, indicator("plain", {"a": 0.9, "others": 0.2}, None)]
    where = Circumstance("where", "Where", {"here": "", "there": ""}, {at("a"): judged(0.9), at(): judged(0.4)})
    case = replace(case_of(tops(a=1, b=1), made), circumstances={"where": where})
    rows = {row.name: row.to_dict() for row in value_of_information(Analysis.of(case))}
    assert set(rows["plain"]) == {
        *("indicator", "bits", "outcomes", "p_present", "if_present", "if_absent"),
        *("leader_if_present", "leader_if_absent"),
    }
    assert set(rows["where"]) == {"circumstance", "bits", "outcomes"}
    assert [outcome["value"] for outcome in rows["which"]["outcomes"]] == ["red", "blue"]
    assert rows["where"]["outcomes"][0]["p"] == pytest.approx(0.65)
    assert rows["where"]["outcomes"][0]["posterior"]["a"] == pytest.approx(0.45 / 0.65)


def test_an_unknown_report_comes_from_a_source_as_well_as_it_is_known_by_now() -> None:
    made = [
        indicator("wrong", {"others": 0.01}, "present", "s"),
        indicator("open", {"a": 1.0, "others": 0.0}, None, "s"),
    ]
    case = case_of(tops(a=1, b=1), made, sources={"s": Beta(6, 4)})
    (row,) = value_of_information(Analysis.of(case))
    r = ExactPosterior.of(problem_of(case)).reliability(0)
    assert r < 0.6
    assert row.outcomes[0].posterior["a"] == pytest.approx(r)


@pytest.mark.parametrize("seed", SEEDS)
def test_replay_ends_with_the_answer_and_each_stage_holds_what_was_known(seed: int) -> None:
    case = draw(seed).case
    analysis = Analysis.of(case)
    stages = replay(analysis)
    assert stages[0].date is None
    assert stages[-1].posterior == pytest.approx(analysis.nodes(analysis.exact.log_scores), abs=1e-9)
    known = {name for stage in stages for name in stage.added}
    assert known == {name for name, each in case.indicators.items() if each.is_evidence}


def test_replay_orders_instants_and_counts_a_day_from_its_end() -> None:
    seen = {
        "moscow": "2023-05-03T02:30:00+03:00",
        "utc": "2023-05-02T23:45Z",
        "day": "2023-05-03",
        "minute": "2023-05-03T01:00",
        "none": "",
    }
    made = [indicator(name, {"a": 0.7, "others": 0.4}, seen=when) for name, when in seen.items()]
    stages = replay(Analysis.of(case_of(tops(a=1, b=1), made)))
    assert [(stage.date, stage.added) for stage in stages] == [
        (None, ("none",)),
        (seen["moscow"], ("moscow",)),
        (seen["utc"], ("utc",)),
        (seen["minute"], ("minute",)),
        (seen["day"], ("day",)),
    ]


def test_reports_of_one_fact_come_in_one_after_the_other() -> None:
    fact = replace(
        indicator("i0", {"a": 0.8, "others": 0.2}),
        reports=(Report("s", "present", seen="2023-05-03"), Report("t", "absent", seen="2023-05-04")),
    )
    case = case_of(tops(a=1, b=1), [fact], sources={"s": Beta(9, 1), "t": Beta(9, 1)})
    stages = replay(Analysis.of(case))
    assert [stage.added for stage in stages] == [(), ("i0",), ("i0",)]
    first = replace(case, indicators={"i0": replace(fact, reports=fact.reports[:1])})
    assert stages[1].posterior == pytest.approx(nodes_of(first))
    assert stages[2].posterior == pytest.approx({"a": 0.5, "b": 0.5})


def test_nothing_reported_leaves_the_prior_everywhere() -> None:
    case = without(many(3, 5), *many(3, 5).indicators)
    analysis = Analysis.of(case)
    assert analysis.items == ()
    assert leave_one_out(analysis) == ()
    assert len(value_of_information(analysis)) == 5
    assert replay(analysis)[-1].posterior == pytest.approx(nodes_of(case))


def test_rounding_does_not_choose_among_equals() -> None:
    assert leading(np.array([-1.0, 0.0, 1e-13])) == 1
    assert leading(np.array([-1.0, 0.0, 1e-9])) == 2
    assert Analysis.of(two(1.0)).ranked() == ["a", "b"]
