"""The exact engine in closed form: single reports, groups of two and of many, limits, and what changes nothing."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from commands import GUARD
from making import Distribution, case_of, indicator, inner, leaf, random_case
from oracle.brute_force import BruteForce
from oracle.random_cases import draw
from scipy import special
from scipy.stats import multivariate_normal

from falseflag.arrays import Distributions, Floats
from falseflag.case.conditions import OTHERS
from falseflag.case.model import Case, Circumstance, Hypothesis, Report
from falseflag.distributions import Beta, Judgement, Point
from falseflag.errors import RequestError
from falseflag.inference import draws as inferred
from falseflag.inference.draws import draw_prior, log_scores
from falseflag.inference.exact import factors
from falseflag.inference.exact.draws import draw_posterior, draw_theta
from falseflag.inference.exact.factors import Factors
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of


def answered(case: Case) -> ExactPosterior:
    return ExactPosterior.of(problem_of(case))


def posterior(case: Case) -> dict[str, float]:
    exact = answered(case)
    return dict(zip(exact.problem.leaves, exact.leaves.tolist(), strict=True))


def log_likelihood(case: Case) -> Floats:
    return Factors.of(problem_of(case)).log_likelihood


TWO = (leaf("a", 3.0), leaf("b", 1.0))


def test_bayes_by_hand() -> None:
    case = case_of(TWO, [indicator("i", {"a": 0.2, "b": 0.9}, reliability=0.8)])
    a, b = 0.75 * (0.8 * 0.2 + 0.2 * 0.8), 0.25 * (0.8 * 0.9 + 0.2 * 0.1)
    assert posterior(case)["a"] == pytest.approx(a / (a + b), abs=1e-14)


def test_one_report_never_outweighs_its_reliability() -> None:
    case = case_of((leaf("a"), leaf("b")), [indicator("i", {"a": 1 - 1e-9, "b": 1e-9}, reliability=0.8)])
    odds = posterior(case)["a"] / posterior(case)["b"]
    assert odds == pytest.approx(0.8 / 0.2, rel=1e-6)


def test_contradictory_and_extreme_evidence_stays_finite() -> None:
    hypotheses = (leaf("a", 1e9), leaf("b", 1.0))
    reports = [indicator(f"i{k}", {"a": 1e-6, "b": 1 - 1e-6}) for k in range(200)]
    against = [indicator(f"j{k}", {"a": 1 - 1e-6, "b": 1e-6}) for k in range(200)]
    assert posterior(case_of(hypotheses, reports + against))["a"] == pytest.approx(1 - 1e-9, rel=1e-9)
    assert posterior(case_of(hypotheses, reports))["b"] == pytest.approx(1.0, abs=1e-12)


# Groups


def group(
    values: list[tuple[Distribution, bool]], correlation: Distribution, reliability: float | Distribution = 1.0
) -> Case:
    members = [
        indicator(f"i{k}", {"others": value}, observed=seen, reliability=reliability)
        for k, (value, seen) in enumerate(values)
    ]
    return case_of((leaf("a"), leaf("b")), members, {"g": ([m.name for m in members], correlation)})


SHAPES = [(2, 5), (0.5, 20), (0.5, 0.5), (30, 2), (0.05, 3), (300, 500), (1e4, 1e5), (0.005, 0.2), (3, 0.01)]
CORRELATIONS = [1e-9, 0.1, 0.5, 0.9, 0.99, 0.999, 0.999999]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seen", [True, False])
def test_one_member_averages_back_to_the_elicited_mean(shape: tuple[float, float], seen: bool) -> None:  # noqa: FBT001
    mean = shape[0] / sum(shape) if seen else shape[1] / sum(shape)
    for correlation in CORRELATIONS:
        integral = log_likelihood(group([(Beta(*shape), seen)], Point(correlation)))
        assert np.exp(integral) == pytest.approx(mean, rel=1e-7)


@pytest.mark.parametrize("correlation", [0.05, 0.5, 0.9, 0.99, 0.999, 0.99999])
def test_two_points_are_a_bivariate_normal_probability(correlation: float) -> None:
    pairs = [(0.3, 0.3), (0.1, 0.6), (0.02, 0.03), (1e-4, 2e-4), (0.5, 0.95)]
    for (one, other), signs in itertools.product(pairs, [(1, 1), (1, -1), (-1, -1)]):
        cross = correlation * signs[0] * signs[1]
        limits = np.array(signs) * special.ndtri([one, other])
        expected = multivariate_normal(cov=[[1, cross], [cross, 1]]).cdf(limits)
        both = group([(Point(one), signs[0] > 0), (Point(other), signs[1] > 0)], Point(correlation))
        assert np.exp(log_likelihood(both)) == pytest.approx(expected, abs=1e-9)


def test_far_tails_keep_their_relative_accuracy() -> None:
    rare = group([(Point(1e-6), True)] * 8, Point(0.1))
    z = np.arange(-40, 40, 0.002)
    inside = special.log_ndtr((special.ndtri(1e-6) + np.sqrt(0.1) * z) / np.sqrt(0.9)) * 8 - z**2 / 2
    expected = special.logsumexp(inside) + np.log(0.002 / np.sqrt(2 * np.pi))
    assert log_likelihood(rare) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("correlation", [Beta(6, 4), Beta(60, 1.9), Beta(2, 0.7), Beta(0.5, 3), Beta(200, 300)])
def test_an_uncertain_correlation_is_an_average_over_points(correlation: Beta) -> None:
    values: list[tuple[Distribution, bool]] = [(Beta(2, 5), True), (Beta(5, 3), False), (Point(0.4), True)]
    # In t with ρ = 1 - t², in which the likelihood is smooth at both ends.
    u, w = np.polynomial.legendre.leggauss(80)
    quantile = special.betaincinv(correlation.beta, correlation.alpha, ((u + 1) / 2) ** 2)
    weight = w * (u + 1) / 2
    points = [log_likelihood(group(values, Point(float(1 - q)), 0.9))[0] for q in quantile]
    assert np.exp(log_likelihood(group(values, correlation, 0.9))[0]) == pytest.approx(
        np.exp(points) @ weight, rel=2e-5
    )


@pytest.mark.parametrize("members", [30, 300])
def test_many_equal_steep_members_are_integrated_as_well_as_few(members: int) -> None:
    correlation = 0.99999
    case = group([(Point(0.3), True)] * members, Point(correlation))
    t, root, centre = np.sqrt(1 - correlation), np.sqrt(correlation), special.ndtri(0.3)
    x = np.linspace(-12, 12, 100_001)
    inside = np.exp(members * special.log_ndtr(x) - ((t * x - centre) / root) ** 2 / 2) / np.sqrt(2 * np.pi)
    expected = inside.sum() * (x[1] - x[0]) * t / root + special.ndtr(-(t * 12 - centre) / root)
    assert np.exp(log_likelihood(case)[0]) == pytest.approx(expected, abs=1e-6)


def test_identical_indicators_count_once_as_correlation_goes_to_one() -> None:
    same = {"a": 0.2, "b": 0.7}
    once = posterior(case_of(TWO, [indicator("x", same)]))["a"]
    gaps = []
    for correlation in (0.9, 0.99, 0.9999, 0.999999):
        twice = case_of(TWO, [indicator("x", same), indicator("y", same)], {"g": (("x", "y"), Point(correlation))})
        gaps.append(abs(posterior(twice)["a"] - once))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 1e-3
    # The gap falls as √(1 - ρ), with which two equal thresholds come together.
    assert gaps[-1] == pytest.approx(gaps[-2] / 10, rel=0.05)


# Cases written otherwise

ALIKE = range(1000, 1006)


def reordered(case: Case) -> Case:
    def back[K, T](mapping: dict[K, T]) -> dict[K, T]:
        return dict(reversed(list(mapping.items())))

    indicators = {
        name: replace(i, reports=i.reports[::-1], likelihood=back(dict(i.likelihood)))
        for name, i in back(dict(case.indicators)).items()
    }
    return replace(
        case,
        indicators=indicators,
        sources=back(dict(case.sources)),
        groups=back(dict(case.groups)),
        deception=back(dict(case.deception)),
    )


def with_unknown(case: Case) -> Case:
    unknown = indicator("new", {"others": 0.01, case.leaves[0].name: 0.9}, observed=None)
    return replace(case, indicators={**case.indicators, "new": unknown})


def with_a_coin(case: Case) -> Case:
    """Add a report that is right as often as it is wrong."""
    coin = indicator("new", {"others": 0.01, case.leaves[0].name: 0.9}, reliability=0.5)
    return replace(case, indicators={**case.indicators, "new": coin})


def with_nothing_to_hear(case: Case) -> Case:
    silent = indicator("new", {"others": 0.01, case.leaves[0].name: 0.9}, observed=None)
    silent = replace(silent, detection={OTHERS: Judgement(Point(0.0), "0")})
    return replace(case, indicators={**case.indicators, "new": silent})


def with_an_even_ratio(case: Case) -> Case:
    ratio = replace(indicator("new", {}, observed=None), ratios={OTHERS: Judgement(Point(3.0), "3")})
    return replace(case, indicators={**case.indicators, "new": ratio})


def with_idle_circumstance(case: Case) -> Case:
    row = {OTHERS: Judgement(Beta(2, 3), "")}
    return replace(
        case, circumstances={**case.circumstances, "new": Circumstance("new", "new", {"x": "x", "y": "y"}, row)}
    )


def scaled_weights(case: Case) -> Case:
    def scaled(node: Hypothesis) -> Hypothesis:
        return replace(node, weight=7.5 * node.weight, children=tuple(map(scaled, node.children)))

    return replace(case, hypotheses=tuple(map(scaled, case.hypotheses)))


SAME = (
    reordered,
    with_unknown,
    with_a_coin,
    with_nothing_to_hear,
    with_an_even_ratio,
    with_idle_circumstance,
    scaled_weights,
)


def possible(seed: int) -> Case:
    case = draw(seed).case
    if sum(BruteForce(case).weights) == 0:
        pytest.skip("evidence that is impossible")
    return case


@pytest.mark.parametrize("seed", ALIKE)
@pytest.mark.parametrize("change", SAME)
def test_the_same_case_written_otherwise_has_the_same_answer(change: Callable[[Case], Case], seed: int) -> None:
    case = possible(seed)
    assert posterior(change(case)) == pytest.approx(posterior(case), abs=1e-9)


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_staging_that_cannot_take_is_none(seed: int) -> None:
    case = possible(seed)
    nothing = {n: replace(e, reach={i: Judgement(Point(0.0), "0") for i in e.reach}) for n, e in case.deception.items()}
    expected = posterior(replace(case, deception={}))
    assert posterior(replace(case, deception=nothing)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_no_correlation_and_a_group_of_one_are_no_group(seed: int) -> None:
    case = random_case(seed)
    none = {name: replace(g, correlation={OTHERS: Judgement(Point(0.0), "0")}) for name, g in case.groups.items()}
    one = {name: replace(g, indicators=g.indicators[:1]) for name, g in case.groups.items()}
    expected = posterior(replace(case, groups={}))
    assert posterior(replace(case, groups=none)) == pytest.approx(expected, abs=1e-9)
    assert posterior(replace(case, groups=one)) == pytest.approx(expected, abs=1e-9)


def test_splitting_a_leaf_into_equal_children_changes_no_sum() -> None:
    case = random_case(6)
    name = case.leaves[-1].name

    def split(node: Hypothesis) -> Hypothesis:
        if node.name == name:
            return inner(name, [leaf(f"{name}.x"), leaf(f"{name}.y")], node.weight)
        return replace(node, children=tuple(split(child) for child in node.children))

    divided = replace(case, hypotheses=tuple(split(node) for node in case.hypotheses))
    got, expected = posterior(divided), posterior(case)
    assert got[f"{name}.x"] + got[f"{name}.y"] == pytest.approx(expected[name], abs=1e-12)
    assert all(got[other] == pytest.approx(expected[other], abs=1e-12) for other in expected if other != name)


# Draws


@pytest.mark.parametrize(("sign", "shift"), [(1.0, 0.5), (-1.0, 0.5), (1.0, -6.0)])
def test_theta_by_rejection_and_by_inversion(sign: float, shift: float) -> None:
    """The last of these is accepted once in a thousand times."""
    count = 20_000
    rng, t, value = np.random.default_rng(3), 0.7, Beta(2.0, 3.0)
    many, full = Distributions.of([value] * count), np.ones(count)
    drawn = draw_theta(many, rng.beta(2.0, 3.0, count), sign * full, shift * full, t * full, rng)
    theta = (np.arange(200_000) + 0.5) / 200_000
    density = theta * (1 - theta) ** 2 * special.ndtr(sign * (special.ndtri(theta) + shift) / t)
    mean = (theta * density).sum() / density.sum()
    spread = np.sqrt((theta**2 * density).sum() / density.sum() - mean**2)
    assert abs(drawn.mean() - mean) < 4 * spread / np.sqrt(count)
    assert drawn.std() == pytest.approx(spread, rel=0.03)


def test_points_stay_where_they_are() -> None:
    members = [indicator(name, {"a": 0.2, "b": 0.7}, reliability=0.8) for name in "xy"]
    problem = problem_of(case_of((leaf("a"), leaf("b")), members, {"g": (("x", "y"), Point(0.6))}))
    draws = draw_posterior(ExactPosterior.of(problem), np.random.default_rng(2), 200)
    assert draws.theta[:, :, 0] == pytest.approx(np.tile(problem.statements.fixed[:, 0], (200, 1)))
    assert draws.reliability == pytest.approx(np.tile(problem.reliability.point, (200, 1)))
    assert draws.correlation == pytest.approx(0.6)


# Large groups

NEAR_ONE = Beta(2.05, 0.7)
"""As wide as [0.5, 0.999]: a good part of it lies where a rise in z is narrower than 0.01."""


def points(members: int, leaves: int, correlation: Distribution, count: int = 1) -> Case:
    rng = np.random.default_rng(members)
    made, together = [], {}
    for g in range(count):
        names = [f"i{g}_{k}" for k in range(members)]
        for k, name in enumerate(names):
            values: dict[str, float | Distribution] = {f"h{h}": Point(rng.uniform(0.01, 0.99)) for h in range(leaves)}
            made.append(indicator(name, values, observed=k % 3 > 0, reliability=0.9 if k % 2 else 1.0))
        together[f"g{g}"] = (names, correlation)
    return case_of(tuple(leaf(f"h{h}") for h in range(leaves)), made, together)


def test_blocks_change_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answered(points(4, 6, NEAR_ONE))
    monkeypatch.setattr(factors, "AT_ONCE", 5000)
    assert answered(points(4, 6, NEAR_ONE)).leaves == pytest.approx(whole.leaves, abs=1e-9)


def test_draws_that_are_scored_in_blocks_score_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(points(25, 3, Point(0.95)))
    drawn = draw_prior(problem, np.random.default_rng(3), 20)
    at_once = log_scores(problem, drawn)
    monkeypatch.setattr(inferred, "CACHED", 1000)
    assert log_scores(problem, drawn) == pytest.approx(at_once, abs=1e-9)


def test_what_would_take_hours_is_refused_before_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors.Component, "_laid_out", None)
    with pytest.raises(RequestError, match="at most"):
        answered(points(300, 20, NEAR_ONE))


@pytest.mark.parametrize("count", [1, 2])
def test_an_interrupt_ends_the_scores_of_draws(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of draws more in each thread at the most, of the many there are."""
    problem = problem_of(points(100, 10, Point(0.98), count))
    drawn = draw_prior(problem, np.random.default_rng(5), 2000)
    evaluated: list[int] = []
    ended = threading.Event()

    def product(of: inferred._Group, part: Floats, z: Floats, _ratios: object) -> tuple[Floats, Floats]:
        evaluated.append(len(part))
        if len(evaluated) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        if len(evaluated) >= 3 and threading.current_thread() is not threading.main_thread():
            ended.wait(GUARD)
        shape = (len(part), of.correlation.shape[1])
        return np.ones((*shape, z.shape[-1])), np.zeros(shape)

    monkeypatch.setattr(inferred._Group, "_product", product)
    running = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        log_scores(problem, drawn)
    ended.set()
    for thread in set(threading.enumerate()) - running:
        if thread.ident is not None:  # or the signal came while the pool was about to start it
            thread.join(GUARD)
        assert not thread.is_alive()
    assert len(evaluated) <= 3 + count
    assert sum(evaluated) < 100  # of 2,000 draws in each group


def test_several_reports_that_cannot_be_so_together_are_named() -> None:
    sure = [
        replace(indicator(n, {"others": 1.0}), reports=(Report("", says),))
        for n, says in (("x", "present"), ("y", "absent"))
    ]
    with pytest.raises(RequestError, match="'y' has probability 0 under every hypothesis"):
        answered(case_of(TWO, sure))
