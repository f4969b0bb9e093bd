"""Simulated incidents and the likelihood at known parameters: against brute force, and against the engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import case_of, indicator, leaf
from oracle.brute_force import BruteForce
from oracle.random_cases import draw
from scipy import special
from scipy.stats import multivariate_normal

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.loader import load
from falseflag.case.model import Case, Report
from falseflag.distributions import Judgement, LogNormal, Point
from falseflag.errors import RequestError
from falseflag.inference.draws import draw_prior, log_scores
from falseflag.problem import problem_of
from falseflag.validation.calibrate import parameters_of
from falseflag.validation.definition import Definition, Incident

PUBLISHED = Path(__file__).parents[1] / "oracle" / "published"

MANY = 4000
RANDOM = range(1000, 1012)


def simulated(case: Case, count: int, seed: int) -> list[Incident]:
    definition, rng = Definition(case), np.random.default_rng(seed)
    return [definition.simulate(rng) for _ in range(count)]


def shares_agree(count: int, share: float, size: int) -> bool:
    return bool(abs(count - size * share) < 4.5 * np.sqrt(size * share * (1 - share)) + 1e-9)


@pytest.mark.parametrize("seed", RANDOM)
def test_two_readings_of_the_definition_agree(seed: int) -> None:
    """The truth of calibration, and the engine's own likelihood and prior at the same parameters."""
    case = draw(seed).case
    problem, definition = problem_of(case), Definition(case)
    drawn = draw_prior(problem, np.random.default_rng(seed), 50)
    parameters = parameters_of(problem, drawn)
    assert [(s.leaf, tuple(s.values.values()), s.staged) for s in definition.states] == [
        (s.leaf, s.values, s.staged) for s in problem.states
    ]
    assert np.exp(definition.log_prior(parameters)) == pytest.approx(drawn.prior, rel=1e-9, abs=1e-12)
    mine, theirs = definition.log_likelihood(parameters), log_scores(problem, drawn)
    possible = mine > -600
    assert (possible == (theirs > -600)).all()
    assert np.abs(mine - theirs)[possible].max(initial=0) < 1e-3  # theirs serves for draws


@pytest.mark.parametrize("seed", [1002, 1004, 1007])
def test_states_are_as_frequent_as_brute_force_says(seed: int) -> None:
    """A case without silence and ratios, whose prior is then the one that is written."""
    case = draw(seed).case
    plain = {n: replace(i, detection={}) for n, i in case.indicators.items() if not i.ratios}
    case = replace(case, indicators=plain, groups={}, deception={})
    found = Counter(i.state.leaf + str(sorted(i.state.values.items())) for i in simulated(case, 1000, seed))
    for state in BruteForce(case).states:
        assert shares_agree(found[state.leaf + str(sorted(state.values))], state.prior, 1000)


@pytest.mark.parametrize("seed", [1003, 1007])
def test_reports_are_as_frequent_as_brute_force_says(seed: int) -> None:
    """The probability of the reports that most incidents have, given that what is silent is silent."""
    case = draw(seed).case
    ratios = {n for n, i in case.indicators.items() if i.ratios}
    case = replace(case, indicators={n: i for n, i in case.indicators.items() if n not in ratios})
    found = Counter(tuple(sorted(i.reports.items())) for i in simulated(case, 1500, seed))
    silent = replace(case, indicators={n: replace(i, reports=()) for n, i in case.indicators.items()})
    unheard = sum(BruteForce(silent).weights)
    for reports, count in found.most_common(3):
        said = Incident(Definition(case).states[0], {}, {}, frozenset(), dict(reports)).reported_in(case)
        assert shares_agree(count, sum(BruteForce(said).weights) / unheard, 1500)


def test_what_is_stated_as_ratios_is_part_of_the_prior() -> None:
    rows = {Condition("a"): Judgement(LogNormal(0.3, 0.8), ""), OTHERS: Judgement(Point(1.0), "1")}
    case = case_of([leaf("a"), leaf("b")], [replace(indicator("i", {}), reports=(), ratios=rows)])
    odds = np.exp(0.3 + 0.32)
    incidents = simulated(case, MANY, 3)
    assert shares_agree(sum(i.state.leaf == "a" for i in incidents), odds / (1 + odds), MANY)
    logs = np.log([i.parameters["ratio", "i", "a"][0, 0] for i in incidents if i.state.leaf == "a"])
    assert abs(logs.mean() - (0.3 + 0.64)) < 4.5 * 0.8 / np.sqrt(len(logs))


def test_the_silent_stay_silent() -> None:
    unheard = replace(
        indicator("i", {"a": 0.9, "others": 0.2}), reports=(), detection={OTHERS: Judgement(Point(0.8), "")}
    )
    incidents = simulated(case_of([leaf("a"), leaf("b")], [unheard]), MANY, 4)
    quiet = {"a": 1 - 0.72, "b": 1 - 0.16}
    assert shares_agree(sum(i.state.leaf == "a" for i in incidents), quiet["a"] / sum(quiet.values()), MANY)
    never = replace(
        unheard, likelihood={OTHERS: Judgement(Point(1.0), "")}, detection={OTHERS: Judgement(Point(1.0), "")}
    )
    with pytest.raises(RequestError, match="in none was nothing heard"):
        Definition(case_of([leaf("a"), leaf("b")], [never])).simulate(np.random.default_rng(1))


def test_unknown_stays_unknown_and_the_same_seed_gives_the_same_incident() -> None:
    case = draw(1007).case
    one, other = (Definition(case).simulate(np.random.default_rng(8)) for _ in range(2))
    assert (one.state, one.reports, one.facts) == (other.state, other.reports, other.facts)
    answered = one.reported_in(case)
    for name, each in case.indicators.items():
        said = [(r.source, r.says) for r in answered.indicators[name].reports]
        assert said == [(r.source, one.reports[name, r.source]) for r in each.reports]


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.9, 0.99])
def test_a_pair_is_a_bivariate_normal_probability(correlation: float) -> None:
    members = [indicator("x", {"others": 0.3}), indicator("y", {"others": 0.85}, observed=False)]
    case = case_of([leaf("a"), leaf("b")], members, {"g": (("x", "y"), Point(correlation))})
    parameters = parameters_of(problem_of(case), draw_prior(problem_of(case), np.random.default_rng(1), 2))
    corner = multivariate_normal(cov=[[1, -correlation], [-correlation, 1]])
    expected = corner.cdf(special.ndtri([0.3, 0.15]))
    assert np.exp(Definition(case).log_likelihood(parameters)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("seed", [1003, 1007])
def test_an_average_over_the_prior_is_the_marginal_probability(seed: int) -> None:
    case = draw(seed).case
    problem, brute = problem_of(case), BruteForce(case)
    parameters = parameters_of(problem, draw_prior(problem, np.random.default_rng(seed), 1000))
    likelihood = np.exp(Definition(case).log_likelihood(parameters))
    for column, (ratio, total) in enumerate(zip(brute.ratios, brute.totals, strict=True)):
        error = likelihood[:, column].std() / np.sqrt(1000)
        assert abs(likelihood[:, column].mean() - ratio * np.prod(total)) < 4.5 * error + 1e-9


def with_own_reliability(case: Case) -> Case:
    """Let each report have a variable of its own."""

    def own(report: Report) -> Report:
        return replace(report, reliability=case.sources[report.source].reliability)

    indicators = {n: replace(i, reports=tuple(map(own, i.reports))) for n, i in case.indicators.items()}
    return replace(case, indicators=indicators)


def without_deception(case: Case) -> Case:
    return replace(case, deception={})


@pytest.mark.parametrize(
    ("name", "change"), [("one_source", with_own_reliability), ("stagers_deception", without_deception)]
)
def test_frequencies_of_reports_tell_one_model_from_another(name: str, change: Callable[[Case], Case]) -> None:
    """All clues together, as five reports of one source or six plants of one plan have them more often."""
    case = load(PUBLISHED / f"{name}.yaml")
    clues = next((set(e.reach) for e in case.deception.values()), set(case.indicators))
    present = sum(all(i.facts[name] == "present" for name in clues) for i in simulated(case, MANY, 5))
    known = {n: replace(i, reports=(Report("", "present"),) if n in clues else ()) for n, i in case.indicators.items()}
    if not case.deception:  # it is the reports that come together, not the facts
        known = {n: replace(i, reports=(replace(i.reports[0], says="present"),)) for n, i in case.indicators.items()}
        present = sum(set(i.reports.values()) == {"present"} for i in simulated(case, MANY, 5))
    reported = replace(case, indicators=known)
    right, wrong = (sum(BruteForce(c).weights) for c in (reported, change(reported)))
    assert shares_agree(present, right, MANY)
    assert not shares_agree(present, wrong, MANY)
