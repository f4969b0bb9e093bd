"""Draws of the posterior against the quadrature, through identities that hold for each leaf that is true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import case_of, indicator, judged, leaf, random_case
from oracle import group_likelihood
from scipy import special

from falseflag.distributions import Beta, Distribution, Point
from falseflag.exact.draws import draw_posterior
from falseflag.exact.group_draws import draw_theta
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import Distributions, problem_of

DRAWS = 20_000


@pytest.mark.parametrize("seed", range(6))
def test_draws_average_to_the_answer(seed: int) -> None:
    problem = problem_of(random_case(seed))
    exact = answer_exactly(problem)
    probability = draw_posterior(problem, exact, np.random.default_rng(seed), DRAWS).probability
    error = probability.std(axis=0) / np.sqrt(DRAWS)
    assert (np.abs(probability.mean(axis=0) - exact.leaves) < 4.5 * error).all()


VALUES: dict[str, Distribution] = {"a": Beta(2, 5), "b": Beta(6, 1.5)}


@pytest.mark.parametrize("correlation", [Beta(6, 4), Beta(1, 1), Beta(40, 2)])
def test_moments_of_a_group_are_ratios_of_likelihoods(correlation: Beta) -> None:
    """E[ρ | x] p(x) is p(x) under a Beta with one more success, times E[ρ]; and so for θ."""
    members = [indicator(name, VALUES, observed=name != "y", reliability=0.9) for name in "xyz"]
    case = case_of((leaf("a", 3.0), leaf("b", 1.0)), members, {"g": (tuple("xyz"), correlation)})
    problem = problem_of(case)
    exact = answer_exactly(problem)
    draws = draw_posterior(problem, exact, np.random.default_rng(1), DRAWS)

    def likelihood(distribution: Distribution, theta: Beta) -> float:
        changed = [replace(members[0], likelihood={**members[0].likelihood, "a": judged(theta)}), *members[1:]]
        leaves = np.array([group_likelihood(changed, name, distribution) for name in "ab"])
        return float(leaves @ problem.prior)

    before, theta = likelihood(correlation, Beta(2, 5)), Beta(3, 5)
    more = Beta(correlation.alpha + 1, correlation.beta)
    expected = {
        "correlation": correlation.mean * likelihood(more, Beta(2, 5)) / before,
        "theta": Beta(2, 5).mean * likelihood(correlation, theta) / before,
    }
    for name, mean in expected.items():
        drawn = getattr(draws, name)[:, 0]
        assert abs(drawn.mean() - mean) < 4 * drawn.std() / np.sqrt(DRAWS), name


@pytest.mark.parametrize(("sign", "shift"), [(1.0, 0.5), (-1.0, 0.5), (1.0, -6.0)])
def test_theta_by_rejection_and_by_inversion(sign: float, shift: float) -> None:
    """The last of these is accepted once in a thousand times."""
    rng, t, value = np.random.default_rng(3), 0.7, Beta(2.0, 3.0)
    many = Distributions.of([value] * DRAWS)
    drawn = draw_theta(
        many, rng.beta(2.0, 3.0, DRAWS), np.full(DRAWS, sign), np.full(DRAWS, shift), np.full(DRAWS, t), rng
    )
    theta = (np.arange(200_000) + 0.5) / 200_000
    density = theta * (1 - theta) ** 2 * special.ndtr(sign * (special.ndtri(theta) + shift) / t)
    mean = (theta * density).sum() / density.sum()
    spread = np.sqrt((theta**2 * density).sum() / density.sum() - mean**2)
    assert abs(drawn.mean() - mean) < 4 * spread / np.sqrt(DRAWS)
    assert drawn.std() == pytest.approx(spread, rel=0.03)


def test_points_stay_where_they_are() -> None:
    members = [indicator(name, {"a": 0.2, "b": 0.7}, reliability=0.8) for name in "xy"]
    problem = problem_of(case_of((leaf("a"), leaf("b")), members, {"g": (("x", "y"), Point(0.6))}))
    draws = draw_posterior(problem, answer_exactly(problem), np.random.default_rng(2), 200)
    for values, drawn in ((problem.statements, draws.theta), (problem.reliability, draws.reliability)):
        assert (drawn == values.point).all()
    assert (draws.correlation == 0.6).all()
