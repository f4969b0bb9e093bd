"""Run a back-test: every predictor answers every fold of every scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from falseflag.backtest.context import Context
from falseflag.backtest.material import split
from falseflag.backtest.predictors import Predictor
from falseflag.backtest.schemes import SCHEMES, Fold
from falseflag.problem import Floats
from falseflag.record.model import Integers, Record

type Prior = Literal["frequencies", "uniform"]


@dataclass(frozen=True)
class Answers:
    """One predictor's answers under one scheme.

    Parameters
    ----------
    scheme : str
    predictor : str
    prior : {'frequencies', 'uniform'}
        Classes' prior: their smoothed frequencies in each training set, or all alike.
    asked : ndarray of int, shape (k,)
        Positions in the record of the incidents that were answered.
    probability : ndarray, shape (k, C)
    """

    scheme: str
    predictor: str
    prior: Prior
    asked: Integers
    probability: Floats


def answer(record: Record, context: Context, predictors: Sequence[Predictor]) -> tuple[Answers, ...]:
    """Answer all folds of all schemes by all predictors; schemes first, then predictors, in their order."""
    return tuple(
        answer_folds(record, context, predictor, scheme.name, folds, prior)
        for scheme in SCHEMES.values()
        if (folds := scheme.folds(record, context))
        for predictor in predictors
        for prior in _priors(predictor)
    )


def _priors(predictor: Predictor) -> tuple[Prior, ...]:
    return ("frequencies", "uniform") if predictor.uses_prior else ("frequencies",)


def answer_folds(  # noqa: PLR0913, PLR0917
    record: Record, context: Context, predictor: Predictor, scheme: str, folds: Sequence[Fold], prior: Prior
) -> Answers:
    """Answer the folds of one scheme by one predictor."""
    answered = [answer_fold(record, context, predictor, fold, prior) for fold in folds]
    asked = np.concatenate([np.flatnonzero(fold.asked) for fold in folds])
    return Answers(scheme, predictor.name, prior, asked, np.concatenate(answered))


def answer_fold(record: Record, context: Context, predictor: Predictor, fold: Fold, prior: Prior) -> Floats:
    """Return the probabilities of the classes for the incidents that a fold asks about, shape (k, C)."""
    training, reports = split(record, context, fold.known, fold.asked)
    classes = len(record.classes)
    weights = training.frequencies if prior == "frequencies" else np.full(classes, 1 / classes)
    return predictor.predict(training, reports, weights)
