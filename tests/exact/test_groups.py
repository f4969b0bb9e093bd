"""Group integrals against closed forms and against finer rules."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from making import case_of, indicator, leaf
from oracle import beta_nodes
from scipy import special
from scipy.stats import multivariate_normal

from falseflag.distributions import Beta, Distribution, Point
from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import GroupIntegral, group_log_likelihood
from falseflag.problem import problem_of


def group(values: list[tuple[Distribution, bool]], correlation: Distribution, reliability: float = 1.0) -> GroupProblem:
    members = [
        indicator(f"i{k}", {"others": value}, observed=seen, reliability=reliability)
        for k, (value, seen) in enumerate(values)
    ]
    case = case_of((leaf("a"), leaf("b")), members, {"g": ([m.name for m in members], correlation)})
    return GroupProblem.of(problem_of(case), 0)


SHAPES = [(2, 5), (0.5, 20), (0.5, 0.5), (30, 2), (0.05, 3), (300, 500), (1e4, 1e5), (0.005, 0.2), (3, 0.01)]
CORRELATIONS = [1e-9, 0.1, 0.5, 0.9, 0.99, 0.999, 0.999999]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seen", [True, False])
def test_one_member_averages_back_to_the_elicited_mean(shape: tuple[float, float], seen: bool) -> None:  # noqa: FBT001
    mean = shape[0] / sum(shape) if seen else shape[1] / sum(shape)
    for correlation in CORRELATIONS:
        one = group([(Beta(*shape), seen)], Point(correlation))
        integral = GroupIntegral.of(one, np.sqrt([correlation]), np.sqrt([1 - correlation])).log_likelihood[0, 0]
        assert np.exp(integral) == pytest.approx(mean, rel=1e-7)


@pytest.mark.parametrize("correlation", [0.05, 0.5, 0.9, 0.99, 0.999])
def test_two_points_are_a_bivariate_normal_probability(correlation: float) -> None:
    pairs = [(0.3, 0.3), (0.1, 0.6), (0.02, 0.03), (1e-4, 2e-4), (0.5, 0.95)]
    for (one, other), signs in itertools.product(pairs, [(1, 1), (1, -1), (-1, -1)]):
        cross = correlation * signs[0] * signs[1]
        limits = np.array(signs) * special.ndtri([one, other])
        expected = multivariate_normal(cov=[[1, cross], [cross, 1]]).cdf(limits)
        both = group([(Point(one), signs[0] > 0), (Point(other), signs[1] > 0)], Point(correlation))
        assert np.exp(group_log_likelihood(both)[0]) == pytest.approx(expected, abs=1e-9)


def test_far_tails_keep_their_relative_accuracy() -> None:
    rare = group([(Point(1e-6), True)] * 8, Point(0.1))
    z = np.arange(-40, 40, 0.002)
    inside = special.log_ndtr((special.ndtri(1e-6) + np.sqrt(0.1) * z) / np.sqrt(0.9)) * 8 - z**2 / 2
    expected = special.logsumexp(inside) + np.log(0.002 / np.sqrt(2 * np.pi))
    assert group_log_likelihood(rare)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("correlation", [Beta(6, 4), Beta(60, 1.9), Beta(2, 0.7), Beta(0.5, 3), Beta(200, 300)])
def test_an_uncertain_correlation_is_an_average_over_points(correlation: Beta) -> None:
    values: list[tuple[Distribution, bool]] = [(Beta(2, 5), True), (Beta(5, 3), False), (Point(0.4), True)]
    # In t with ρ = 1 - t², in which the likelihood is smooth at both ends.
    u, w = np.polynomial.legendre.leggauss(80)
    quantile = special.betaincinv(correlation.beta, correlation.alpha, ((u + 1) / 2) ** 2)
    weight = w * (u + 1) / 2
    points = [group_log_likelihood(group(values, Point(float(1 - q)), 0.9))[0] for q in quantile]
    got = np.exp(group_log_likelihood(group(values, correlation, 0.9))[0])
    assert got == pytest.approx(np.exp(points) @ weight, rel=2e-5)


@pytest.mark.parametrize("correlation", [0.2, 0.5, 0.9])
def test_many_members_are_integrated_as_well_as_few(correlation: float) -> None:
    values: list[tuple[Distribution, bool]] = [(Beta(2 + k % 5, 4), k % 3 > 0) for k in range(60)]
    many = group(values, Point(correlation))
    z = np.arange(-6, 6, 0.01)
    total = -(z**2) / 2 + np.log(0.01 / np.sqrt(2 * np.pi))
    for value, seen in values:
        theta, weight = np.array(beta_nodes(value, 120)).T
        scaled = (special.ndtri(theta)[:, None] + np.sqrt(correlation) * z) / np.sqrt(1 - correlation)
        total += np.log(weight @ special.ndtr(scaled if seen else -scaled))
    assert group_log_likelihood(many)[0] == pytest.approx(special.logsumexp(total), abs=1e-7)
