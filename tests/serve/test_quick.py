"""Keeping groups from save to save changes no bit of the answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import random_case

from falseflag.exact import posterior
from falseflag.exact.groups import GroupProblem, group_log_likelihood
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import UNKNOWN, Floats, Problem, problem_of
from falseflag.serve.quick import Quick


def assert_same(quick: Quick, problem: Problem) -> None:
    expected, found = answer_exactly(problem), quick.answer(problem)
    assert [(f.name, f.is_group) for f in found.factors] == [(f.name, f.is_group) for f in expected.factors]
    assert np.array_equal(found.nodes, expected.nodes)


def edits(problem: Problem, rng: np.random.Generator) -> list[Problem]:
    observed = problem.observed.copy()
    observed[rng.integers(len(observed))] = UNKNOWN
    correlation = replace(problem.correlation, point=problem.correlation.point * 0.9)
    return [problem, replace(problem, observed=observed), replace(problem, correlation=correlation), problem]


@pytest.mark.parametrize("seed", range(8))
def test_random_cases_and_edits(seed: int) -> None:
    quick, rng = Quick(), np.random.default_rng(seed)
    for problem in edits(problem_of(random_case(seed)), rng):
        assert_same(quick, problem)


def test_only_what_changed_is_integrated_and_only_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = next(p for p in (problem_of(random_case(s)) for s in range(99)) if _grouped(p))
    integrated: list[int] = []

    def counted(group: GroupProblem) -> Floats:
        integrated.append(1)
        return group_log_likelihood(group)

    monkeypatch.setattr(posterior, "group_log_likelihood", counted)
    quick = Quick()
    quick.answer(problem)
    first = len(integrated)
    branching = replace(problem.branchings[0], concentration=problem.branchings[0].concentration * 2)
    quick.answer(replace(problem, branchings=(branching, *problem.branchings[1:])))
    assert first == len(integrated) > 0
    assert len(quick._kept) == first


def _grouped(problem: Problem) -> bool:
    return any(len(problem.members(g)) > 1 for g in range(len(problem.groups)))
