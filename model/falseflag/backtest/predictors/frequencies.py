"""The classes' prior and nothing else: as a rule their frequencies in the training set."""

from __future__ import annotations

import numpy as np

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats


def _predict(_training: Training, reports: Reports, prior: Floats) -> Floats:
    return np.tile(prior, (len(reports.x), 1))


FREQUENCIES = Predictor("frequencies", "class frequencies", _predict, is_baseline=True, uses_prior=False)
