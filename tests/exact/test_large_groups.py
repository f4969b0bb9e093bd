"""Large groups with points at correlations near 1: right, in bounded memory, and ended by an interrupt."""

from __future__ import annotations

import os
import signal
import threading
import tracemalloc

import numpy as np
import pytest
from commands import GUARD
from making import case_of, indicator, leaf
from scipy import special
from scipy.stats import multivariate_normal

from falseflag.case.model import Case
from falseflag.distributions import Beta, Distribution, Point
from falseflag.errors import RequestError
from falseflag.exact import group_draws, groups, likelihood, truth
from falseflag.exact.draws import draw_posterior, draw_prior
from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import INTEGRALS, LIKELIHOODS, GroupIntegral, Table, group_log_likelihood
from falseflag.exact.likelihood import log_scores
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import Floats, problem_of

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


@pytest.fixture(autouse=True)
def _forget() -> None:
    INTEGRALS.clear()
    LIKELIHOODS.clear()


@pytest.mark.parametrize("correlation", [0.999, 0.99999])
def test_leaves_taken_apart_have_bivariate_normal_probabilities(correlation: float) -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(0.02, 0.98, (2, 60))
    made = [indicator(f"i{k}", {f"h{h}": Point(v) for h, v in enumerate(row)}) for k, row in enumerate(values)]
    leaves = tuple(leaf(f"h{h}") for h in range(values.shape[1]))
    group = GroupProblem.of(problem_of(case_of(leaves, made, {"g": (["i0", "i1"], Point(correlation))})), 0)
    integral = GroupIntegral.of(group, np.sqrt([correlation]), np.sqrt([1 - correlation]))
    assert max(len(piece.patterns) for piece in integral.pieces) == (1 if correlation > 0.9999 else 60)
    normal = multivariate_normal(cov=[[1, correlation], [correlation, 1]])
    expected = normal.cdf(special.ndtri(values).T)
    assert np.exp(group_log_likelihood(group)) == pytest.approx(expected, abs=1e-9)


def test_many_equal_steep_members_are_integrated_as_well_as_few() -> None:
    for members, correlation in ((30, 0.99999), (300, 0.99999)):
        made = [indicator(f"i{k}", {"others": Point(0.3)}) for k in range(members)]
        case = case_of((leaf("a"), leaf("b")), made, {"g": ([m.name for m in made], Point(correlation))})
        t, root, centre = np.sqrt(1 - correlation), np.sqrt(correlation), special.ndtri(0.3)
        x = np.linspace(-12, 12, 100_001)
        inside = np.exp(members * special.log_ndtr(x) - ((t * x - centre) / root) ** 2 / 2) / np.sqrt(2 * np.pi)
        expected = inside.sum() * (x[1] - x[0]) * t / root + special.ndtr(-(t * 12 - centre) / root)
        got = np.exp(group_log_likelihood(GroupProblem.of(problem_of(case), 0))[0])
        assert got == pytest.approx(expected, abs=1e-6)


def test_blocks_change_neither_answer_nor_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(points(4, 6, NEAR_ONE))
    whole = answer_exactly(problem)
    drawn = draw_posterior(problem, whole, np.random.default_rng(2), 200)
    for module in (groups, truth, group_draws):
        monkeypatch.setattr(module, "CHUNK", 5000)
    for name, value in (("KEPT", 0), ("TOGETHER", 2000)):
        monkeypatch.setattr(groups, name, value)
    INTEGRALS.clear()
    LIKELIHOODS.clear()
    assert answer_exactly(problem).leaves == pytest.approx(whole.leaves, abs=1e-9)
    INTEGRALS.clear()
    again = draw_posterior(problem, whole, np.random.default_rng(2), 4000)
    spread = drawn.probability.std(axis=0) * np.sqrt(1 / len(drawn.theta) + 1 / len(again.theta))
    assert (np.abs(again.probability.mean(axis=0) - drawn.probability.mean(axis=0)) < 5 * spread).all()
    error = again.probability.std(axis=0) / np.sqrt(len(again.theta))
    assert (np.abs(again.probability.mean(axis=0) - whole.leaves) < 4.5 * error).all()


def test_a_grid_in_blocks_gives_the_same_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(points(25, 3, Point(0.95)))
    drawn = draw_prior(problem, np.random.default_rng(3), 20)
    arguments = (problem, drawn.theta, drawn.reliability, drawn.correlation)
    at_once = log_scores(*arguments)
    monkeypatch.setattr(likelihood, "CHUNK", 1000)
    assert log_scores(*arguments) == pytest.approx(at_once, abs=1e-9)


def test_memory_is_bounded() -> None:
    problem = problem_of(points(8, 20, NEAR_ONE))
    tracemalloc.start()
    try:
        exact = answer_exactly(problem)
        draw_posterior(problem, exact, np.random.default_rng(4), 100)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40 * truth.CHUNK  # five of the largest arrays


def test_what_would_take_hours_is_refused_before_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    group = GroupProblem.of(problem_of(points(200, 20, Point(0.9))), 0)
    t = 10.0 ** -np.arange(3, 9, 0.05)
    monkeypatch.setattr(Table, "of", None)
    with pytest.raises(RequestError, match=r"evaluations, and at most 6e\+09 are made"):
        GroupIntegral.of(group, np.sqrt(1 - t**2), t)


@pytest.mark.parametrize("count", [1, 2])
def test_an_interrupt_ends_the_scores_of_draws(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of draws more in each thread at the most, of the many there are."""
    problem = problem_of(points(100, 10, Point(0.98), count))
    drawn = draw_prior(problem, np.random.default_rng(5), 2000)
    evaluated: list[int] = []
    ended = threading.Event()

    def integrand(group: GroupProblem, _a: object, _r: object, correlation: Floats, z: Floats) -> tuple[Floats, Floats]:
        evaluated.append(len(correlation))
        if len(evaluated) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        if len(evaluated) >= 3 and threading.current_thread() is not threading.main_thread():
            ended.wait(GUARD)
        patterns = group.pattern.shape[1]
        return np.ones((patterns, len(z), len(correlation))), np.zeros((patterns, len(correlation)))

    monkeypatch.setattr(likelihood, "_integrand", integrand)
    running = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        log_scores(problem, drawn.theta, drawn.reliability, drawn.correlation)
    ended.set()
    for thread in set(threading.enumerate()) - running:
        thread.join(GUARD)
        assert not thread.is_alive()
    assert len(evaluated) <= 3 + count
    assert sum(evaluated) < 100  # of 2,000 draws in each group
