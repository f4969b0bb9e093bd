"""The arrays behind the PyMC model, against loops over the case."""

from __future__ import annotations

import numpy as np
import pytest
from making import random_case

from falseflag.nuts.arrays import numbers_of, patterns_of, statements_alone, sticks_of
from falseflag.nuts.layout import pack, slices
from falseflag.problem import Problem, problem_of


@pytest.fixture(params=range(6))
def problem(request: pytest.FixtureRequest) -> Problem:
    return problem_of(random_case(request.param))


def test_packed_numbers_are_found_again(problem: Problem) -> None:
    numbers = numbers_of(problem)
    packed, taken = pack(numbers), slices(numbers)
    *fixed, last = numbers.values()
    assert all(np.allclose(packed[part], values) for part, values in zip(taken, fixed, strict=True))
    assert np.allclose(packed[taken[-1].stop :], last)
    assert packed[0] == len(last)


def test_sticks_give_weights_that_add_up_and_have_the_elicited_means(problem: Problem) -> None:
    sticks = sticks_of(problem)
    mean = sticks.alpha / (sticks.alpha + sticks.beta)
    weight = np.exp(np.log(mean) @ sticks.to_node + np.log1p(-mean) @ sticks.rest_to_node)
    assert np.allclose(weight, problem.node_mean)  # means of independent sticks multiply


def test_patterns_multiply_each_leafs_own_statements(problem: Problem) -> None:
    patterns = patterns_of(problem)
    for group, of_leaf in enumerate(patterns.of_leaf):
        for leaf, pattern in enumerate(of_leaf):
            used = patterns.statements[patterns.factor[patterns.row == pattern]]
            assert sorted(used) == sorted(problem.statement_of[problem.group_of == group, leaf])


def test_ungrouped_statements_are_those_that_the_leaves_take(problem: Problem) -> None:
    alone, taken = statements_alone(problem)
    assert np.array_equal(alone[taken], problem.statement_of[problem.group_of < 0])
