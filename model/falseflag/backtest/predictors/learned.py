"""falseflag's own exact engine, on a case that states nothing and learns everything.

The hypotheses are the classes of author, the indicators those of the record, and every likelihood is the Beta that a
case with ``learn: {relevance: 1}`` would use where no judgement is written: the indicator's rate over all classes,
weakly held, and the class's cases weighted by their grade of truth (a power prior).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.case.build import CERTAIN
from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import ABSENT, PRESENT, UNKNOWN, Floats, problem_of

STRENGTH = 10.0
"""Of the prior weights; without effect on the exact answer."""


def learned_case(training: Training, prior: Floats) -> Case:
    """Make the case that learns everything from the training set."""
    record = training.record
    hypotheses = tuple(
        Hypothesis(name, name, float(weight), STRENGTH, author_class=name)
        for name, weight in zip(record.classes, prior, strict=True)
    )
    indicators = {name: Indicator(name, name, None, {}, CERTAIN, like=name) for name in record.indicators}
    return RecordPrior(record, relevance=1.0).updated(Case("learned", hypotheses, indicators, STRENGTH))


def _predict(training: Training, reports: Reports, prior: Floats) -> Floats:
    problem = problem_of(learned_case(training, prior))
    observed = np.where(np.isnan(reports.x), UNKNOWN, np.where(reports.x == 1, PRESENT, ABSENT)).astype(np.int8)
    answers = [answer_exactly(replace(problem, observed=row)).leaves for row in observed]
    return np.array(answers).reshape(-1, len(prior))


LEARNED = Predictor("learned", "falseflag, all likelihoods learned", _predict)
