"""The page of a back-test, and the command that writes it."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from commands import run
from made import made_record
from scipy import stats

from falseflag.case.loader import load
from falseflag.errors import RequestError
from falseflag.inference.checks import Check
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.plots import render
from falseflag.problem import problem_of
from falseflag.record import Record
from falseflag.report.backtest import PICTURES, page
from falseflag.report.backtest_findings import told
from falseflag.validation.backtest import Refitted, Review, answer, answer_as_absent, worst_misses
from falseflag.validation.backtest import review as run_review
from falseflag.validation.backtest_scores import discriminate, draws_from_counts
from falseflag.validation.predictors import QUICK, hierarchical, key_of
from falseflag.validation.resolved import SCHEMES, Context

PRIORS = Path(__file__).parents[2] / "priors"


def reviewed() -> Review:
    """A back-test of a made record, with likelihoods of a hierarchical model made up too."""
    record = dataclasses.replace(made_record(6, 36), path="made.csv", sha256="0" * 64)
    context = Context()
    rng = np.random.default_rng(0)
    names = [one.name for one in record.incidents]
    known = [fold.known for scheme in SCHEMES.values() for fold in scheme.folds(record, context)]
    table = {key_of(np.array(names)[mask].tolist()): {name: rng.normal(0, 1, 4) for name in names} for mask in known}
    passed = Check("r_hat", passed=True, value=1.0, limit=1.01, message="The largest r̂ is 1.0.")
    rate = rng.beta(2, 2, (200, 15, 4))
    refitted = Refitted(table, k_hat=(0.2, 0.4), fitted=3, unsound=(), whole=(passed,), rate=rate)
    predictors = (*QUICK, hierarchical(table))
    return Review(
        record=record,
        context=context,
        predictors=predictors,
        answers=answer(record, context, predictors),
        refitted=refitted,
        misses=worst_misses(record, context),
        by_counts=discriminate(record, draws_from_counts(record)),
        by_model=discriminate(record, rate),
    )


@pytest.fixture(scope="module")
def review() -> Review:
    return reviewed()


def test_every_predictor_stands_in_every_table_of_scores(review: Review) -> None:
    text = page(review, "there", load(PRIORS / "kremlin_record.yaml"))
    how_well = text.split("## How well")[1]
    for scheme in SCHEMES.values():
        part = how_well.split(f"**{scheme.label.capitalize()}**")[1].split("\n\n")[1]
        for predictor in review.predictors:
            answers = review.find(scheme.name, predictor.name)
            assert answers is not None
            score = f"{review.score(answers, 'log').value:.2f}".replace("-", "−")
            assert re.search(rf"\| {re.escape(predictor.label)} \| {score} \(", part)
    assert "nan" not in text
    assert text.count("](there/") == len(PICTURES)
    assert "the largest k̂ was 0.40" in text
    assert "Checks that a fit failed, even with more draws: none." in text
    assert "By counts, more common in false flags" in text
    assert "By the hierarchical model, more common in false flags" in text


def test_a_false_flag_against_the_rest_comes_first(review: Review) -> None:
    text = page(review, "there")
    part = text.split("## Does it tell a false flag from the rest?")[1].split("\n## ")[0]
    for scheme in SCHEMES.values():
        rows = part.split(f"**{scheme.label.capitalize()}**")[1].split("\n\n")[1]
        for predictor in review.predictors:
            answers = review.find(scheme.name, predictor.name)
            assert answers is not None
            (row,) = [line for line in rows.splitlines() if line.startswith(f"| {predictor.label} |")]
            assert (f"| {review.detection(answers).auc.value:.2f} (" in row) == (not predictor.is_baseline)


def test_cells_are_counted_by_kind(review: Review) -> None:
    incidents = [dataclasses.replace(one, looked_up=frozenset({"precedent"})) for one in review.record.incidents]
    text = page(
        dataclasses.replace(review, record=dataclasses.replace(review.record, incidents=tuple(incidents))), "there"
    )
    cells = [one.cells for one in incidents]
    for kind, value in (("present", True), ("absent", False)):
        count = sum(list(row.values()).count(value) for row in cells)
        seen = sum(row["precedent"] is value for row in cells)
        assert (
            f"| reported {kind} | {count} ({count / 36 / 15:.0%}) | {seen} ({seen / count:.0%}) |".replace("%", " %")
            in text
        )


def test_how_many_incidents_a_difference_takes(review: Review) -> None:
    """With so many as good as these, the lower end of a 90 % interval lies above 0 in 80 % of samples."""
    one, other = (review.find("leave_one_out", name) for name in ("naive_bayes", "frequencies"))
    assert one is not None
    assert other is not None
    differences = review.values(one, "log") - review.values(other, "log")
    error = differences.std(ddof=1) / np.sqrt(review.needed(one, other))
    assert stats.norm.sf(1.645, abs(differences.mean()) / error) == pytest.approx(0.8, abs=1e-3)


def test_blanks_read_as_absent_are_answered_as_a_record_that_says_so() -> None:
    record = made_record(6, 24)
    filled = [dataclasses.replace(one, cells={k: bool(v) for k, v in one.cells.items()}) for one in record.incidents]
    expected = answer(dataclasses.replace(record, incidents=tuple(filled)), Context(), QUICK)
    found = {one.predictor: one.probability for one in answer_as_absent(record, Context())}
    for one in expected:
        if (one.scheme, one.prior) == ("leave_one_out", "frequencies"):
            assert found[one.predictor] == pytest.approx(one.probability)


def test_a_fit_that_failed_is_told(review: Review) -> None:
    failed = Check("divergences", passed=False, value=3, limit=0, message="3 of 4000 transitions diverged.")
    assert review.refitted is not None
    bad = dataclasses.replace(review, refitted=dataclasses.replace(review.refitted, unsound=(failed,)))
    assert review.is_sound
    assert not bad.is_sound
    assert "failed, even with more draws: 3 of 4000 transitions diverged." in page(bad, "there")


def test_too_few_incidents_are_refused() -> None:
    with pytest.raises(RequestError, match="needs 10 incidents or more"):
        run_review(made_record(3, 9), sampled=False)


def test_a_small_record_of_one_conflict_and_three_classes_is_answered() -> None:
    record = Record(tuple(one for one in made_record(3, 24).incidents if one.author != "accident"))
    found = run_review(record, sampled=False)
    text = page(found, "there")
    assert "nan" not in text
    assert "accident (0)" in text


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_the_same_bytes_each_time(review: Review, name: str) -> None:
    assert render(PICTURES[name](review), "svg") == render(PICTURES[name](review), "svg")


def test_a_case_told_nothing_but_its_judgements_answers_as_the_case_without_the_record() -> None:
    with_record, without = load(PRIORS / "kremlin_record.yaml"), load(PRIORS / "kremlin.yaml")
    alone = told(with_record, lambda row: row.judgement.scalar)
    without = dataclasses.replace(without, deception=with_record.deception)  # what is linked is out of its reach
    one, other = (ExactPosterior.of(problem_of(case)).leaves for case in (alone, without))
    assert one == pytest.approx(other, rel=1e-9)


def test_the_command_writes_page_pictures_and_answers(tmp_path: Path) -> None:
    for name in ("resolved_cases.csv", "resolved_cases_context.csv"):
        shutil.copy(PRIORS / name, tmp_path)
    done = run("backtest", "resolved_cases.csv", "--quick", "--out", "there/found", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    scores = json.loads(done.stdout)["scores"]
    assert {row["scheme"] for row in scores} == set(SCHEMES)
    written = {path.name for path in (tmp_path / "there").rglob("*") if path.is_file()}
    assert written == {
        "found.md",
        "SHA256SUMS",
        "answers.csv",
        *(f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg")),
    }
