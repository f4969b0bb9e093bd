"""Bounds over a class of priors against all its vertices and against random priors within it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from random_cases import random_case

from falseflag.inference.draws import normalise
from falseflag.explain.bounds import bounds
from falseflag.explain.evidence import Evidence
from falseflag.problem import Floats


def leaves_at(evidence: Evidence, factor: Floats) -> Floats:
    """Answer with every node's weight times a factor."""
    problem = evidence.problem
    changed = replace(
        problem,
        branchings=tuple(replace(b, concentration=b.concentration * factor[b.children]) for b in problem.branchings),
    )
    return normalise(changed.log_prior + evidence.log_likelihoods.sum(axis=0))


@pytest.mark.parametrize("seed", [0, 1, 2, 6, 9])
@pytest.mark.parametrize("c", [2.0, 10.0])
def test_bounds_are_the_extremes_over_all_vertices(seed: int, c: float) -> None:
    evidence = Evidence.of(random_case(seed, depth=3, indicators=5, groups=0))
    count = len(evidence.problem.nodes)
    found = bounds(evidence, [c])[0]
    below = evidence.problem.membership.astype(float)
    leaves = [leaves_at(evidence, c ** np.array(signs)) for signs in product([-1.0, 1.0], repeat=count)]
    answers = np.array(leaves) @ below.T
    for v, name in enumerate(evidence.problem.nodes):
        low, high = found.nodes[name]
        assert low == pytest.approx(answers[:, v].min(), rel=1e-9)
        assert high == pytest.approx(answers[:, v].max(), rel=1e-9)
    leads = [x[evidence.leader] == x.max() for x in leaves]
    assert found.leader_holds == all(leads)


@pytest.mark.parametrize("seed", range(6))
def test_no_prior_within_the_class_goes_beyond(seed: int) -> None:
    evidence = Evidence.of(random_case(seed))
    rng = np.random.default_rng(seed)
    for row in bounds(evidence):
        for _ in range(50):
            factor = row.factor ** rng.uniform(-1, 1, len(evidence.problem.nodes))
            answer = evidence.problem.membership.astype(float) @ leaves_at(evidence, factor)
            for name, value in zip(evidence.problem.nodes, answer, strict=True):
                assert row.nodes[name][0] - 1e-12 <= value <= row.nodes[name][1] + 1e-12


def test_a_factor_of_one_is_the_answer() -> None:
    evidence = Evidence.of(random_case(2))
    row = bounds(evidence, [1.0])[0]
    for name, value in evidence.nodes(evidence.log_scores).items():
        assert row.nodes[name] == pytest.approx((value, value))
    assert row.leader_holds
