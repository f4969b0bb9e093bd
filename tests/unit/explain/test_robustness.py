"""Prior bounds against all vertices, dependence and staging against the case answered so, and cases that are hard."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from oracle.random_cases import draw
from small_cases import case_of, indicator, tops, two

from falseflag.case.edit import edited
from falseflag.case.loader import load
from falseflag.case.model import Case, Hypothesis
from falseflag.distributions import Beta, Judgement, Point
from falseflag.errors import RequestError
from falseflag.explain.analysis import Analysis
from falseflag.explain.prior_bounds import prior_bounds
from falseflag.explain.robustness import FULL, dependence, robust
from falseflag.explain.tipping import leader_of
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

KREMLIN = Path(__file__).parents[3] / "priors" / "kremlin.yaml"


def exact_of(case: Case) -> ExactPosterior:
    return ExactPosterior.of(problem_of(case))


def nodes_of(case: Case) -> dict[str, float]:
    exact = exact_of(case)
    return dict(zip(exact.problem.nodes, exact.nodes.tolist(), strict=True))


def weighed(case: Case, factor: dict[str, float]) -> Case:
    def again(node: Hypothesis) -> Hypothesis:
        children = tuple(again(child) for child in node.children)
        return replace(node, weight=node.weight * factor[node.name], children=children)

    return replace(case, hypotheses=tuple(again(top) for top in case.hypotheses))


@pytest.mark.parametrize("seed", [0, 4, 5, 9])
def test_bounds_are_the_extremes_over_all_vertices(seed: int) -> None:
    case = draw(seed).case
    names = [node.name for node in case.nodes]
    if len(names) > 8:
        pytest.skip("too many vertices")
    exact = exact_of(case)
    (found,) = prior_bounds(exact, [3.0])
    answers = [
        nodes_of(weighed(case, dict(zip(names, 3.0 ** np.array(signs), strict=True))))
        for signs in product([-1.0, 1.0], repeat=len(names))
    ]
    for name in names:
        values = [answer[name] for answer in answers]
        assert found.nodes[name] == pytest.approx((min(values), max(values)), rel=1e-7)
    leaves = exact.problem.leaves
    leader = leaves[int(np.argmax(exact.leaves))]
    assert found.leader_holds == all(answer[leader] >= max(answer[leaf] for leaf in leaves) for answer in answers)


def test_a_factor_of_one_is_the_answer() -> None:
    case = draw(3).case
    (row,) = prior_bounds(exact_of(case), [1.0])
    for name, value in nodes_of(case).items():
        assert row.nodes[name] == pytest.approx((value, value))
    assert row.leader_holds


def test_dependence_is_the_case_with_its_correlations_so() -> None:
    case = load(KREMLIN)
    found = dependence(exact_of(case))
    for answer, rho in ((found.none, 0.0), (found.full, FULL)):
        held = Judgement(Point(rho), "x")
        groups = {
            name: replace(group, correlation=dict.fromkeys(group.correlation, held))
            for name, group in case.groups.items()
        }
        assert answer == pytest.approx(nodes_of(replace(case, groups=groups)), abs=1e-6)
    assert found.as_written == pytest.approx(nodes_of(case))


def test_the_default_case() -> None:
    case = load(KREMLIN)
    found = robust(Analysis.of(case), case)
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(content) == {
        "leader", "tipping", "believe", "dependence", "bounds", "deceiver", "surprise", "sound", "checks", "sentences"
    }  # fmt: skip
    assert len(found.sentences) >= 5
    staged = edited(case, {("deception", "false_flag", "attempt"): 1e-12})
    assert found.deceiver is not None
    assert found.deceiver.none == pytest.approx(nodes_of(staged), abs=1e-6)
    perfect: dict[tuple[str, ...], float] = {("deception", "false_flag", "attempt"): 1 - 1e-12}
    perfect |= {("deception", "false_flag", "reach", name): 1 - 1e-12 for name in case.deception["false_flag"].reach}
    assert found.deceiver.perfect == pytest.approx(nodes_of(edited(case, dict(perfect))), abs=1e-6)
    assert 0 <= found.surprise.p <= 1


def test_what_is_to_lead_is_a_hypothesis() -> None:
    case = two(3, 4)
    analysis = Analysis.of(case)
    assert robust(analysis, case, "b").believe.node == "b"
    with pytest.raises(RequestError, match="There is no hypothesis"):
        robust(analysis, case, "c")


def test_two_levels_without_any_indicator() -> None:
    tree = (
        Hypothesis("a", "A", 1, 10, (Hypothesis("a.x", "X", 1, 10), Hypothesis("a.y", "Y", 1, 10))),
        Hypothesis("b", "B", 1, 10, (Hypothesis("b.x", "X", 1, 10), Hypothesis("b.y", "Y", 3, 10))),
    )
    case = case_of(tree, [])
    found = robust(Analysis.of(case), case)
    assert found.leader == "b.y"
    assert found.believe.distance is None
    assert len(found.tipping) == 6


def test_a_rival_of_next_to_no_prior_weight_is_not_offered_as_what_tips() -> None:
    made = [indicator("i", {"a": Beta(18, 2), "others": Beta(2, 18)})]
    case = case_of(tops(a=1, b=1e-41), made)
    found = robust(Analysis.of(case), case)
    assert all(row.tips_at is None for row in found.tipping)
    assert found.sentences[0] == "No change of a single judgement would take the lead from “A”."


def test_the_leader_is_the_first_of_those_that_are_level() -> None:
    assert leader_of(np.log(np.array([0.2, 0.4, 0.4 * (1 + 1e-13)]))) == 1
