"""The exact engine against the definition, and the properties that the definition has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import case_of, indicator, inner, leaf, random_case
from oracle import leaf_posterior, prior_means

from falseflag.case.model import Case, Hypothesis
from falseflag.distributions import Beta, Distribution, Point
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import problem_of


def posterior(case: Case) -> dict[str, float]:
    problem = problem_of(case)
    return dict(zip(problem.leaves, answer_exactly(problem).leaves.tolist(), strict=True))


TWO = (leaf("a", 3.0), leaf("b", 1.0))


def test_bayes_by_hand() -> None:
    case = case_of(TWO, [indicator("i", {"a": 0.2, "b": 0.9}, reliability=0.8)])
    a, b = 0.75 * (0.8 * 0.2 + 0.2 * 0.8), 0.25 * (0.8 * 0.9 + 0.2 * 0.1)
    assert posterior(case)["a"] == pytest.approx(a / (a + b), abs=1e-14)


@pytest.mark.parametrize("seed", range(25))
def test_random_cases_agree_with_the_definition(seed: int) -> None:
    case = random_case(seed)
    expected = leaf_posterior(case)
    got = posterior(case)
    assert max(abs(got[name] - expected[name]) for name in expected) < 1e-6


def test_the_oracle_would_notice_a_group_taken_as_independent() -> None:
    case = random_case(1)
    assert max(abs(p - leaf_posterior(case)[n]) for n, p in posterior(replace(case, groups={})).items()) > 1e-4


def test_an_empty_case_gives_the_prior() -> None:
    case = replace(random_case(3), indicators={}, groups={})
    assert posterior(case) == pytest.approx(prior_means(case), abs=1e-15)


def test_unknown_indicators_change_nothing() -> None:
    case = random_case(4)
    unknown = {name: replace(i, observed=None) for name, i in case.indicators.items()}
    assert posterior(replace(case, indicators=unknown)) == pytest.approx(prior_means(case), abs=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_indicators_and_groups_does_not_matter(seed: int) -> None:
    case = random_case(seed)
    turned = replace(
        case,
        indicators=dict(reversed(list(case.indicators.items()))),
        groups=dict(reversed(list(case.groups.items()))),
    )
    assert posterior(turned) == pytest.approx(posterior(case), abs=1e-12)


def test_a_report_that_says_nothing_changes_nothing() -> None:
    case = random_case(5)
    half = indicator("half", {"others": 0.9, case.leaves[0].name: 0.1}, reliability=0.5)
    more = replace(case, indicators={**case.indicators, "half": half})
    assert posterior(more) == pytest.approx(posterior(case), abs=1e-13)


def test_one_report_never_outweighs_its_reliability() -> None:
    case = case_of((leaf("a"), leaf("b")), [indicator("i", {"a": 1 - 1e-9, "b": 1e-9}, reliability=0.8)])
    odds = posterior(case)["a"] / posterior(case)["b"]
    assert odds == pytest.approx(0.8 / 0.2, rel=1e-6)


VALUES: dict[str, Distribution] = {"a": Beta(2, 5), "b": Beta(6, 1.5)}


def pair(correlation: float) -> Case:
    members = [indicator("x", VALUES), indicator("y", VALUES, observed=False, reliability=0.9)]
    return case_of(TWO, members, {"g": (("x", "y"), Point(correlation))})


def test_no_correlation_is_no_group() -> None:
    assert posterior(pair(0.0)) == pytest.approx(posterior(replace(pair(0.0), groups={})), abs=1e-12)


def test_a_group_of_one_is_no_group() -> None:
    case = case_of(TWO, [indicator("x", VALUES)], {"g": (("x",), Beta(6, 4))})
    assert posterior(case) == pytest.approx(posterior(replace(case, groups={})), abs=1e-12)


def test_identical_indicators_count_once_as_correlation_goes_to_one() -> None:
    same = {"a": 0.2, "b": 0.7}
    once = posterior(case_of(TWO, [indicator("x", same)]))["a"]
    gaps = []
    for correlation in (0.9, 0.99, 0.9999, 0.999999):
        twice = case_of(TWO, [indicator("x", same), indicator("y", same)], {"g": (("x", "y"), Point(correlation))})
        gaps.append(abs(posterior(twice)["a"] - once))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1e-3
    # The gap falls as √(1 - ρ), with which two equal thresholds come together.
    assert gaps[-1] == pytest.approx(gaps[-2] / 10, rel=0.05)


def test_splitting_a_leaf_into_equal_children_changes_no_sum() -> None:
    case = random_case(6)
    name = case.leaves[-1].name

    def split(node: Hypothesis) -> Hypothesis:
        if node.name == name:
            return inner(name, [leaf(f"{name}.x"), leaf(f"{name}.y")], node.weight)
        return replace(node, children=tuple(split(child) for child in node.children))

    divided = replace(case, hypotheses=tuple(split(node) for node in case.hypotheses))
    got, expected = posterior(divided), posterior(case)
    assert got[f"{name}.x"] + got[f"{name}.y"] == pytest.approx(expected[name], abs=1e-12)
    assert all(got[other] == pytest.approx(expected[other], abs=1e-12) for other in expected if other != name)


def test_node_probabilities_are_sums_over_leaves() -> None:
    problem = problem_of(random_case(2))
    answer = answer_exactly(problem)
    for name, probability in zip(problem.nodes, answer.nodes, strict=True):
        below = [p for h, p in zip(problem.leaves, answer.leaves, strict=True) if h == name or h.startswith(f"{name}.")]
        assert probability == pytest.approx(np.sum(below), abs=1e-14)


def test_contradictory_and_extreme_evidence_stays_finite() -> None:
    hypotheses = (leaf("a", 1e9), leaf("b", 1.0))
    reports = [indicator(f"i{k}", {"a": 1e-6, "b": 1 - 1e-6}) for k in range(200)]
    against = [indicator(f"j{k}", {"a": 1 - 1e-6, "b": 1e-6}) for k in range(200)]
    assert posterior(case_of(hypotheses, reports + against))["a"] == pytest.approx(1 - 1e-9, rel=1e-9)
    assert posterior(case_of(hypotheses, reports))["b"] == pytest.approx(1.0, abs=1e-12)
