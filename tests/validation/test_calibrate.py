"""The whole way: from a case to a verdict, its files and figures; broken off and gone on with."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from closeness import close_to
from commands import imported_by, run
from making import case_of, indicator, inner, leaf
from oracle.random_cases import draw

from falseflag import sampling
from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.inference.draws import draw_prior
from falseflag.inference.exact.factors import Evidence
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import Answer
from falseflag.settings import Settings
from falseflag.validation.calibrate import KINDS, Calibration, Task, calibrate, quantities

WRITTEN = """\
title: Two boxers
hypotheses:
  red: {prior: 2}
  blue: {}
indicators:
  glove: {observed: present, reliability: 0.9, likelihood: {red: likely, blue: unlikely}}
"""


def figures(found: Calibration) -> dict[str, Any]:
    from falseflag.plots.validation import calibration_figures  # noqa: PLC0415  (takes matplotlib along)

    return dict(calibration_figures(found))


@pytest.fixture(scope="module")
def case() -> Case:
    tree = [inner("a", [leaf("a.x", 2.0), leaf("a.y")], 2.0, strength=3.0), leaf("b", 1.5)]
    told = [
        indicator("i", {"a": Beta(6, 2), "others": Beta(2, 5)}, reliability=Beta(17, 3)),
        indicator("j", {"a.y": 0.9, "others": Beta(3, 3)}, observed=False, reliability=0.9),
    ]
    return case_of(tree, told, strength=4.0)


@pytest.fixture(scope="module")
def found(case: Case) -> Calibration:
    return calibrate(case, replicates=150)


def test_the_program_is_calibrated(found: Calibration) -> None:
    assert found.passed, found.sentence
    assert (found.replicates, found.fewest_draws, found.unanswered) == (150, 99, 0)
    assert found.p_value > 0.01
    assert sum(each.count for each in found.bins) == 150 * 3
    assert all(score.gain > 2 * score.error for score in found.scores)
    assert {verdict.kind for verdict in found.tests} >= {"hypotheses", "likelihood", "report", "probability", "truth"}


def test_every_quantity_is_ranked_once(case: Case, found: Calibration) -> None:
    names = [str(q) for q in found.quantities]
    assert len(set(names)) == len(names)
    assert "likelihood: i | a" in names
    assert "likelihood: j | a.y" not in names  # a point
    assert "hypotheses: a" in names  # of two alternatives the first
    assert found.values.shape == (150, len(names))
    assert ((found.values > 0) & (found.values < 1)).all()
    assert len(found.tests) == len(names) + len(found.bins) + len(case.nodes)


def test_an_answer_that_ignores_the_reports_is_noticed(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranks of parameters alone would not tell: those of prior draws are uniform too (Modrák et al. 2023)."""
    answered = sampling.sample

    def prior_alone(given: Case, _engine: str, settings: Settings) -> Answer:
        answer = answered(given, "exact", settings)
        nothing = ExactPosterior.of(answer.problem, Evidence.none_of(answer.problem))
        drawn = draw_prior(answer.problem, np.random.default_rng(settings.seed), settings.draws)
        return replace(answer, exact=nothing, draws=drawn)

    monkeypatch.setattr(sampling, "sample", prior_alone)
    wrong = calibrate(case, replicates=150)
    assert not wrong.passed
    assert wrong.sentence.startswith("Not calibrated")
    assert not {verdict.kind for verdict in wrong.failed} & {"hypotheses", "likelihood", "report"}


def test_draws_that_are_not_finite_are_no_answer(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = sampling.sample

    def holed(given: Case, _engine: str, settings: Settings) -> Answer:
        answer = answered(given, "exact", settings)
        probability = answer.draws.probability.copy()
        probability[3] = np.nan
        return replace(answer, draws=replace(answer.draws, probability=probability))

    monkeypatch.setattr(sampling, "sample", holed)
    none = calibrate(case, replicates=10)
    assert none.unanswered == 10
    assert not none.passed
    assert figures(none) == {}
    json.dumps(none.to_dict(), allow_nan=False)


def test_a_calibration_goes_on_where_it_stopped(
    case: Case, found: Calibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "replicates.jsonl"
    calibrate(case, replicates=40, store=store)
    made, numbers = Task.__call__, []

    def counted(task: Task, number: int) -> dict[str, Any]:
        numbers.append(number)
        return made(task, number)

    monkeypatch.setattr(Task, "__call__", counted)
    again = calibrate(case, replicates=50, store=store)
    assert numbers == list(range(40, 50))
    assert np.allclose(again.values, found.values[:50])
    with pytest.raises(RequestError, match="holds another batch"):
        calibrate(case, replicates=50, store=store, seed=5)


def test_a_task_can_be_sent_to_another_process(case: Case) -> None:
    task = Task(case, "exact", 3)
    assert pickle.loads(pickle.dumps(task))(7) == close_to(task(7))  # noqa: S301
    assert task(7) != task(8)


def test_figures_show_what_was_tested(found: Calibration) -> None:
    drawn = figures(found)
    assert list(drawn) == ["curves", "histograms", "reliability"]
    kinds = {q.kind for q in found.quantities}
    assert len(drawn["curves"].axes) == len(kinds)
    lines = sum(len(axes.lines) - 1 for axes in drawn["curves"].axes)  # less the zero line
    assert lines == len(found.quantities)
    assert len(drawn["histograms"].axes) == len(found.case.nodes) + 1
    dots = [line for line in drawn["reliability"].axes[0].lines if line.get_marker() == "o"]
    assert len(dots) == sum(each.count > 0 for each in found.bins)


def test_the_command_writes_what_it_found(tmp_path: Path) -> None:
    path, out = tmp_path / "boxers.yaml", tmp_path / "out"
    path.write_text(WRITTEN)
    result = run("calibrate", path, "--replicates", "30", "--out", out)
    assert result.returncode == 0, result.stderr
    assert "Calibrated: all" in " ".join(result.stdout.split())
    written = json.loads((out / "calibration.json").read_text())
    assert written["passed"]
    assert written["replicates"] == 30
    assert {p.name for p in (out / "calibration").iterdir()} == {
        f"{name}.{kind}" for name in ("curves", "histograms", "reliability") for kind in ("svg", "png")
    }
    assert run("calibrate", path, "--replicates", "30", "--out", out, "--seed", "1").returncode == 2


@pytest.mark.parametrize("report", ["", "  glove: {observed: unknown, likelihood: {red: likely, blue: unlikely}}"])
def test_reports_that_tell_nothing_do_not_convict(tmp_path: Path, report: str) -> None:
    path = tmp_path / "boxers.yaml"
    path.write_text(
        WRITTEN.rpartition("  glove")[0].replace("indicators:", f"indicators:{'' if report else ' {}'}") + report
    )
    found = calibrate(load(path), replicates=150)
    assert found.passed, found.sentence


def test_json_needs_neither_pymc_nor_matplotlib(tmp_path: Path) -> None:
    path = tmp_path / "boxers.yaml"
    path.write_text(WRITTEN)
    assert not imported_by("calibrate", path, "--replicates", "10", "--json") & {"pymc", "matplotlib", "arviz"}


@pytest.mark.slow
def test_nuts_is_calibrated_and_compiles_once(case: Case) -> None:
    from falseflag.inference.nuts.compile import compiled_digests  # noqa: PLC0415  (takes seconds)

    before = len(compiled_digests())
    sampled = calibrate(case, "nuts", replicates=6)
    assert len(compiled_digests()) <= before + 1
    assert sampled.passed, sampled.sentence
    assert sampled.fewest_draws == 99


# The second edition


def test_quantities_of_the_second_edition_are_ranked() -> None:
    case = draw(1007).case
    kinds = {q.kind for seed in range(1000, 1012) for q in quantities(draw(seed).case)}
    assert kinds == set(KINDS)
    names = [str(q) for q in quantities(case)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "seed", [1003, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1002, 1004, 1007, 1008, 1011, 1016, 1019))]
)
def test_random_cases_of_the_second_edition_are_calibrated(seed: int) -> None:
    """Circumstances, staging, shared reliabilities, detections, ratios, many values, conditional correlation."""
    found = calibrate(draw(seed).case, replicates=100)
    assert found.passed, found.sentence
