"""Every check passes what it should and fails what it must."""

from __future__ import annotations

import numpy as np
import pytest
from making import case_of, leaf

from falseflag.checks.agreement import check_agreement, standard_error
from falseflag.checks.completeness import check_completeness
from falseflag.checks.convergence import EFFECTIVE_LIMIT, R_HAT_LIMIT, check_convergence
from falseflag.checks.divergences import check_divergences
from falseflag.checks.independent import check_independent
from falseflag.checks.statistics import mcse_of_mean
from falseflag.problem import problem_of

ASKED = (4, 500)


@pytest.fixture
def draws() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {"probability": rng.random((*ASKED, 3)), "log_likelihood": rng.random(ASKED)}


def verdicts(draws: dict[str, np.ndarray]) -> dict[str, bool]:
    return {check.name: check.passed for check in check_convergence(draws)}


def test_good_draws_pass(draws: dict[str, np.ndarray]) -> None:
    assert check_completeness(draws, ASKED).passed
    assert all(verdicts(draws).values())


def test_nan_padded_draws_fail(draws: dict[str, np.ndarray]) -> None:
    draws["probability"][2, 300:] = np.nan
    check = check_completeness(draws, ASKED)
    assert not check.passed
    assert check.value == 1800


def test_too_few_draws_or_chains_fail(draws: dict[str, np.ndarray]) -> None:
    assert not check_completeness(draws, (4, 501)).passed
    assert not check_completeness({name: values[:1] for name, values in draws.items()}, ASKED).passed


def test_a_stuck_chain_fails(draws: dict[str, np.ndarray]) -> None:
    draws["probability"][1] = draws["probability"][1, 0]
    found = verdicts(draws)
    assert not found["r_hat"]
    assert not found["ess_bulk"]


def test_a_chain_elsewhere_fails(draws: dict[str, np.ndarray]) -> None:
    draws["log_likelihood"][3] += 0.4
    assert not verdicts(draws)["r_hat"]


def test_slow_draws_fail() -> None:
    steps = np.random.default_rng(2).normal(size=(*ASKED, 1))
    walk = np.zeros_like(steps)
    for k in range(1, ASKED[1]):
        walk[:, k] = 0.97 * walk[:, k - 1] + steps[:, k]
    assert not verdicts({"probability": walk})["ess_bulk"]


def test_the_limits_are_those_of_the_literature() -> None:
    """Vehtari et al. 2021 (Rank-normalization, folding, and localization): 1.01, and 100 for each of four chains."""
    assert (R_HAT_LIMIT, EFFECTIVE_LIMIT) == (1.01, 400)


def test_slow_tails_fail_although_the_bulk_moves() -> None:
    """The sign is drawn anew at every step, the size hardly moves: the mean is known well, the tails are not."""
    rng = np.random.default_rng(4)
    steps = rng.normal(size=(*ASKED, 1))
    size = np.zeros_like(steps)
    for k in range(1, ASKED[1]):
        size[:, k] = 0.95 * size[:, k - 1] + steps[:, k]
    found = verdicts({"probability": rng.choice([-1.0, 1.0], size.shape) * np.exp(size)})
    assert found["ess_bulk"]
    assert not found["ess_tail"]


def test_constants_are_left_out(draws: dict[str, np.ndarray]) -> None:
    draws["reliability"] = np.full((*ASKED, 2), 0.85)
    assert all(verdicts(draws).values())
    assert (mcse_of_mean(draws["reliability"]) == 0).all()


def test_one_divergence_fails() -> None:
    diverging = np.zeros(ASKED, dtype=bool)
    assert check_divergences(diverging).passed
    diverging[0, 7] = True
    assert not check_divergences(diverging).passed


def test_engines_apart_fail() -> None:
    exact, error = np.array([0.3, 0.7]), np.array([0.01, 0.01])
    assert check_agreement(exact + 0.02, error, exact, ["a", "b"]).passed
    assert not check_agreement(exact + np.array([0, 0.05]), error, exact, ["a", "b"]).passed


def test_certain_answers_may_not_differ_at_all() -> None:
    exact = np.array([1.0, 0.0])
    assert check_agreement(exact, np.zeros(2), exact, ["a", "b"]).passed
    assert not check_agreement(exact + np.array([-1e-5, 1e-5]), np.zeros(2), exact, ["a", "b"]).passed


def test_an_unknown_estimate_fails() -> None:
    assert not check_agreement(np.array([np.nan]), np.array([0.1]), np.array([0.5]), ["a"]).passed


def test_one_rare_draw_is_no_disagreement_but_many_are() -> None:
    problem = problem_of(case_of([leaf("a"), leaf("b")]))
    for rare, sound in ((0, True), (1, True), (30, False)):
        p = np.where(np.arange(4000) < rare, 0.99, 1e-6)
        checks = check_independent(np.column_stack([p, 1 - p]), np.array([1e-4, 1 - 1e-4]), problem)
        assert all(check.passed for check in checks) == sound


def test_common_probabilities_keep_their_own_error() -> None:
    error, exact = np.array([0.001, 0.001]), np.array([0.2, 0.8])
    assert np.array_equal(standard_error(error, exact, 4000), error)


def test_independent_draws_are_held_against_quadrature() -> None:
    problem = problem_of(case_of([leaf("a"), leaf("b")]))
    p = np.random.default_rng(3).beta(3, 7, 4000)
    draws = np.column_stack([p, 1 - p])
    assert all(check.passed for check in check_independent(draws, np.array([0.3, 0.7]), problem))
    wrong = check_independent(draws, np.array([0.4, 0.6]), problem)
    assert [check.name for check in wrong if not check.passed] == ["agreement"]
    draws[5] = np.nan
    assert [check.passed for check in check_independent(draws, np.array([0.3, 0.7]), problem)] == [False]
