"""Every run of a sweep is what the case answers with the run's values written into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from making import case_of, leaf, random_case
from scipy import special
from sweeping import KREMLIN, answered, as_written_anew, values_of

from falseflag.case.loader import load
from falseflag.exact.draws import draw_prior
from falseflag.exact.likelihood import log_scores
from falseflag.problem import problem_of
from falseflag.settings import Settings
from falseflag.sweep import sweep
from falseflag.sweep.edited import edited
from falseflag.sweep.record import report

CLOSE = 1e-7
"""Twice the engine's own bound."""

FIRST = random_case(0).hypotheses[0].name
GRIDS = [
    [f"hypotheses.{FIRST}.prior=1:9:4", "indicators.i6.likelihood.others=.01,.5,.99", "indicators.i7.reliability=.5,1"],
    ["indicators.i0.likelihood.others=.001:.999:5", "indicators.i1.likelihood.others=.02,.98"],
    ["dependence.g1.correlation=0,.5,.9,.99,.9999", "indicators.i2.likelihood.others=.05,.95"],
    ["dependence.g2.correlation=.2,.8", "indicators.i3.observed", "indicators.i3.reliability=.5,.8,1"],
    ["indicators.i0.observed=absent,unknown", "indicators.i1.observed=absent,present", "indicators.i8.observed"],
]


@pytest.mark.parametrize("vary", GRIDS, ids=lambda vary: vary[0])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_is_the_case_with_its_values_in_it(vary: list[str], seed: int) -> None:
    case = random_case(seed)
    vary = [text.replace(FIRST, case.hypotheses[0].name) for text in vary]
    found = sweep(case, vary)
    for run in np.random.default_rng(seed).choice(found.design.runs, 4, replace=False).tolist():
        assert found.leaves[run] == pytest.approx(answered(edited(case, values_of(found, run))), abs=CLOSE)


def test_the_default_case_is_answered_as_its_files_would_be(tmp_path: Path) -> None:
    vary = [
        "hypotheses.false_flag.mobilisation.prior=.1:100:5:log",
        "indicators.two_hits.likelihood.others=.001:.999:5",
        "sources.kremlin.reliability=.6,1",
        "dependence.arrival.correlation=.3,.9",
        "indicators.symbolic_target.observed",
    ]
    found = sweep(load(KREMLIN), vary)
    for run in (3, 217):
        changes = {what: report(v) if what[-1] == "observed" else v for what, v in values_of(found, run).items()}
        assert found.leaves[run] == pytest.approx(answered(as_written_anew(tmp_path, changes)), abs=CLOSE)


def test_what_a_run_is_edited_into_is_what_its_author_would_write(tmp_path: Path) -> None:
    changes = {
        ("hypotheses", "ukraine", "children", "message", "prior"): 2.0,
        ("hypotheses", "false_flag", "prior_strength"): 3.0,
        ("prior_strength",): 20.0,
        ("indicators", "two_hits", "likelihood", "others"): 0.25,
        ("indicators", "small_charge", "reliability"): 0.75,
        ("sources", "kremlin", "reliability"): 0.625,
        ("dependence", "symbol", "correlation"): 0.5,
    }
    ours, theirs = problem_of(edited(load(KREMLIN), changes)), problem_of(as_written_anew(tmp_path, changes))
    for one, other in zip(ours.branchings, theirs.branchings, strict=True):
        np.testing.assert_array_equal(one.concentration, other.concentration)
    for name in ("statements", "reliability", "correlation"):
        for part in ("alpha", "beta", "point"):
            np.testing.assert_array_equal(getattr(getattr(ours, name), part), getattr(getattr(theirs, name), part))


def test_reports_that_are_all_but_impossible_are_answered_too() -> None:
    case = random_case(1)
    vary = [f"indicators.{i}.likelihood.others=1e-9,1e-300,.999999999999" for i in ("i0", "i1", "i2")]
    found = sweep(case, [*vary, "dependence.g1.correlation=.3,.99", "indicators.i1.reliability=1"])
    for run in (0, 13, 27, 53):
        assert found.leaves[run] == pytest.approx(answered(edited(case, values_of(found, run))), abs=CLOSE)


def test_weights_of_any_size_have_an_answer() -> None:
    case = random_case(1)
    first, second = (node.name for node in case.hypotheses[:2])
    found = sweep(case, [f"hypotheses.{name}.prior=1e-300,1,1e300" for name in (first, second)])
    assert np.isfinite(found.leaves).all()
    below = [leaf_name.split(".")[0] == first for leaf_name in found.problem.leaves]
    assert found.leaves[6][below].sum() == pytest.approx(1)  # 1e300 against 1e-300
    assert found.leaves[4] == pytest.approx(answered(edited(case, values_of(found, 4))), abs=CLOSE)


def test_a_sample_of_everything_is_the_prior_of_the_parameters() -> None:
    case = load(KREMLIN)
    found = sweep(case, ["all"], random=3000, settings=Settings(seed=3))
    problem = problem_of(case)
    drawn = draw_prior(problem, np.random.default_rng(4), 3000)
    scores = np.log(drawn.prior) + log_scores(problem, drawn.theta, drawn.reliability, drawn.correlation)
    theirs = special.softmax(scores, axis=1)
    for ours, expected in ((found.leaves, theirs), (np.log(found.leaves), np.log(theirs))):
        error = np.hypot(ours.std(axis=0), expected.std(axis=0)) / np.sqrt(3000)
        # one reliability is shared by all reports of a source, which moves the spread, hardly the mean
        assert (np.abs(ours.mean(axis=0) - expected.mean(axis=0)) < 5 * error).all()


@pytest.mark.parametrize("strength", [0.01, 0.1])
@pytest.mark.parametrize("vary", [["priors"], ["hypotheses.a.prior"], ["hypotheses.a.prior", "hypotheses.c.prior"]])
def test_a_sample_of_a_prior_that_says_next_to_nothing_is_finite(strength: float, vary: list[str]) -> None:
    case = case_of([leaf("a", 30), leaf("b", 10), leaf("c", 10)], strength=strength)
    found = sweep(case, vary, random=4000, settings=Settings(seed=5))
    assert np.isfinite(found.design.values(np.arange(4000))).all()
    assert np.isfinite(found.leaves).all()
    error = found.leaves.std(axis=0) / np.sqrt(4000)
    assert (np.abs(found.leaves.mean(axis=0) - (0.6, 0.2, 0.2)) < 4 * error).all()


def test_runs_of_a_sample_are_answered_as_written() -> None:
    case = random_case(2)
    first = case.hypotheses[0].name
    whole = sweep(case, ["judgements", f"hypotheses.{first}.prior=1:9"], random=100)
    part = sweep(
        case, ["priors", "indicators.i0.likelihood.others=.1:.6", "indicators.i1.reliability=.6:.9"], random=20
    )
    for found, close in ((whole, 1e-5), (part, CLOSE)):
        for run in (0, 10, 19):
            assert found.leaves[run] == pytest.approx(answered(edited(case, values_of(found, run))), abs=close)


def test_weights_drawn_as_elicited_have_the_dirichlets_moments() -> None:
    case = load(KREMLIN)
    names = ("ukraine", "opponents")
    found = sweep(case, [f"hypotheses.{name}.prior" for name in names], random=20_000)
    weights = np.stack(found.design.levels)
    total = weights.sum(axis=0) + 3  # the siblings keep theirs, 2 and 1
    shares = weights / total
    mean = np.array([0.5, 0.2])
    error = np.sqrt(mean * (1 - mean) / 11 / 20_000)
    assert (np.abs(shares.mean(axis=1) - mean) < 4 * error).all()
    covariance = np.cov(shares)[0, 1]
    assert covariance == pytest.approx(-0.5 * 0.2 / 11, rel=0.1)


def test_effects_are_the_shares_of_variance_of_an_additive_answer() -> None:
    from making import case_of, indicator  # noqa: PLC0415

    # P(a) of two hypotheses without evidence moves with the weight alone; the likelihood of an unknown with nothing
    case = case_of([leaf("a"), leaf("b")], [indicator("i", {"others": 0.5, "a": 0.2}, observed=None)])
    vary = ["hypotheses.a.prior=.1:10:7:log", "indicators.i.likelihood.a=.1:.9:3"]
    np.testing.assert_allclose(sweep(case, vary).effects, [1, 0], atol=1e-12)
    both = sweep(case, ["hypotheses.a.prior=.1:10:log", "indicators.i.likelihood.a=.1:.9"], random=4000)
    assert both.effects[0] > 0.98
    assert both.effects[1] < 0.02


def test_a_statement_that_the_record_splits_is_held_at_one_number_for_all_classes(tmp_path: Path) -> None:
    priors = KREMLIN.parent
    for name in ("kremlin.yaml", "kremlin_record.yaml", "resolved_cases.csv"):
        shutil.copy(priors / name, tmp_path / name)
    profile = "extends: kremlin_record.yaml\nindicators: {mass_casualties: {likelihood: {others: 0.25}}}\n"
    (tmp_path / "profile.yaml").write_text(profile, encoding="utf-8")
    case = load(tmp_path / "kremlin_record.yaml")
    found = sweep(case, ["indicators.mass_casualties.likelihood.others=.25,.5"])
    assert found.leaves[0] == pytest.approx(answered(load(tmp_path / "profile.yaml")), abs=CLOSE)
    assert found.leaves[1] == pytest.approx(answered(edited(case, values_of(found, 1))), abs=CLOSE)
