"""Densities of drawn parameters against SciPy's own distributions, one parameter at a time."""

from __future__ import annotations

import numpy as np
import pytest
from making import random_case
from scipy import stats

from falseflag.distributions import Beta
from falseflag.exact.density import log_judgement_density, log_weight_density
from falseflag.exact.draws import draw_prior
from falseflag.problem import problem_of

DRAWS = 5


@pytest.mark.parametrize("seed", range(8))
def test_each_uncertain_judgement_is_counted_once(seed: int) -> None:
    case = random_case(seed)
    problem = problem_of(case)
    draws = draw_prior(problem, np.random.default_rng(seed), DRAWS)
    stated = [
        case.indicators[problem.indicators[i]].likelihood[node].distribution
        for i, node in zip(problem.statement_indicator, problem.statement_node, strict=True)
    ]
    reliable = [case.indicators[name].reliability.distribution for name in problem.indicators]
    related = [case.groups[name].correlation.distribution for name in problem.groups]
    expected = np.zeros(DRAWS)
    for values, drawn in ((stated, draws.theta), (reliable, draws.reliability), (related, draws.correlation)):
        for value, column in zip(values, drawn.T, strict=True):
            if isinstance(value, Beta):
                expected += stats.beta(value.alpha, value.beta).logpdf(column)
    assert log_judgement_density(problem, draws) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_each_branching_is_a_dirichlet(seed: int) -> None:
    problem = problem_of(random_case(seed))
    draws = draw_prior(problem, np.random.default_rng(seed), DRAWS)
    expected = np.zeros(DRAWS)
    for branching in problem.branchings:
        weights = draws.node_weight[:, branching.children]
        expected += [stats.dirichlet(branching.concentration).logpdf(row[:-1] / row.sum()) for row in weights]
    assert log_weight_density(problem, draws) == pytest.approx(expected, rel=1e-6)
