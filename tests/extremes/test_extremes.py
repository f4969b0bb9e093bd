"""At the ends of what a case can say: finite, and within the bound of arithmetic in 25 digits."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from making import Distribution, case_of, indicator, leaf
from mpmath import mp

from extremes.cases import contradiction, many_leaves, random_extreme
from extremes.figures import BOUND, errors_of, exact_log_posterior, worst_errors
from extremes.reference import log_posterior
from falseflag.case.conditions import OTHERS
from falseflag.case.model import Case, Report, Source
from falseflag.distributions import Beta, Judgement, Point
from falseflag.inference.result import Answer
from falseflag.sampling import sample
from falseflag.settings import Settings

type Members = list[tuple[Distribution, Distribution, bool]]


def grouped(values: Members, correlation: Distribution) -> Case:
    """Two leaves that differ in every member of one group."""
    members = [indicator(f"i{k}", {"a": one, "b": other}, observed=seen) for k, (one, other, seen) in enumerate(values)]
    names = tuple(member.name for member in members)
    return case_of((leaf("a"), leaf("b", 2.0)), members, {"g": (names, correlation)})


def test_random_extremes_stay_within_the_bound() -> None:
    found = worst_errors(1, seed=103)
    assert found.worst_probability < BOUND
    assert found.worst_log_probability < BOUND


def test_the_reference_would_notice_a_correlation_held_too_low() -> None:
    values: Members = [(Point(0.3), Point(0.7), True), (Point(0.4), Point(0.6), True)]
    near, right = exact_log_posterior(grouped(values, Point(0.8))), log_posterior(grouped(values, Point(0.999)))
    assert abs(np.exp(near["a"]) - np.exp(right["a"])) > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 10, 20])
def test_many_random_extremes_stay_within_the_bound(seed: int) -> None:
    found = worst_errors(10, seed)
    assert found.worst_probability < BOUND
    assert found.worst_log_probability < BOUND


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "correlation"),
    [
        ([(Point(0.3), Point(0.6), True), (Point(0.4), Point(0.7), False)], Beta(6.0, 4.0)),
        ([(Beta(2.0, 5.0), Point(0.5), True), (Point(0.4), Beta(5.0, 3.0), False)], Point(0.9)),
    ],
)
def test_groups_of_uncertain_members_stay_within_the_bound(values: Members, correlation: Distribution) -> None:
    probability, _ = errors_of(grouped(values, correlation))
    assert probability < BOUND


@pytest.mark.parametrize("odds", [1e-9, 1.0, 1e9])
def test_hundreds_of_contradicting_reports_leave_the_prior_odds(odds: float) -> None:
    logs = exact_log_posterior(contradiction(odds))
    assert logs["a"] - logs["b"] == pytest.approx(np.log(odds), abs=1e-8)


def test_overwhelming_evidence_against_overwhelming_odds() -> None:
    case = case_of((leaf("a", 1e9), leaf("b")), [indicator("i", {"a": 1e-6, "b": 1 - 1e-6})])
    logs = exact_log_posterior(case)
    assert logs["a"] - logs["b"] == pytest.approx(np.log(1e9) + np.log(1e-6) - np.log1p(-1e-6), abs=1e-12)


@pytest.mark.parametrize(
    ("reliability", "theta"),
    [(Beta(2.0, 0.05), 1e-6), (Beta(0.5, 0.5), 1 - 1e-6), (Beta(1e6, 1.0), 1e-3), (Beta(1e-3, 1.0), 0.5)],
    ids=str,
)
@pytest.mark.parametrize("reports", [2, 40])
def test_one_source_of_many_reports_is_a_mixture_over_how_many_are_right(
    reliability: Beta, theta: float, reports: int
) -> None:
    """In 25 digits: Σ_n C(m, n) θⁿ (1 − θ)^(m − n) E[r^n (1 − r)^(m − n)], all reports being the same."""
    source = Source("s", "s", reliability={OTHERS: Judgement(reliability, "")})
    made = {
        f"i{k}": replace(indicator(f"i{k}", {"a": theta, "b": 1 - theta}), reports=(Report("s", "present"),))
        for k in range(reports)
    }
    case = replace(case_of((leaf("a"), leaf("b", 2.0)), list(made.values())), sources={"s": source})

    def mixture(p: Any) -> Any:  # noqa: ANN401 (mpmath's numbers are untyped)
        a, b = mp.mpf(reliability.alpha), mp.mpf(reliability.beta)
        moments = [mp.beta(a + n, b + reports - n) / mp.beta(a, b) for n in range(reports + 1)]
        return mp.fsum(mp.binomial(reports, n) * p**n * (1 - p) ** (reports - n) * m for n, m in enumerate(moments))

    with mp.workdps(25):
        a, b = mixture(mp.mpf(theta)), 2 * mixture(mp.mpf(1 - theta))
        expected = {"a": float(mp.log(a / (a + b))), "b": float(mp.log(b / (a + b)))}
    assert exact_log_posterior(case) == pytest.approx(expected, abs=BOUND)


def test_five_hundred_leaves_and_one_that_is_singled_out() -> None:
    case = many_leaves(500)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = sample(case, "exact", Settings(draws=250))
    assert_finite(answer)
    assert answer.leader.name == "h3"
    assert sum(row.posterior for row in answer.rows) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_draws_of_extremes_are_finite_and_pass_or_are_marked(seed: int) -> None:
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise"):
        warnings.simplefilter("error")
        answer = sample(random_extreme(seed), "exact", Settings(draws=500))
    assert_finite(answer)
    assert answer.is_sound, [check.message for check in answer.checks if not check.passed]


@pytest.mark.parametrize("strength", [0.01, 1e6])
@pytest.mark.parametrize("likelihood", [Beta(1e-3, 1.0), Beta(1e6, 1.0), Beta(1e-12, 1e12)], ids=str)
def test_wild_strengths_and_betas_are_finite(strength: float, likelihood: Distribution) -> None:
    made = [indicator("i", {"a": likelihood, "b": 0.5}), indicator("j", {"a": 0.5, "b": likelihood}, observed=False)]
    answer = sample(case_of((leaf("a"), leaf("b")), made, strength=strength), "exact", Settings(draws=500))
    assert_finite(answer)


def assert_finite(answer: Answer) -> None:
    for draws in (answer.draws, answer.prior_draws):
        for name in ("weights", "theta", "reliability", "correlation", "prior", "probability"):
            assert np.isfinite(getattr(draws, name)).all(), name
    assert np.isfinite([[row.prior, row.posterior, *row.interval, row.mcse] for row in answer.rows]).all()
    assert np.allclose(answer.draws.probability.sum(axis=1), 1.0)
