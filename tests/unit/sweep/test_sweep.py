"""Every run of a sweep is what the case answers with the run's values written into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from oracle.random_cases import draw

from falseflag.arrays import Floats
from falseflag.case.edit import Keys, Value, edited
from falseflag.case.loader import load
from falseflag.case.model import OTHERS, Case, Condition, Hypothesis, Indicator
from falseflag.distributions import Judgement, Point
from falseflag.errors import RequestError
from falseflag.inference.draws import draw_prior, log_scores, normalise
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.settings import Settings
from falseflag.sweep import Sweep, sweep
from falseflag.sweep.design import Target, matters, targets_of
from falseflag.sweep.run import variations_of

CLOSE = 2e-6
KREMLIN = Path(__file__).parents[3] / "priors" / "kremlin.yaml"


def answered(case: Case) -> Floats:
    return ExactPosterior.of(problem_of(case)).leaves


def values_of(found: Sweep, run: int) -> Mapping[Keys, Value]:
    row = found.design.values(np.array([run]))[0].tolist()
    targets = found.design.targets
    return {t.what: t.word(v) if t.kind == "observed" else v for t, v in zip(targets, row, strict=True)}


def assert_runs(case: Case, found: Sweep, runs: list[int], close: float = CLOSE) -> None:
    for run in runs:
        assert found.leaves[run] == pytest.approx(answered(edited(case, values_of(found, run))), abs=close)


def varied(target: Target) -> str:
    """Return two values for a target."""
    if target.kind == "observed":
        return f"{target.name}={target.words[0]},unknown"
    if target.kind in {"prior", "ratio"}:
        return f"{target.name}={0.5 * target.written!r},{3 * target.written!r}"
    return f"{target.name}=.2,.7"


@pytest.mark.parametrize("seed", range(5))
def test_every_target_of_a_random_case(seed: int) -> None:
    case = draw(seed).case
    problem = problem_of(case)
    targets = [t for t in targets_of(case, problem).values() if t.kind == "observed" or matters(t, problem)]
    for target in targets[:: max(1, len(targets) // 12)]:
        several = target.kind == "likelihood" and target.distribution is None
        if np.isinf(target.log_odds) and (several or target.kind in {"circumstance", "attempt"}):
            with pytest.raises(RequestError, match=r"it is certain as it is written|it has probability 1"):
                sweep(case, [varied(target)])
            continue
        assert_runs(case, sweep(case, [varied(target)]), [0, 1])


@pytest.mark.parametrize("seed", range(4))
def test_grids_over_several_targets(seed: int) -> None:
    case = draw(seed).case
    problem = problem_of(case)
    able = [
        t
        for t in targets_of(case, problem).values()
        if t.kind == "observed" or (matters(t, problem) and all(np.isfinite(n.log_odds) for n in t.numbers))
    ]
    chosen = np.random.default_rng(seed).choice(len(able), min(4, len(able)), replace=False)
    found = sweep(case, [varied(able[n]) for n in sorted(chosen.tolist())])
    assert_runs(case, found, [0, found.design.runs // 2, found.design.runs - 1])


@pytest.fixture(scope="module")
def kremlin() -> Case:
    return load(KREMLIN)


def test_a_grid_over_the_default_case(kremlin: Case) -> None:
    vary = [
        "hypotheses.ukraine.message.prior=.1:100:5:log",
        "indicators.drones_struck.likelihood.launch_site=ukraine=.001:.999:5",
        "sources.article.grade=.6,.9",
        "deception.false_flag.attempt=.2,.9",
    ]
    found = sweep(kremlin, vary)
    assert found.design.shape == (5, 5, 2, 2)
    assert_runs(kremlin, found, [3, 77])


def test_a_sample_of_everything_is_the_prior_of_the_parameters(kremlin: Case) -> None:
    found = sweep(kremlin, ["all"], random=2000, settings=Settings(seed=3))
    problem = problem_of(kremlin)
    drawn = draw_prior(problem, np.random.default_rng(4), 2000)
    with np.errstate(divide="ignore"):
        theirs = normalise(np.log(drawn.prior) + log_scores(problem, drawn)) @ problem.leaf_membership.T
    error = np.hypot(found.leaves.std(axis=0), theirs.std(axis=0)) / np.sqrt(2000)
    assert (np.abs(found.leaves.mean(axis=0) - theirs.mean(axis=0)) < 5 * error).all()
    assert_runs(kremlin, found, [0, 1999], 1e-5)


@pytest.mark.parametrize("strength", [0.01, 0.1])
@pytest.mark.parametrize("vary", [["priors"], ["hypotheses.a.prior"], ["hypotheses.a.prior", "hypotheses.c.prior"]])
def test_a_sample_of_a_prior_that_says_next_to_nothing_is_finite(strength: float, vary: list[str]) -> None:
    tops = tuple(Hypothesis(name, name, weight, strength) for name, weight in (("a", 30.0), ("b", 10.0), ("c", 10.0)))
    found = sweep(Case("A case", tops, {}, strength), vary, random=4000, settings=Settings(seed=5))
    assert np.isfinite(found.design.values(np.arange(4000))).all()
    assert np.isfinite(found.leaves).all()
    error = found.leaves.std(axis=0) / np.sqrt(4000)
    assert (np.abs(found.leaves.mean(axis=0) - (0.6, 0.2, 0.2)) < 4 * error).all()


def test_weights_of_any_size_have_an_answer() -> None:
    tops = tuple(Hypothesis(name, name, 1.0, 10.0) for name in "abc")
    found = sweep(Case("A case", tops, {}, 10.0), ["hypotheses.a.prior=1e-300,1,1e300", "hypotheses.b.prior=1e-300,1"])
    assert found.leaves[4] == pytest.approx((1, 0, 0))
    assert found.leaves[0] == pytest.approx((0, 0, 1))


def test_effects_are_the_shares_of_variance_of_an_additive_answer() -> None:
    # P(a) of two hypotheses without evidence moves with the weight alone; the likelihood of an unknown with nothing
    tops = tuple(Hypothesis(name, name, 1.0, 10.0) for name in "ab")
    statements = {OTHERS: Judgement(Point(0.5), "x"), Condition("a"): Judgement(Point(0.2), "x")}
    case = Case("A case", tops, {"i": Indicator("i", "I", statements)}, 10.0)
    vary = ["hypotheses.a.prior=.1:10:7:log", "indicators.i.likelihood.a=.1:.9:3"]
    np.testing.assert_allclose(sweep(case, vary).effects, [1, 0], atol=1e-12)
    both = sweep(case, ["hypotheses.a.prior=.1:10:log", "indicators.i.likelihood.a=.1:.9"], random=4000)
    assert both.effects[0] > 0.98
    assert both.effects[1] < 0.02


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("hypotheses.ukraine.prior=1:9:3", [1, 5, 9]),
        ("hypotheses.ukraine.prior=1:9:3:linear", [1, 5, 9]),
        ("hypotheses.ukraine.children.message.prior=1:9:3:log", [1, 3, 9]),
        ("hypotheses.ukraine.message.prior=2", [2]),
        ("hypotheses.opponents.prior", 2 * np.geomspace(0.2, 5, 11)),
        ("deception.false_flag.attempt=.1,.2", [0.1, 0.2]),
    ],
)
def test_values(kremlin: Case, text: str, values: list[float]) -> None:
    (found,) = variations_of(kremlin, problem_of(kremlin), [text], random=False)
    np.testing.assert_allclose(found.values, values, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hypotheses.ukrane.prior=1:2:3", "Did you mean 'hypotheses.ukraine.prior'"),
        ("ukraine=1:2:3", "begins with hypotheses, circumstances, indicators"),
        ("hypotheses.ukraine.prior=1:2", "a range should be from:to:count"),
        ("hypotheses.ukraine.prior=2:1:3", "a range should go upwards"),
        ("hypotheses.ukraine.prior=0:1:3", "values should be above 0, but one is 0"),
        ("hypotheses.ukraine.prior=0:1:3:log", "begin above 0"),
        ("hypotheses.ukraine.prior=1:2:1", "whole number from 2"),
        ("hypotheses.ukraine.prior=nan", "'nan' should be a number"),
        ("deception.false_flag.attempt=.5,1", "strictly between 0 and 1, but one is 1"),
        ("indicators.drone_type.observed=yes", "unknown"),
        ("prior_strength=2,3", "the exact answer does not depend on it"),
        ("all", "asks for a random sample"),
    ],
)
def test_what_cannot_be_read_is_refused(kremlin: Case, text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        sweep(kremlin, [text])


def test_what_is_too_much_or_set_twice_is_refused(kremlin: Case) -> None:
    with pytest.raises(RequestError, match=r"1000 × 2000 = 2000000 runs are too many: up to 1000000"):
        sweep(kremlin, ["hypotheses.ukraine.prior=1:2:1000", "hypotheses.other.prior=1:2:2000"])
    with pytest.raises(RequestError, match=r"is set by hypotheses\.other.prior already"):
        sweep(kremlin, ["hypotheses.other.prior=1,2", "hypotheses.other.prior=3"])
    with pytest.raises(RequestError, match="give --vary"):
        sweep(kremlin, [])


def test_what_is_named_is_not_among_all_wherever_it_stands(kremlin: Case) -> None:
    named = "hypotheses.ukraine.prior=1:10"
    problem = problem_of(kremlin)
    first, last = (variations_of(kremlin, problem, vary, random=True) for vary in ([named, "all"], ["all", named]))
    assert {v.target.name for v in first} == {v.target.name for v in last}
    assert sum(v.target.name == "hypotheses.ukraine.prior" for v in last) == 1
