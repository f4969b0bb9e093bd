"""Analysis of competing hypotheses: the hypothesis with the fewest inconsistent indicators wins.

Heuer (1999, *Psychology of Intelligence Analysis*, chapter 8) has the analyst mark what is inconsistent with each
hypothesis. Here a report is inconsistent with a class if, in the training set, the opposite was more than twice as
common in that class (rates after Jeffreys). The method gives an order, no probabilities, and knows no prior; for
scoring, the probability of a class is proportional to exp(-b · inconsistencies). b is the one that fits the training
set best, its incidents counted without themselves.
"""

from __future__ import annotations

import numpy as np
from scipy import optimize, special

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats
from falseflag.record.model import Integers

RARE = 1 / 3
"""A report less probable than this in a class is inconsistent with it."""

STEEPEST = 5.0
"""Largest b that is looked at."""


def inconsistencies(x: Floats, present: Floats, absent: Floats) -> Floats:
    """Count inconsistent reports.

    Parameters
    ----------
    x : ndarray, shape (n, m)
    present, absent : ndarray, shape (n, m, C) or (m, C)
        Training incidents with and without each indicator.

    Returns
    -------
    ndarray, shape (n, C)
    """
    rate = (0.5 + present) / (1 + present + absent)
    with_it, without = (x == 1)[:, :, None], (x == 0)[:, :, None]
    return np.asarray(((with_it & (rate < RARE)) | (without & (1 - rate < RARE))).sum(axis=1), dtype=float)


def _predict(training: Training, reports: Reports, prior: Floats) -> Floats:
    x, y = training.record.x, training.record.y
    of_class = (y[:, None] == np.arange(len(prior))).astype(float)
    own_present = (x == 1)[:, :, None] * of_class[:, None, :]
    own_absent = (x == 0)[:, :, None] * of_class[:, None, :]
    present, absent = own_present.sum(axis=0), own_absent.sum(axis=0)
    steepness = _steepness(inconsistencies(x, present - own_present, absent - own_absent), y)
    return np.asarray(special.softmax(-steepness * inconsistencies(reports.x, present, absent), axis=1))


def _steepness(counts: Floats, y: Integers) -> float:
    def loss(b: float) -> float:
        return -float(special.log_softmax(-b * counts, axis=1)[np.arange(len(y)), y].sum())

    return float(optimize.minimize_scalar(loss, bounds=(0.0, STEEPEST), method="bounded").x)


INCONSISTENCY = Predictor("ach", "fewest inconsistencies (ACH)", _predict, uses_prior=False)
