"""Naive Bayes: indicators independent given the class, rates after Jeffreys, missing cells left out."""

from __future__ import annotations

import numpy as np
from scipy import special

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats
from falseflag.record.counts import counts_of


def _predict(training: Training, reports: Reports, prior: Floats) -> Floats:
    counts = counts_of(training.record)
    rate = (0.5 + counts.seen_present) / (1 + counts.seen_present + counts.seen_absent)  # (m, C)
    logs = (reports.x == 1) @ np.log(rate) + (reports.x == 0) @ np.log1p(-rate)
    return np.asarray(special.softmax(np.log(prior) + logs, axis=1))


NAIVE_BAYES = Predictor("naive_bayes", "naive Bayes", _predict)
