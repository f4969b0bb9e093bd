"""Every check passes what it should and fails what it must."""

from __future__ import annotations

import numpy as np
import pytest

from falseflag.case.conditions import Condition
from falseflag.case.model import Case, Hypothesis, Indicator, Report
from falseflag.distributions import Beta, Judgement
from falseflag.inference.checks import (
    EFFECTIVE_LIMIT,
    R_HAT_LIMIT,
    advice_on,
    check_agreement,
    check_completeness,
    check_convergence,
    check_divergences,
    check_independent,
    check_sampled,
    compared,
    mcse_of_mean,
    standard_error,
)
from falseflag.inference.draws import Draws, draw_prior
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.settings import Settings

ASKED = (4, 500)


def tree(*nodes: Hypothesis, strength: float = 10.0, **indicators: Indicator) -> Case:
    return Case(title="t", hypotheses=nodes, prior_strength=strength, indicators=indicators)


def node(name: str, weight: float, strength: float = 10.0, *children: Hypothesis) -> Hypothesis:
    return Hypothesis(name, name, weight, strength, children)


def fact(name: str, **likelihood: Beta) -> Indicator:
    rows = {Condition("" if key == "others" else key): Judgement(beta, "") for key, beta in likelihood.items()}
    return Indicator(name, name, rows, reports=(Report("", "present"),))


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


def test_a_chain_elsewhere_fails_and_the_message_says_what_that_means(draws: dict[str, np.ndarray]) -> None:
    draws["log_likelihood"][3] += 0.4
    r_hat, *_ = check_convergence(draws)
    assert not r_hat.passed
    assert "more than one mode" in r_hat.message


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
    assert all(verdicts({"reliability": draws["reliability"]}).values())


def test_one_divergence_fails() -> None:
    diverging = np.zeros(ASKED, dtype=bool)
    assert check_divergences(diverging).passed
    diverging[0, 7] = True
    assert not check_divergences(diverging).passed


def test_engines_apart_fail() -> None:
    rng = np.random.default_rng(5)
    p = rng.beta(3, 7, (*ASKED, 1))
    both = np.concatenate([p, 1 - p], axis=2)
    assert check_agreement(both, np.array([0.3, 0.7]), ["a", "b"]).passed
    check = check_agreement(both, np.array([0.35, 0.65]), ["a", "b"])
    assert not check.passed
    assert "at a" in check.message or "at b" in check.message


def test_certain_answers_may_not_differ_at_all() -> None:
    exact = np.array([1.0, 0.0])
    constant = np.broadcast_to(exact, (*ASKED, 2))
    assert check_agreement(constant, exact, ["a", "b"]).passed
    assert not check_agreement(constant + np.array([-1e-5, 1e-5]), exact, ["a", "b"]).passed


def test_an_unknown_estimate_fails() -> None:
    assert not check_agreement(np.full((*ASKED, 1), np.nan), np.array([0.5]), ["a"]).passed


def two(strength: float = 10.0) -> tuple[ExactPosterior, Draws]:
    """A case of two hypotheses without evidence, and as many draws as a run makes by default."""
    problem = problem_of(tree(node("a", 1), node("b", 1), strength=strength))
    return ExactPosterior.of(problem), draw_prior(problem, np.random.default_rng(3), 4000)


def test_independent_draws_are_compared_with_quadrature() -> None:
    exact, draws = two()
    assert all(check.passed for check in check_independent(exact.problem, exact, draws))
    draws.probability[:] = draws.probability * 0.9 + np.array([0.1, 0.0])
    wrong = check_independent(exact.problem, exact, draws)
    assert [check.name for check in wrong if not check.passed] == ["agreement"]
    draws.probability[5] = np.nan
    assert [check.passed for check in check_independent(exact.problem, exact, draws)] == [False]


def test_one_rare_draw_is_no_disagreement_but_many_are() -> None:
    problem = problem_of(tree(node("a", 1), node("b", 9999)))
    exact = ExactPosterior.of(problem)
    draws = draw_prior(problem, np.random.default_rng(3), 4000)
    for rare, sound in ((0, True), (1, True), (30, False)):
        p = np.where(np.arange(4000) < rare, 0.99, 1e-6)
        draws.probability[:] = np.column_stack([p, 1 - p])
        assert all(check.passed for check in check_independent(problem, exact, draws)) == sound


def test_common_probabilities_keep_their_own_error() -> None:
    error, exact = np.array([0.001, 0.001]), np.array([0.2, 0.8])
    assert standard_error(error, exact, 4000) == pytest.approx(error, rel=1e-12)


def test_a_rare_ancestor_raises_no_false_alarm() -> None:
    """A weak branching above a firm one: all below it is nearly constant, but for the rare other branch."""
    firm = [node(f"b.{k}", w) for k, w in enumerate((1, 1, 1))]
    problem = problem_of(tree(node("a", 3), node("b", 1e6, 1e12, *firm), strength=1e-12))
    exact = ExactPosterior.of(problem)
    for seed in range(20):
        draws = draw_posterior(exact, np.random.default_rng(seed), 4000)
        assert all(check.passed for check in check_independent(problem, exact, draws))
        alone = compared(problem, exact, draws)
        error = alone.draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
        missed = np.abs(alone.draws.mean(axis=0) - alone.exact) > 4 * error + 1e-6
        assert missed.any() == (draws.probability[:, 0] < 0.5).all()  # their own spread does not show it
    draws.probability[:] = draws.probability[:, [0, 2, 1, 3]] * np.array([1, 1.01, 0.99, 1])
    assert not all(check.passed for check in check_independent(problem, exact, draws))


def test_what_is_hard_to_sample_is_answered_with_what_to_write() -> None:
    rare = problem_of(tree(node("a", 1), node("b", 2e5), i=fact("i", a=Beta(9, 1), others=Beta(1, 9))))
    assert "'prior_strength: certain'" in advice_on(rare)
    assert advice_on(problem_of(tree(node("a", 1), node("b", 2)))) == ""
    exact = ExactPosterior.of(rare)
    draws = draw_posterior(exact, np.random.default_rng(1), 2000)
    statistics = {"diverging": np.ones(ASKED, dtype=bool), "log_likelihood": np.random.default_rng(2).random(ASKED)}
    checks = check_sampled(rare, exact, draws, statistics, Settings(draws=500))
    assert {check.name: "certain" in check.message for check in checks} == {
        "completeness": False,
        "divergences": True,
        "r_hat": False,
        "ess_bulk": False,
        "ess_tail": False,
        "agreement": False,
    }


def test_every_kind_of_quantity_is_compared() -> None:
    problem = problem_of(tree(node("a", 1), node("b", 2), i=fact("i", a=Beta(9, 1), others=Beta(1, 9))))
    exact = ExactPosterior.of(problem)
    both = compared(problem, exact, draw_posterior(exact, np.random.default_rng(1), 100))
    assert both.names == ("a", "b", "i is present", "i is absent")
    assert both.draws.shape == (100, 4)
    assert both.exact == pytest.approx([both.exact[0], 1 - both.exact[0], 1.0, 0.0], abs=1e-9)
