"""The hierarchical model's answers, from likelihoods that were worked out for each set of known incidents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import special

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.problem import Floats

type LogLikelihoods = Mapping[str, Mapping[str, Floats]]
"""log P(x_i | c), shape (C,), by `key_of` the incidents that the model knows, and by incident."""

NAME, LABEL = "hierarchical", "hierarchical model"


def key_of(names: Sequence[str]) -> str:
    """Name a set of known incidents, which is all that the model's answers depend on."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]


def hierarchical(likelihoods: LogLikelihoods) -> Predictor:
    """Make the predictor of what the model said."""

    def predict(training: Training, reports: Reports, prior: Floats) -> Floats:
        found = likelihoods[key_of(training.reports.names)]
        logs = np.array([found[name] for name in reports.names]).reshape(-1, len(prior))
        return np.asarray(special.softmax(np.log(prior) + logs, axis=1))

    return Predictor(NAME, LABEL, predict)
