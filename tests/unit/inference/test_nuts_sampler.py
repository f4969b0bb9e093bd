"""The sampled engine as a whole: compiling takes most of the time, so few structures are compiled."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from oracle.brute_force import BruteForce
from oracle.random_cases import Drawn, draw

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Hypothesis, Indicator, Report, Source
from falseflag.distributions import Beta, Judgement, Point
from falseflag.errors import SamplerError
from falseflag.inference.checks import Z_LIMIT, effective_draws, failed, mcse_of_mean
from falseflag.inference.draws import Draws
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.nuts import compile as compiling
from falseflag.inference.nuts import sampler
from falseflag.inference.nuts.model import Layout, Numbers, layout_of, numbers_of
from falseflag.problem import Problem, problem_of
from falseflag.sampling import sample
from falseflag.settings import Settings

SETTINGS = Settings(seed=11)

slow = pytest.mark.slow


def hypotheses(**weights: float) -> tuple[Hypothesis, ...]:
    return tuple(Hypothesis(name, name, weight, 10.0) for name, weight in weights.items())


def fact(name: str, source: str = "", **likelihood: Beta | Point) -> Indicator:
    rows = {Condition("" if key == "others" else key): Judgement(value, "") for key, value in likelihood.items()}
    return Indicator(name, name, rows, reports=(Report(source, "present"),))


def case_of(tree: tuple[Hypothesis, ...], *facts: Indicator, sources: dict[str, Source] | None = None) -> Case:
    return Case("t", tree, {f.name: f for f in facts}, 10.0, sources=sources or {})


@slow
@pytest.mark.parametrize("seed", [0, 3, 5])
def test_answers_agree_with_brute_force(seed: int) -> None:
    """All nodes within 4 Monte Carlo standard errors of the sums over states and truths."""
    drawn: Drawn = draw(seed)
    answer = sample(drawn.case, "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in failed(answer.checks)]
    nodes = BruteForce(drawn.case).nodes()
    for row in answer.rows:
        assert abs(row.posterior - nodes[row.name]) < Z_LIMIT * row.mcse + 1e-6


@pytest.fixture(scope="module")
def problem() -> Problem:
    return problem_of(draw(2).case)


@pytest.fixture(scope="module")
def sampled(problem: Problem) -> Draws:
    return sampler.sample(problem, SETTINGS)[0]


@slow
def test_parameters_and_intervals_of_the_two_engines_agree(problem: Problem, sampled: Draws) -> None:
    independent = draw_posterior(ExactPosterior.of(problem), np.random.default_rng(3), 5000)
    for name in ("weights", "theta", "reach", "detection", "reliability", "correlation", "log_ratio", "prior"):
        ours, theirs = (getattr(d, name).reshape(len(d), -1) for d in (sampled, independent))
        vary = np.ptp(theirs, axis=0) > 1e-9
        if not vary.any():
            continue
        by_chain = ours.reshape(SETTINGS.chains, SETTINGS.draws, -1)[:, :, vary]
        error = np.hypot(mcse_of_mean(by_chain), theirs.std(axis=0)[vary] / np.sqrt(len(theirs)))
        assert np.abs((ours.mean(axis=0) - theirs.mean(axis=0))[vary] / error).max() < Z_LIMIT + 0.5, name
        assert ours[0, ~vary] == pytest.approx(theirs[0, ~vary], abs=1e-12)
    for level in (0.05, 0.95):
        for state in np.flatnonzero(np.ptp(independent.probability, axis=0) > 1e-6):
            end = np.quantile(independent.probability[:, state], level)
            below = (sampled.probability[:, state] <= end).astype(float).reshape(SETTINGS.chains, -1)
            error = np.sqrt(level * (1 - level) * (1 / float(effective_draws(below, "bulk")) + 1 / len(independent)))
            assert abs(below.mean() - level) < Z_LIMIT * error


@slow
def test_the_same_seed_gives_the_same_draws(problem: Problem, sampled: Draws) -> None:
    again, _ = sampler.sample(problem, SETTINGS)
    assert np.array_equal(again.probability, sampled.probability)
    assert np.array_equal(again.theta, sampled.theta)
    other, _ = sampler.sample(problem, replace(SETTINGS, seed=12))
    assert not np.array_equal(other.probability, sampled.probability)


@slow
def test_new_numbers_need_no_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(hypotheses(a=1, b=2), fact("i", a=Beta(4, 2), others=Beta(1, 3)))
    assert sample(case, "nuts", SETTINGS).is_sound
    monkeypatch.setattr(compiling, "load_or_compile", None)
    turned = fact("i", a=Beta(3, 7), others=Beta(2, 1))
    turned = replace(turned, reports=(Report("", "absent"),))
    answer = sample(case_of(hypotheses(a=5, b=2), turned), "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in failed(answer.checks)]


@slow
def test_a_model_with_other_reliabilities_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("s", "s", "", {OTHERS: Judgement(Beta(4, 2), "")})
    case = case_of(hypotheses(a=1, b=2), fact("i", "s", a=Beta(8, 2), others=Beta(1, 9)), sources={"s": source})

    def certain(problem: Problem, layout: Layout) -> Numbers:
        numbers = numbers_of(problem, layout)
        return numbers | {"row_wrong": np.zeros_like(numbers["row_wrong"])}

    monkeypatch.setattr(sampler, "numbers_of", certain)
    answer = sample(case, "nuts", SETTINGS)
    assert [check.name for check in failed(answer.checks)] == ["agreement"]


@slow
def test_nothing_uncertain_and_nothing_observed_are_answered() -> None:
    certain = tuple(replace(node, prior_strength=np.inf) for node in hypotheses(a=2, b=1))
    case = replace(case_of(certain, fact("i", a=Point(0.3), others=Point(0.8))), prior_strength=np.inf)
    answer = sample(case, "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in failed(answer.checks)]
    assert answer["a"].posterior == pytest.approx(2 * 0.3 / (2 * 0.3 + 0.8), abs=1e-9)
    answer = sample(case_of(hypotheses(a=2, b=1)), "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in failed(answer.checks)]


@slow
@pytest.mark.parametrize(
    ("weights", "likelihood"),
    [((1, 99), Beta(8, 2)), ((1, 2), Beta(0.01, 3)), ((1, 2), Beta(0.01, 0.01)), ((1, 9999), Beta(8, 2))],
)
def test_densities_with_a_pole_are_sampled(weights: tuple[float, float], likelihood: Beta) -> None:
    case = case_of(hypotheses(a=weights[0], b=weights[1]), fact("i", a=likelihood, b=Beta(2, 8)))
    answer = sample(case, "nuts", SETTINGS)
    assert answer.is_sound, [check.message for check in failed(answer.checks)]


@slow
def test_a_rare_hypothesis_under_strong_evidence_fails_with_what_to_write() -> None:
    dna = fact("dna", guilty=Point(0.9999999999), innocent=Point(5e-9))
    alibi = fact("alibi", guilty=Point(0.025), innocent=Point(0.45))
    answer = sample(case_of(hypotheses(guilty=1, innocent=2e5), dna, alibi), "nuts", SETTINGS)
    assert failed(answer.checks)
    assert all("prior_strength: certain" in check.message for check in failed(answer.checks))
    certain = replace(answer.case, prior_strength=np.inf)
    assert sample(certain, "nuts", SETTINGS).is_sound


@slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_source_that_is_either_reliable_or_not_fails_a_check(seed: int) -> None:
    """Eight reports that are true if the author is a, and all false if it is b: r is near 1, or near 0."""
    source = Source("s", "s", "", {OTHERS: Judgement(Beta(1, 1), "")})
    facts = [fact(f"i{k}", "s", a=Point(0.98), b=Point(0.02)) for k in range(8)]
    answer = sample(case_of(hypotheses(a=1, b=3), *facts, sources={"s": source}), "nuts", replace(SETTINGS, seed=seed))
    assert "more than one mode" in {c.name: c.message for c in failed(answer.checks)}["r_hat"]


def test_starting_points_lie_in_all_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(case_of(hypotheses(a=1, b=3), fact("i", a=Beta(2, 2), b=Beta(2, 2))))
    layout = layout_of(problem)
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, layout.size)) + 9 * (np.arange(200) < 20)[:, None]
    monkeypatch.setattr(sampler, "at_points", lambda _layout, _numbers, points: (np.zeros(len(points)),))
    chosen = sampler._dispersed(layout, {}, points, np.zeros((4, layout.size)))
    assert sorted((chosen.mean(axis=1) > 4.5).tolist()) == [False, False, False, True]
    monkeypatch.setattr(sampler, "at_points", lambda _layout, _numbers, points: (np.full(len(points), np.nan),))
    assert (sampler._dispersed(layout, {}, points, np.zeros((4, layout.size))) == 0).all()


class Sampler:
    """A sampler of nutpie's that is finished after some looks at it."""

    def __init__(self, looks: int, problem: Exception | None = None) -> None:
        self.looks, self.problem, self.cancelled = looks, problem, False

    @property
    def is_finished(self) -> bool:
        self.looks -= 1
        if self.looks == 3:
            raise TimeoutError
        return self.looks <= 0

    def cancel(self) -> None:
        self.cancelled = True

    def wait(self) -> str:
        if self.problem:
            raise self.problem
        return "trace"


def started(which: Sampler, on_progress: object) -> Sampler:
    assert callable(on_progress)
    return which


def test_an_interrupt_stops_all_chains_and_errors_are_worded() -> None:
    samplers = [Sampler(5), Sampler(2)]
    starters = [partial(started, each) for each in samplers]
    told: list[int] = []
    assert sampler.finished(starters, told.append) == ["trace", "trace"]
    assert told

    def interrupted(_done: int) -> None:
        raise KeyboardInterrupt

    samplers[:] = [Sampler(5), Sampler(5)]
    starters = [partial(started, each) for each in samplers]
    with pytest.raises(KeyboardInterrupt):
        sampler.finished(starters, interrupted)
    assert all(each.cancelled for each in samplers)
    broken = Sampler(1, RuntimeError("chain 2 failed\nwith a long trace"))
    with pytest.raises(SamplerError, match=r"could not finish: chain 2 failed$"):
        sampler.finished([partial(started, broken)])
