"""The smallest change, against a dense search in two dimensions and against random changes in many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracle.random_cases import draw
from scipy import optimize
from small_cases import case_of, indicator, tops, without

from falseflag.arrays import Floats
from falseflag.case.edit import with_value
from falseflag.case.model import Case
from falseflag.distributions import Beta, LogNormal, Point
from falseflag.explain.minimal_change import MinimalChange, _Surrogate, minimal_change
from falseflag.explain.tipping import log_by_leaf
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of


def two_dimensional(
    first: Beta, second: Beta, reliability: float = 1.0, correlation: float | None = None, source: Beta | None = None
) -> Case:
    """Return two hypotheses with two reports; only the two statements under `a` are uncertain, and a source."""
    shared = "" if source is None else "s"
    own = reliability if source is None else None
    made = [
        indicator("i", {"a": first, "others": 0.3}, source=shared, reliability=own),
        indicator("j", {"a": second, "others": 0.6}, source=shared, reliability=own),
    ]
    groups = {} if correlation is None else {"g": (("i", "j"), correlation)}
    return case_of(tops(a=1, b=1), made, groups, {} if source is None else {"s": source})


def surface_of(case: Case) -> tuple[ExactPosterior, _Surrogate]:
    exact = ExactPosterior.of(problem_of(case))
    return exact, _Surrogate.of(exact, case)


def exact_scores(surface: _Surrogate, u: Floats) -> Floats:
    problem = surface.problem_at(u)
    return log_by_leaf(problem, ExactPosterior.of(problem).log_scores)


def dense_search(case: Case) -> float:
    """Go out in every direction until `b` leads; the shortest way over a fan of directions."""
    _, surface = surface_of(case)

    def lead(length: float, angle: float) -> float:
        u = length * np.array([np.cos(angle), np.sin(angle)])
        a, b = exact_scores(surface, u)
        return float(b - a)

    def length(angle: float) -> float:
        lengths = np.linspace(0, 8, 17)
        met = next((n for n, x in enumerate(lengths) if lead(x, angle) >= 0), None)
        return 1e3 if met is None else float(optimize.brentq(lead, lengths[met - 1], lengths[met], args=(angle,)))

    angles = np.linspace(-np.pi, np.pi, 17)[:-1]
    best = min(angles, key=length)
    found = optimize.minimize_scalar(length, bounds=(best - 0.4, best + 0.4), method="bounded", options={"maxiter": 25})
    return float(found.fun)


@pytest.mark.parametrize(
    ("first", "second", "reliability", "correlation"),
    [
        (Beta(8, 4), Beta(9, 3), 1.0, None),
        (Beta(8, 4), Beta(30, 3), 0.85, None),
        (Beta(3, 2), Beta(9, 3), 1.0, 0.6),
        (Beta(8, 4), Beta(5, 3), 0.9, 0.9),
    ],
)
def test_smallest_change_is_that_of_a_dense_search(
    first: Beta, second: Beta, reliability: float, correlation: float | None
) -> None:
    case = two_dimensional(first, second, reliability, correlation)
    exact, surface = surface_of(case)
    found = minimal_change(exact, case, "b")
    assert found.distance == pytest.approx(dense_search(case), rel=1e-3)
    assert_put_back(case, found)
    assert len(surface.numbers) == 2


def put_back(case: Case, found: MinimalChange) -> dict[str, float]:
    """Answer the case with the listed changes, each keeping its strength."""
    for change in found.changes:
        number = next(n for n in surface_of(case)[1].numbers if n.what == change.what)
        old = number.distribution
        if isinstance(old, LogNormal):
            new: Beta | LogNormal = LogNormal(old.mu + np.log(change.needed / change.written), old.sigma)
        else:
            assert isinstance(old, Beta)
            strength = old.alpha + old.beta
            new = Beta(strength * change.needed, strength * (1 - change.needed))
        case = with_value(case, change.what, new)
    problem = problem_of(case)
    return dict(zip(problem.leaves, ExactPosterior.of(problem).leaves.tolist(), strict=True))


def assert_put_back(case: Case, found: MinimalChange) -> None:
    answer = put_back(case, found)
    assert answer[str(found.leaf)] == pytest.approx(max(answer.values()), abs=1e-5)
    assert found.distance is not None
    assert found.changes_distance is not None
    assert found.distance <= found.changes_distance * (1 + 1e-6)
    length = np.sqrt(sum(change.deviations**2 for change in found.changes))
    assert found.changes_distance == pytest.approx(length)


def test_a_source_that_lies_throughout_is_one_change() -> None:
    case = two_dimensional(Beta(80, 20), Beta(90, 20), source=Beta(3, 1))
    exact, _ = surface_of(case)
    found = minimal_change(exact, case, "b")
    assert_put_back(case, found)
    assert ("sources", "s", "reliability", "others") in {change.what for change in found.changes} or any(
        change.kind == "reliability" for change in found.changes
    )


@pytest.mark.parametrize("seed", [0, 3, 9, 11])
def test_slopes_are_those_of_differences(seed: int) -> None:
    _, surface = surface_of(draw(seed).case)
    rng = np.random.default_rng(seed)
    count = len(surface.numbers)
    u, direction, step = 0.5 * rng.normal(size=count), rng.normal(size=count), 1e-4
    _, slopes = surface.at(u, np.arange(count))
    ends = [surface.at(u + sign * step * direction, np.arange(0))[0] for sign in (1, -1)]
    possible = np.isfinite(ends[0])
    difference = (ends[0] - ends[1])[possible] / (2 * step)
    np.testing.assert_allclose((slopes @ direction)[possible], difference, atol=1e-5 * (1 + np.abs(difference).max()))


@pytest.mark.parametrize("seed", [0, 3, 9])
def test_the_list_put_back_makes_it_lead_and_no_random_change_is_shorter(seed: int) -> None:
    case = draw(seed).case
    exact, surface = surface_of(case)
    scores = log_by_leaf(exact.problem, exact.log_scores)
    second = int(np.argsort(-scores)[1])
    found = minimal_change(exact, case, exact.problem.leaves[second])
    if not found.distance:
        pytest.skip("out of reach, or level")
    assert_put_back(case, found)
    rng = np.random.default_rng(seed)
    near = np.zeros(len(surface.numbers))
    for change in found.changes:
        near[[n.what for n in surface.numbers].index(change.what)] = change.deviations
    for spread in (0.1, 0.3, 1.0, 3.0):
        u = near + spread * np.linalg.norm(near) * rng.normal(size=len(near)) / np.sqrt(len(near))
        u *= 0.99 * found.distance / np.linalg.norm(u)
        moved = exact_scores(surface, u)
        assert moved[second] < moved.max()


def test_what_leads_needs_no_change_and_what_is_certain_cannot_be_moved() -> None:
    case = two_dimensional(Beta(8, 4), Beta(9, 3))
    exact, _ = surface_of(case)
    assert (minimal_change(exact, case, "a").distance, minimal_change(exact, case, "a").changes) == (0.0, ())
    for name, indicator_ in case.indicators.items():
        for condition, judgement in indicator_.likelihood.items():
            value = judgement.distribution.mean
            assert isinstance(value, float)
            case = with_value(case, ("indicators", name, "likelihood", str(condition)), Point(value))
    exact, _ = surface_of(case)
    found = minimal_change(exact, case, "b")
    assert (found.leaf, found.distance, found.changes) == (None, None, ())


def test_what_reliability_bounds_is_out_of_reach() -> None:
    case = replace(two_dimensional(Beta(8, 4), Beta(9, 3), reliability=0.6), hypotheses=tops(a=1000, b=1))
    assert minimal_change(surface_of(case)[0], case, "b").distance is None


def test_nothing_observed_is_nothing_to_move() -> None:
    case = without(two_dimensional(Beta(8, 4), Beta(9, 3)), "i", "j")
    case = replace(case, hypotheses=tops(a=2, b=1))
    assert minimal_change(surface_of(case)[0], case, "b").distance is None
