"""Predictors, one a file."""

from falseflag.backtest.predictors.accusation import ACCUSATION
from falseflag.backtest.predictors.frequencies import FREQUENCIES
from falseflag.backtest.predictors.hierarchical import LogLikelihoods, hierarchical
from falseflag.backtest.predictors.inconsistency import INCONSISTENCY
from falseflag.backtest.predictors.learned import LEARNED
from falseflag.backtest.predictors.naive_bayes import NAIVE_BAYES
from falseflag.backtest.predictors.predictor import Predict, Predictor
from falseflag.backtest.predictors.uniform import UNIFORM

__all__ = ["QUICK", "LogLikelihoods", "Predict", "Predictor", "hierarchical"]

QUICK = (UNIFORM, FREQUENCIES, ACCUSATION, INCONSISTENCY, NAIVE_BAYES, LEARNED)
"""Those that need no sampler, baselines first."""
