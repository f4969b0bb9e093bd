"""Made-up incidents have the frequencies that the definition gives; the likelihood at known φ is the definition's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import case_of, indicator, inner, leaf, random_case
from oracle import group_likelihood, prior_means, statement_key
from scipy import special
from scipy.stats import multivariate_normal

from falseflag.calibrate.definition import log_likelihood, log_prior
from falseflag.calibrate.incident import Parameters, make_up, statement_for, statements
from falseflag.case.model import Case
from falseflag.distributions import Beta, Point
from falseflag.exact.draws import draw_prior
from falseflag.exact.likelihood import log_scores
from falseflag.problem import problem_of

MANY = 4000


@pytest.fixture(scope="module")
def case() -> Case:
    tree = [inner("a", [leaf("a.x", 2.0), leaf("a.y")], 2.0, strength=3.0), leaf("b", 1.5), leaf("c", 0.5)]
    members = [
        indicator("i", {"a": Beta(6, 2), "others": Beta(2, 5)}, reliability=Beta(17, 3)),
        indicator("j", {"a.y": 0.9, "others": Beta(3, 3)}, observed=False, reliability=0.9),
        indicator("k", {"others": 0.4, "c": Beta(4, 1)}),
        indicator("quiet", {"others": 0.5}, observed=None),
    ]
    return case_of(tree, members, {"g": (("i", "j"), Beta(12, 3))}, strength=4.0)


def test_truths_are_as_frequent_as_the_prior_says(case: Case) -> None:
    rng = np.random.default_rng(5)
    truths = [make_up(case, rng).truth for _ in range(MANY)]
    for name, p in prior_means(case).items():
        assert abs(truths.count(name) / MANY - p) < 4 * np.sqrt(p * (1 - p) / MANY)


def test_reports_of_a_group_are_as_frequent_as_quadrature_says(case: Case) -> None:
    """Every pattern of reports in the group, and the ungrouped report, at each truth."""
    rng = np.random.default_rng(6)
    made = [make_up(case, rng) for _ in range(MANY)]
    members = [case.indicators[name] for name in ("i", "j")]
    for truth in prior_means(case):
        rows = [incident.reports for incident in made if incident.truth == truth]
        for pattern in ((True, True), (True, False), (False, True), (False, False)):
            told = [replace(m, observed=seen) for m, seen in zip(members, pattern, strict=True)]
            p = group_likelihood(told, truth, Beta(12, 3))
            share = np.mean([(row["i"], row["j"]) == pattern for row in rows])
            assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / len(rows))
        p = case.indicators["k"].likelihood["c" if truth == "c" else "others"].mean
        assert abs(np.mean([row["k"] for row in rows]) - p) < 4 * np.sqrt(p * (1 - p) / len(rows))


def test_what_is_unknown_stays_so(case: Case) -> None:
    incident = make_up(case, np.random.default_rng(7))
    assert list(incident.reports) == ["i", "j", "k"]
    told = incident.reported_in(case)
    assert told.indicators["quiet"].observed is None
    assert {name: told.indicators[name].observed for name in incident.reports} == incident.reports


def test_the_same_numbers_make_up_the_same_incident(case: Case) -> None:
    one, other = (make_up(case, np.random.default_rng(8)) for _ in range(2))
    assert one.reports == other.reports
    assert np.allclose(one.parameters.theta, other.parameters.theta)


def test_leaves_take_the_nearest_statement() -> None:
    for seed in range(5):
        case = random_case(seed)
        for node in case.leaves:
            for i in case.indicators.values():
                assert statement_for(i, node.name) == (i.name, statement_key(i, node.name))


def of_prior(case: Case, draws: int, seed: int) -> Parameters:
    drawn = draw_prior(problem_of(case), np.random.default_rng(seed), draws)
    return Parameters(drawn.node_weight, drawn.theta, drawn.reliability, drawn.correlation)


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9, 0.99])
def test_a_pair_is_a_bivariate_normal_probability(correlation: float) -> None:
    values = {"x": 0.3, "y": 0.85}
    members = [indicator(name, {"others": value}) for name, value in values.items()]
    pair = case_of([leaf("a"), leaf("b")], members, {"g": (("x", "y"), Point(correlation))})
    found = log_likelihood(pair, {"x": True, "y": False}, of_prior(pair, 2, 1))
    corner = multivariate_normal(cov=[[1, -correlation], [-correlation, 1]])
    expected = corner.cdf(special.ndtri([0.3, 0.15]))
    assert np.exp(found) == pytest.approx(expected, abs=1e-7)


def test_two_readings_of_the_definition_agree() -> None:
    """What calibration takes for the truth, and the engine's own likelihood at the same parameters."""
    for seed in range(4):
        case = random_case(seed)
        problem, parameters = problem_of(case), of_prior(case, 50, seed)
        reports = {name: bool(i.observed) for name, i in case.indicators.items() if i.observed is not None}
        theirs = log_scores(problem, parameters.theta, parameters.reliability, parameters.correlation)
        assert np.abs(log_likelihood(case, reports, parameters) - theirs).max() < 2e-3  # theirs serves for draws
        assert np.exp(log_prior(case, parameters)) == pytest.approx(
            draw_prior(problem, np.random.default_rng(seed), 50).prior, rel=1e-9
        )


def test_an_average_over_the_prior_is_the_marginal_probability(case: Case) -> None:
    parameters, reports = of_prior(case, 4000, 9), {"i": True, "j": False}
    likelihood = np.exp(log_likelihood(case, reports, parameters))
    members = [replace(case.indicators[name], observed=seen) for name, seen in reports.items()]
    for column, node in enumerate(case.leaves):
        error = likelihood[:, column].std() / np.sqrt(len(likelihood))
        assert abs(likelihood[:, column].mean() - group_likelihood(members, node.name, Beta(12, 3))) < 4 * error


def test_statements_are_named_in_the_problems_order() -> None:
    case = random_case(3)
    assert tuple(f"{i} | {node}" for i, node in statements(case)) == problem_of(case).statement_names
