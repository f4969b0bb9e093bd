"""Guessing: every class alike."""

from __future__ import annotations

import numpy as np

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats


def _predict(_training: Training, reports: Reports, prior: Floats) -> Floats:
    return np.full((len(reports.x), len(prior)), 1 / len(prior))


UNIFORM = Predictor("uniform", "uniform guessing", _predict, is_baseline=True, uses_prior=False)
