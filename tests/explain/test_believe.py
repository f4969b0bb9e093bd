"""What one would have to believe, against brute force in a few dimensions and against random changes in many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from random_cases import random_case
from scipy import optimize, special

from falseflag.case.model import Case, Group, Hypothesis, Indicator
from falseflag.distributions import Beta, Judgement, Point
from falseflag.exact.posterior import answer_exactly
from falseflag.explain.believe import Belief, believe
from falseflag.explain.evidence import Evidence
from falseflag.explain.landscape import Moved
from falseflag.explain.least_distance import least_distance
from falseflag.problem import Floats, problem_of


def two_dimensional(first: Beta, second: Beta, reliability: float = 1.0, correlation: float | None = None) -> Case:
    """Two hypotheses, two reports; only the two statements under `a` are unsure."""
    tops = (Hypothesis("a", "A", 1.0, 10.0), Hypothesis("b", "B", 1.0, 10.0))

    def indicator(name: str, value: Beta, other: float) -> Indicator:
        likelihood = {"a": Judgement(value, "x"), "others": Judgement(Point(other), "x")}
        return Indicator(name, name, True, likelihood, Judgement(Point(reliability), "x"))

    groups = {} if correlation is None else {"g": Group("g", "G", ("i", "j"), Judgement(Point(correlation), "x"))}
    return Case("T", tops, {"i": indicator("i", first, 0.3), "j": indicator("j", second, 0.6)}, 10.0, groups=groups)


def brute_force(case: Case, target: str) -> float:
    """Go out in every direction until the target leads; the shortest way over a fine fan of directions."""
    problem = problem_of(case)
    moved = Moved.of(problem.statements)
    free = np.flatnonzero(moved.deviation > 0)
    place = problem.leaves.index(target)

    def lead(length: float, angle: float) -> float:
        u = np.zeros(len(problem.statements))
        u[free] = length * np.array([np.cos(angle), np.sin(angle)])
        leaves = answer_exactly(moved.problem(problem, u)).leaves
        return float(np.log(leaves[place]) - np.log(np.delete(leaves, place).max()))

    def length(angle: float) -> float:
        lengths = np.linspace(0, 12, 49)
        met = next((n for n, x in enumerate(lengths) if lead(x, angle) >= 0), None)
        return 1e3 if met is None else float(optimize.brentq(lead, lengths[met - 1], lengths[met], args=(angle,)))

    angles = np.linspace(-np.pi, np.pi, 25)[:-1]
    best = min(angles, key=length)
    return float(optimize.minimize_scalar(length, bounds=(best - 0.3, best + 0.3), method="bounded").fun)


def put_back(case: Case, belief: Belief) -> Floats:
    """Answer the case with the listed changes, each keeping its strength."""
    indicators = dict(case.indicators)
    for change in belief.changes:
        old = indicators[change.indicator].likelihood[change.node].distribution
        assert isinstance(old, Beta)
        strength = old.alpha + old.beta
        new = Judgement(Beta(strength * change.needed, strength * (1 - change.needed)), "x")
        likelihood = {**indicators[change.indicator].likelihood, change.node: new}
        indicators[change.indicator] = replace(indicators[change.indicator], likelihood=likelihood)
    return answer_exactly(problem_of(replace(case, indicators=indicators))).leaves


@pytest.mark.parametrize(
    ("first", "second", "reliability", "correlation"),
    [
        (Beta(8, 4), Beta(9, 3), 1.0, None),
        (Beta(8, 4), Beta(30, 3), 0.85, None),
        (Beta(3, 2), Beta(9, 3), 1.0, 0.6),
        (Beta(8, 4), Beta(5, 3), 0.9, 0.9),
        (Beta(20, 1), Beta(0.8, 0.4), 0.95, 0.3),
    ],
)
def test_smallest_change_is_that_of_brute_force(
    first: Beta, second: Beta, reliability: float, correlation: float | None
) -> None:
    case = two_dimensional(first, second, reliability, correlation)
    evidence = Evidence.of(case)
    assert evidence.problem.leaves[evidence.leader] == "a"
    belief = believe(evidence, "b")
    assert belief.distance == pytest.approx(brute_force(case, "b"), rel=2e-4)
    a, b = put_back(case, belief)
    assert a == pytest.approx(b, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_the_list_put_back_makes_it_lead_and_no_random_change_is_shorter(seed: int) -> None:
    case = random_case(seed, indicators=7, groups=1, unknown=0)
    evidence = Evidence.of(case)
    problem, moved = evidence.problem, Moved.of(evidence.problem.statements)
    rng = np.random.default_rng(seed)
    for h in np.argsort(-evidence.log_scores)[1:3]:
        belief = believe(evidence, problem.leaves[h])
        if belief.distance is None:
            continue
        answer = put_back(case, belief)
        assert answer[h] == pytest.approx(answer.max(), abs=1e-6)
        assert belief.changes_distance is not None
        assert belief.distance <= belief.changes_distance + 1e-6
        length = np.sqrt(sum(change.deviations**2 for change in belief.changes))
        assert belief.changes_distance == pytest.approx(length)
        near = np.zeros(len(problem.statements))
        keys = [
            (problem.indicators[i], n) for i, n in zip(problem.statement_indicator, problem.statement_node, strict=True)
        ]
        for change in belief.changes:
            near[keys.index((change.indicator, change.node))] = change.deviations
        for spread in (0.1, 0.3, 1.0, 3.0):
            u = (near + spread * np.linalg.norm(near) * rng.normal(size=len(near)) / np.sqrt(len(near))) * (
                moved.deviation > 0
            )
            u *= 0.995 * belief.distance / np.linalg.norm(u)
            leaves = answer_exactly(moved.problem(problem, u)).leaves
            assert leaves[h] < leaves.max()


def test_a_node_is_served_by_its_best_leaf() -> None:
    case = random_case(5, indicators=6, groups=0, unknown=0)
    evidence = Evidence.of(case)
    for node in case.nodes:
        inside = [leaf.name for leaf in node.walk() if not leaf.children]
        belief = believe(evidence, node.name)
        if evidence.problem.leaves[evidence.leader] in inside:
            assert (belief.distance, belief.changes) == (0.0, ())
        elif len(inside) > 1 and belief.distance is not None:
            assert belief.leaf in inside


def test_what_is_certain_cannot_be_moved() -> None:
    case = two_dimensional(Beta(8, 4), Beta(9, 3))
    sure = {
        name: replace(i, likelihood={n: Judgement(Point(j.mean), "x") for n, j in i.likelihood.items()})
        for name, i in case.indicators.items()
    }
    belief = believe(Evidence.of(replace(case, indicators=sure)), "b")
    assert not belief.is_possible
    assert belief.distance is None
    assert belief.leaf is None


def test_what_reliability_bounds_is_out_of_reach() -> None:
    tops = (Hypothesis("a", "A", 1000.0, 10.0), Hypothesis("b", "B", 1.0, 10.0))
    case = replace(two_dimensional(Beta(8, 4), Beta(9, 3), reliability=0.6), hypotheses=tops)
    assert believe(Evidence.of(case), "b").distance is None


def test_least_distance_against_a_general_solver() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        rows, least = rng.normal(size=(4, 6)), rng.normal(size=4)
        solved = least_distance(rows, least)
        assert solved is not None
        u, multipliers = solved
        assert (rows @ u >= least - 1e-8).all()
        assert (multipliers >= 0).all()
        assert u == pytest.approx(rows.T @ multipliers)
        assert float(multipliers @ (rows @ u - least)) == pytest.approx(0, abs=1e-8)
    assert least_distance(np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([1.0, 1.0])) is None
    assert least_distance(np.zeros((1, 2)), np.array([1.0])) is None


def test_deviation_is_that_of_the_log_odds() -> None:
    moved = Moved.of(problem_of(two_dimensional(Beta(8, 4), Beta(9, 3))).statements)
    draws = special.logit(np.random.default_rng(0).beta(8, 4, 100_000))
    assert moved.deviation[0] == pytest.approx(draws.std(), rel=0.02)
    assert moved.deviation[1] == 0
