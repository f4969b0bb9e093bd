"""What single predictors say, on records small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made import made_record
from scipy import special, stats

from falseflag.arrays import Floats
from falseflag.errors import RequestError
from falseflag.record import Record, read_record
from falseflag.validation.predictors import (
    ACCUSATION,
    INCONSISTENCY,
    NAIVE_BAYES,
    REGRESSION,
    SCALES,
    TEMPERED,
    features,
    inconsistencies,
    regress,
)
from falseflag.validation.resolved import Context, read_context, split

RECORD = made_record(2, 30)
ASKED = np.arange(30) >= 20
PRIOR = np.array([0.4, 0.3, 0.2, 0.1])


def test_an_accusation_is_trusted_as_far_as_accusations_were_right() -> None:
    context = Context(accused_class={f"i{k}": "nonstate" for k in range(30)})
    training, reports = split(RECORD, context, ~ASKED, ASKED)
    made = [one.label["nonstate"] for one in training.record.incidents if one.cells["accused_within_day"]]
    trust = (1 + sum(made)) / (2 + len(made))
    for row, one in zip(ACCUSATION.predict(training, reports, PRIOR), RECORD.incidents[20:], strict=True):
        if one.cells["accused_within_day"]:
            assert row[1] == pytest.approx(trust)
            assert row[[0, 2, 3]] == pytest.approx((1 - trust) * PRIOR[[0, 2, 3]] / 0.7)
        else:
            assert row == pytest.approx(PRIOR)


def test_inconsistencies_are_reports_whose_opposite_is_twice_as_common() -> None:
    present, absent = np.array([[8.0, 2.0], [1.0, 9.0]]), np.array([[2.0, 8.0], [1.0, 1.0]])
    x = np.array([[1.0, 1.0], [0.0, 0.0], [np.nan, 0.0]])
    assert inconsistencies(x, present, absent).tolist() == [[0, 1], [1, 1], [0, 1]]


def test_the_fewest_inconsistencies_win() -> None:
    training, reports = split(RECORD, Context(), ~ASKED, ASKED)
    label = training.record.label
    present, absent = (training.record.x == 1).T @ label, (training.record.x == 0).T @ label
    counts = inconsistencies(reports.x, present, absent)
    answers = INCONSISTENCY.predict(training, reports, PRIOR)
    assert answers.sum(axis=1) == pytest.approx(1)
    for row, count in zip(answers, counts, strict=True):
        assert np.flatnonzero(np.isclose(row, row.max())).tolist() == np.flatnonzero(count == count.min()).tolist()


def test_the_power_of_tempered_naive_bayes_is_the_best_for_incidents_left_out() -> None:
    """By a search over a fine grid, each training incident answered by plain naive Bayes on the others."""
    training, reports = split(RECORD, Context(), ~ASKED, ASKED)
    logs = []
    for at in range(20):
        others = np.arange(20) != at
        left = split(training.record, Context(), others, ~others)
        logs.append(np.log(NAIVE_BAYES.predict(*left, np.full(4, 0.25))[0]))
    start = np.log(training.frequencies)
    powers = np.arange(0, 2.0005, 0.001)
    answers = special.log_softmax(start + powers[:, None, None] * np.array(logs), axis=2)
    power = powers[(answers * training.record.label).sum(axis=(1, 2)).argmax()]
    plain = np.log(NAIVE_BAYES.predict(training, reports, np.full(4, 0.25)))
    expected = special.softmax(np.log(PRIOR) + power * plain, axis=1)
    assert TEMPERED.predict(training, reports, PRIOR) == pytest.approx(expected, abs=2e-3)


def log_posterior(w: Floats, record: Record, start: Floats, scale: float) -> float:
    """log P(labels, w) of the regression, in plain loops; w has a row for the constant and one for each indicator."""
    total = float(stats.norm(0, scale).logpdf(w).sum())
    for one in record.incidents:
        logits = start + w[0]
        for j, name in enumerate(record.indicators):
            cell = one.cells[name]
            logits = logits + (0 if cell is None else 1 if cell else -1) * w[j + 1]
        total += sum(one.label[of] * (logits[c] - special.logsumexp(logits)) for c, of in enumerate(record.classes))
    return total


def test_the_regression_is_the_normal_approximation_at_the_mode() -> None:
    record, start, scale = RECORD.only(~ASKED), np.log(PRIOR), 0.7
    found = regress(features(record.x), record.label, start, scale)
    rng, near = np.random.default_rng(0), 1e-3
    height = log_posterior(found.mode, record, start, scale)
    precision = np.linalg.inv(found.covariance)
    for _ in range(10):
        step = rng.normal(size=found.mode.shape)
        up, down = (log_posterior(found.mode + sign * near * step, record, start, scale) for sign in (1, -1))
        assert (up - down) / (2 * near) == pytest.approx(0, abs=1e-4)
        assert -(up + down - 2 * height) / near**2 == pytest.approx(step.ravel() @ precision @ step.ravel(), rel=1e-3)
    size = found.mode.size
    evidence = height + size / 2 * np.log(2 * np.pi) + np.linalg.slogdet(found.covariance)[1] / 2
    assert found.log_evidence == pytest.approx(evidence, rel=1e-9)


def test_the_regression_answers_by_the_mean_over_its_normal_approximation() -> None:
    training, reports = split(RECORD, Context(), ~ASKED, ASKED)
    design, start = features(training.record.x), np.log(training.frequencies)
    fits = [regress(design, training.record.label, start, scale) for scale in SCALES]
    best = max(fits, key=lambda fit: fit.log_evidence)
    drawn = np.random.default_rng(9).multivariate_normal(best.mode.ravel(), best.covariance, 20_000)
    logits = np.log(PRIOR) + np.einsum("nd,sdc->snc", features(reports.x), drawn.reshape(-1, *best.mode.shape))
    each = special.softmax(logits, axis=2)
    error = each.std(axis=0) * np.sqrt(1 / 2000 + 1 / 20_000)
    assert (np.abs(REGRESSION.predict(training, reports, PRIOR) - each.mean(axis=0)) < 4.5 * error).all()


def test_a_record_without_notes_has_conflicts_of_one(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "priors" / "resolved_cases.csv"
    (tmp_path / "mine.csv").write_bytes(source.read_bytes())
    record = read_record(tmp_path / "mine.csv")
    context = read_context(record)
    assert context.conflicts(record) == [one.name for one in record.incidents]
    assert set(context.accused(record)) == {"", "adversary"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,conflict\na,b\n", "columns should be id, conflict, accused_class"),
        ("id,conflict,accused_class\na,b,state\n", ":2: a: accused_class should be"),
        ("id,conflict,accused_class\na,b,\na,c,\n", "a stands in it twice"),
    ],
)
def test_errors_in_the_notes_are_told(tmp_path: Path, text: str, told: str) -> None:
    source = Path(__file__).parents[2] / "priors" / "resolved_cases.csv"
    (tmp_path / "mine.csv").write_bytes(source.read_bytes())
    (tmp_path / "mine_context.csv").write_text(text)
    with pytest.raises(RequestError, match=told):
        read_context(read_record(tmp_path / "mine.csv"))
