"""Brute force itself: against closed forms, against simulation, and whether a comparison with it notices anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.conditions import narrowest as resolved
from falseflag.case.model import Case, Indicator, Statements
from falseflag.case.states import states
from falseflag.distributions import Beta, Dirichlet, Fixed, Judgement, Point
from falseflag.problem import problem_of
from oracle.agreement import answers
from oracle.brute_force import BruteForce, Floats, State, at_or_below, group_table, mean, narrowest
from oracle.random_cases import draw


@pytest.mark.parametrize("rho", [0.05, 0.5, 0.97, 0.9999])
def test_group_of_two_points_is_a_bivariate_normal(rho: float) -> None:
    found = group_table(Point(rho), (((1.0, Point(0.3)),), ((1.0, Point(0.8)),)))
    ends = special.ndtri([0.3, 0.8])
    assert found[0, 0] == pytest.approx(stats.multivariate_normal.cdf(ends, [0, 0], [[1, rho], [rho, 1]]), abs=1e-9)


@pytest.mark.parametrize("correlation", [Beta(0.64, 0.16), Beta(1, 1), Beta(40, 3), Beta(2, 30), Point(0.999)])
def test_group_keeps_the_margins(correlation: Beta | Point) -> None:
    members = (((1.0, Beta(2, 3)),), ((0.4, Point(0.8)), (0.6, Beta(3, 3))), ((1.0, Beta(0.4, 8)),))
    found = group_table(correlation, members)
    for axis, first in enumerate((0.4, 0.62, 0.4 / 8.4)):
        others = tuple(k for k in range(3) if k != axis)
        assert found.sum(axis=others)[0] == pytest.approx(first, abs=1e-10)


def test_group_of_correlation_near_one_is_as_if_one_were_the_other() -> None:
    found = group_table(Point(1 - 1e-12), (((1.0, Point(0.3)),), ((1.0, Point(0.8)),)))
    assert found.ravel() == pytest.approx([0.3, 0, 0.5, 0.2], abs=1e-6)


@pytest.mark.parametrize("seed", range(1000, 1030))
def test_statements_and_states_are_those_of_the_package(seed: int) -> None:
    case = draw(seed).case
    mine = BruteForce(case).states
    assert {(s.leaf, tuple(v for _, v in s.values), s.staged) for s in mine} == {
        (s.leaf, s.values, s.staged) for s in states(case.outline)
    }
    for indicator in case.indicators.values():
        for s in mine:
            statements = indicator.likelihood or indicator.ratios
            assert narrowest(statements, *s.place) == resolved(statements, s.leaf, dict(s.values))


@pytest.mark.parametrize("seed", range(1000, 1008))
def test_probabilities_add_up(seed: int) -> None:
    brute = BruteForce(draw(seed).case)
    if sum(brute.weights) == 0:
        pytest.skip("evidence that is impossible")
    assert sum(s.prior for s in brute.states) == pytest.approx(1)
    for indicator in brute.case.indicators.values():
        if not indicator.ratios:
            assert sum(brute.fact(indicator.name).values()) == pytest.approx(1)
    leader = brute.case.hypotheses[0].name
    weights = brute.shapley(at_or_below(leader), lambda s: not at_or_below(leader)(s)) if len(brute.items) < 4 else {}
    if weights and all(abs(w) < 100 for w in weights.values()):
        prior = brute.only(()).decibans(at_or_below(leader), lambda s: not at_or_below(leader)(s))
        posterior = brute.decibans(at_or_below(leader), lambda s: not at_or_below(leader)(s))
        assert prior + sum(weights.values()) == pytest.approx(posterior)


# Simulation, which knows no moments, no plants that are summed over and no quadrature

DRAWS = 40_000

type Values = NDArray[np.intp]


@pytest.mark.parametrize(
    "seed", [1003, 1007, 1011, *(pytest.param(s, marks=pytest.mark.slow) for s in range(2003, 2100, 4))]
)
def test_evidence_is_what_simulation_says(seed: int) -> None:
    brute, rng = BruteForce(draw(seed).case), np.random.default_rng(seed)
    for state, total in list(zip(brute.states, brute.totals, strict=True))[::3]:
        simulated = Simulation(brute, state, rng).evidence()
        error = simulated.std() / math.sqrt(DRAWS)
        assert abs(simulated.mean() - math.prod(total)) <= 4.5 * error + 1e-12


class Simulation:
    """Draws all that is unsure and all facts in one state."""

    def __init__(self, brute: BruteForce, state: State, rng: np.random.Generator) -> None:
        self.brute, self.case, self.state, self.rng = brute, brute.case, state, rng
        self.drawn: dict[Hashable, Floats] = {}

    def variable(self, key: Hashable, judgement: Judgement) -> Floats:
        """Return draws of what is elicited, the same ones each time."""
        if key not in self.drawn:
            self.drawn[key] = self._draw(judgement)
        return self.drawn[key]

    def _draw(self, judgement: Judgement) -> Floats:
        match judgement.distribution:
            case Beta(alpha, beta):
                return self.rng.beta(alpha, beta, DRAWS)
            case Point(value):
                return np.full(DRAWS, value)
            case Dirichlet(concentration):
                return self.rng.dirichlet(concentration, DRAWS)
            case Fixed(probabilities):
                return np.tile(probabilities, (DRAWS, 1))
            case other:
                raise TypeError(other)

    def taken(
        self, key: Hashable, statements: Statements, place: tuple[str, Mapping[str, str]] | None = None
    ) -> Floats:
        condition = narrowest(statements, *(place or self.state.place))
        return self.variable((key, condition), statements[condition])

    def evidence(self) -> Floats:
        """Return the probability of all reports and silences given what was drawn."""
        weight = np.ones(DRAWS)
        for indicator in self.case.indicators.values():
            if indicator.reports or indicator.detection:
                value = self.value(indicator)
                weight = weight * self.reports(indicator, value) * self.silence(indicator, value)
        return weight

    def value(self, indicator: Indicator) -> Values:
        probabilities = self.given(indicator, self.taken(indicator.name, indicator.likelihood))
        entry = self.brute.entry(self.state)
        if entry is not None and indicator.name in entry.reach:
            place = self.brute.blamed(self.state, entry)
            planted = self.rng.random(DRAWS) < self.variable(("reach", indicator.name), entry.reach[indicator.name])
            blamed = self.given(indicator, self.taken(indicator.name, indicator.likelihood, place))
            probabilities = np.where(planted[:, None], blamed, probabilities)
        return np.asarray((self.rng.random(DRAWS)[:, None] > np.cumsum(probabilities, axis=1)[:, :-1]).sum(axis=1))

    def given(self, indicator: Indicator, theta: Floats) -> Floats:
        """Return the probabilities of the values, given what a group has in common."""
        if theta.ndim == 2:
            return theta
        if indicator.name in self.brute.group_of:
            name = self.brute.group_of[indicator.name]
            rho = self.taken(("group", name), self.case.groups[name].correlation)
            z = self.drawn.setdefault(("z", name), self.rng.standard_normal(DRAWS))
            theta = special.ndtr((special.ndtri(theta) + np.sqrt(rho) * z) / np.sqrt(np.maximum(1 - rho, 1e-300)))
        return np.stack([theta, 1 - theta], axis=1)

    def reports(self, indicator: Indicator, value: Values) -> Floats:
        weight = np.ones(DRAWS)
        for index, report in enumerate(indicator.reports):
            found = self.brute.reliability(report, indicator.name, index, self.state)
            r = self.variable(*found) if found else np.ones(DRAWS)
            right = value == list(indicator.values).index(report.says)
            weight = weight * np.where(right, r, (1 - r) / (len(indicator.values) - 1))
        return weight

    def silence(self, indicator: Indicator, value: Values) -> Floats:
        if not indicator.detection:
            return np.ones(DRAWS)
        return np.where(value == 0, 1 - self.taken(("heard", indicator.name), indicator.detection), 1.0)


# A comparison that can fail


def moved(judgement: Judgement) -> Judgement:
    return Judgement(Point(min(max(0.9 * mean(judgement) + 0.02, 0.01), 0.99)), "moved")


def with_reliability(case: Case) -> Case:
    sources = {
        name: replace(s, reliability={c: moved(j) for c, j in (s.reliability or {}).items()} or None)
        for name, s in case.sources.items()
    }
    return replace(case, sources=sources)


def with_detection(case: Case) -> Case:
    return replace(case, indicators={
        name: replace(i, detection={c: moved(j) for c, j in i.detection.items()}) for name, i in case.indicators.items()
    })  # fmt: skip


def with_attempt(case: Case) -> Case:
    return replace(case, deception={n: replace(e, attempt=moved(e.attempt)) for n, e in case.deception.items()})


def with_reach(case: Case) -> Case:
    return replace(case, deception={
        n: replace(e, reach={i: moved(j) for i, j in e.reach.items()}) for n, e in case.deception.items()
    })  # fmt: skip


def with_correlation(case: Case) -> Case:
    return replace(case, groups={
        n: replace(g, correlation={c: moved(j) for c, j in g.correlation.items()}) for n, g in case.groups.items()
    })  # fmt: skip


def with_rows_in_the_order_of_the_file(case: Case) -> Case:
    """Give the statement of the narrowest condition to all the rest."""
    return replace(case, indicators={
        name: replace(i, likelihood={**i.likelihood, OTHERS: next(iter(i.likelihood.values()))} if i.likelihood else {})
        for name, i in case.indicators.items()
    })  # fmt: skip


def with_nothing_feigned(case: Case) -> Case:
    return replace(case, deception={
        n: replace(e, blames=Condition(e.blames.node)) for n, e in case.deception.items()
    })  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        with_reliability,
        with_detection,
        with_attempt,
        with_reach,
        with_correlation,
        with_rows_in_the_order_of_the_file,
        with_nothing_feigned,
    ],
)
def test_a_comparison_notices(change: Callable[[Case], Case]) -> None:
    """Some random case tells the case at hand from one with another number."""
    for seed in range(1000, 1030):
        brute = BruteForce(draw(seed).case)
        if sum(brute.weights) == 0:
            continue
        pairs = answers(problem_of(change(brute.case)), brute)
        if any(abs(one - other) > 1e-3 for what, (one, other) in pairs if what[0] == "node"):
            return
    pytest.fail("no case told them apart")
