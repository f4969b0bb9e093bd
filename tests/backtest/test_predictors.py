"""What single predictors say, on records small enough to count by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made import made_record

from falseflag.errors import RequestError
from falseflag.record import read_record
from falseflag.validation.predictors import ACCUSATION, INCONSISTENCY, inconsistencies
from falseflag.validation.resolved import Context, read_context, split

RECORD = made_record(2, 30)
ASKED = np.arange(30) >= 20
PRIOR = np.array([0.4, 0.3, 0.2, 0.1])


def test_an_accusation_is_trusted_as_far_as_accusations_were_right() -> None:
    context = Context(accused_class={f"i{k}": "nonstate" for k in range(30)})
    training, reports = split(RECORD, context, ~ASKED, ASKED)
    made = [one.author for one in training.record.incidents if one.cells["accused_within_day"]]
    trust = (1 + made.count("nonstate")) / (2 + len(made))
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
    of_class = (training.record.y[:, None] == np.arange(4)).astype(float)
    present, absent = (training.record.x == 1).T @ of_class, (training.record.x == 0).T @ of_class
    counts = inconsistencies(reports.x, present, absent)
    answers = INCONSISTENCY.predict(training, reports, PRIOR)
    assert answers.sum(axis=1) == pytest.approx(1)
    for row, count in zip(answers, counts, strict=True):
        assert np.flatnonzero(np.isclose(row, row.max())).tolist() == np.flatnonzero(count == count.min()).tolist()


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
