"""The victim state's accusation taken at its word, as far as such words proved right in the training set.

Where the victim state blamed somebody within a day, the class of that party gets the probability
(1 + right) / (2 + made), with the accusations made and right in the training set; the other classes share the rest by
their prior. Where it blamed nobody, the prior stands.
"""

from __future__ import annotations

import numpy as np

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats


def _predict(training: Training, reports: Reports, prior: Floats) -> Floats:
    classes = training.record.classes
    made = [(classes.index(of), y) for of, y in zip(training.reports.accused, training.record.y, strict=True) if of]
    trust = (1 + sum(of == y for of, y in made)) / (2 + len(made))
    out = np.tile(prior, (len(reports.x), 1))
    for i, of in enumerate(reports.accused):
        if of:
            named = classes.index(of)
            out[i] *= (1 - trust) / (1 - prior[named])
            out[i, named] = trust
    return out


ACCUSATION = Predictor("accusation", "the accusation at its word", _predict, is_baseline=True)
