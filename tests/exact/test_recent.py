"""Keeping what was computed lately changes no bit of an answer, and stays within its bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import random_case

from falseflag.exact import groups
from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import INTEGRALS, LIKELIHOODS, GroupIntegral
from falseflag.exact.posterior import answer_exactly
from falseflag.exact.recent import Recent
from falseflag.problem import UNKNOWN, Floats, Problem, problem_of


def forget() -> None:
    INTEGRALS.clear()
    LIKELIHOODS.clear()


def edits(problem: Problem, rng: np.random.Generator) -> list[Problem]:
    observed = problem.observed.copy()
    observed[rng.integers(len(observed))] = UNKNOWN
    correlation = replace(problem.correlation, point=problem.correlation.point * 0.9)
    return [problem, replace(problem, observed=observed), replace(problem, correlation=correlation), problem]


@pytest.mark.parametrize("seed", range(4))
def test_random_cases_and_edits(seed: int) -> None:
    versions = edits(problem_of(random_case(seed)), np.random.default_rng(seed))
    after_others = [answer_exactly(version).nodes for version in versions]
    for version, found in zip(versions, after_others, strict=True):
        forget()
        assert np.allclose(answer_exactly(version).nodes, found)


def test_only_groups_that_changed_are_integrated(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = next(p for p in (problem_of(random_case(s)) for s in range(99)) if len(p.members(0)) > 1)
    integrated: list[GroupProblem] = []
    original = GroupIntegral.of

    def counted(group: GroupProblem, root: Floats, t: Floats) -> GroupIntegral:
        integrated.append(group)
        return original(group, root, t)

    forget()
    monkeypatch.setattr(groups.GroupIntegral, "of", counted)
    answer_exactly(problem)
    first = len(integrated)
    branching = replace(problem.branchings[0], concentration=problem.branchings[0].concentration * 2)
    answer_exactly(replace(problem, branchings=(branching, *problem.branchings[1:])))
    assert first == len(integrated) > 0
    answer_exactly(replace(problem, reliability=replace(problem.reliability, point=problem.reliability.point * 0.99)))
    assert len(integrated) > first


def test_what_was_not_asked_for_longest_goes_first() -> None:
    recent = Recent[str, list[int]](3, len)
    asked = []

    def compute(key: str) -> list[int]:
        asked.append(key)
        return [0]

    for key in "abcadb":
        recent.get(key, lambda key=key: compute(key))  # type: ignore[misc]
    assert asked == ["a", "b", "c", "d", "b"]
    assert recent.get("large", lambda: [0] * 9) == [0] * 9
    recent.get("large", lambda: compute("large"))
    assert asked[-1] == "large"
