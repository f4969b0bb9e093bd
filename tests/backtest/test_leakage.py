"""An incident's own label never has a say in the answer given for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from made import made_record, relabelled

from falseflag.record import CLASSES, GRADE_WEIGHTS, Record
from falseflag.validation.backtest import answer_fold
from falseflag.validation.predictors import QUICK, Predictor
from falseflag.validation.resolved import SCHEMES, Context, Reports, Scheme, Training, split

RECORD = made_record(1, 40)
CONTEXT = Context(
    conflict={f"i{k}": f"war {k % 7}" for k in range(0, 40, 2)},
    accused_class={f"i{k}": "nonstate" for k in range(0, 40, 3)},
)


type Change = tuple[str | None, str, Mapping[str, float]]
"""Another author, or the same, another grade of truth, and probabilities of the author."""

DOUBTED = {"nonstate": 0.7, "false_flag": 0.3}
CHANGES: tuple[Change, ...] = (
    *((of, grade, {}) for of, grade in zip(CLASSES, "ABCA", strict=True)),
    (None, "A", DOUBTED),
)
GRADES: tuple[Change, ...] = tuple((None, grade, {}) for grade in GRADE_WEIGHTS)
SHARES: tuple[Change, ...] = ((None, "A", DOUBTED), (None, "A", {"accident": 0.5, "adversary": 0.5}))


def leaks(predictor: Predictor, scheme: Scheme, changes: tuple[Change, ...] = CHANGES) -> bool:
    """Tell whether any answer moves when the label and grade of the incident it is given for do."""
    record = RECORD
    for fold in scheme.folds(record, CONTEXT)[::9]:
        at = int(np.flatnonzero(fold.asked)[-1])
        row = int(fold.asked[:at].sum())
        before = answer_fold(record, CONTEXT, predictor, fold, "frequencies")[row]
        for author, grade, shares in changes:
            other = relabelled(record, at, author or record.incidents[at].author, grade, shares)
            again = next(f for f in scheme.folds(other, CONTEXT) if f.name == fold.name)
            if not np.allclose(answer_fold(other, CONTEXT, predictor, again, "frequencies")[row], before):
                return True
    return False


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
@pytest.mark.parametrize("predictor", QUICK, ids=[predictor.name for predictor in QUICK])
def test_no_answer_depends_on_its_own_label(predictor: Predictor, scheme: Scheme) -> None:
    assert not leaks(predictor, scheme)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_predictor_that_looks_at_the_labels_is_caught(scheme: Scheme, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is given the whole record to learn from, as a careless back-test would."""

    def careless(record: Record, context: Context, known: np.ndarray, asked: np.ndarray) -> tuple[Training, Reports]:
        _training, reports = split(record, context, known, asked)
        return Training(record, split(record, context, known | asked, ~(known | asked))[0].reports), reports

    learned = QUICK[-1]
    assert not leaks(learned, scheme, GRADES)
    monkeypatch.setattr("falseflag.validation.backtest.split", careless)
    assert leaks(learned, scheme)
    assert leaks(learned, scheme, GRADES)
    assert leaks(learned, scheme, SHARES)


def test_what_is_asked_about_is_never_learned_from() -> None:
    for scheme in SCHEMES.values():
        for fold in scheme.folds(RECORD, CONTEXT):
            assert not (fold.known & fold.asked).any()
    with pytest.raises(ValueError, match="must not be learned from"):
        split(RECORD, CONTEXT, np.ones(40, bool), np.ones(40, bool))


def test_incidents_of_one_conflict_do_not_know_of_each_other() -> None:
    conflicts = np.array(CONTEXT.conflicts(RECORD))
    folds = SCHEMES["leave_conflict_out"].folds(RECORD, CONTEXT)
    assert sum(fold.asked.sum() for fold in folds) == len(RECORD)
    for fold in folds:
        assert not set(conflicts[fold.asked]) & set(conflicts[fold.known])


def test_forward_in_time_only_earlier_days_are_known() -> None:
    for fold in SCHEMES["forward"].folds(RECORD, CONTEXT):
        assert RECORD.date[fold.known].max() < RECORD.date[fold.asked].min()
        assert fold.known.sum() == (RECORD.date < RECORD.date[fold.asked].min()).sum()
