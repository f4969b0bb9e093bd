"""falseflag's own exact engine, on a case that states nothing and learns everything.

The hypotheses are the classes of author, the indicators those of the record, and every likelihood is the Beta that a
case with ``learn: {relevance: 1}`` would use where no judgement is written: the indicator's rate over all classes,
weakly held, and the class's cases weighted by their grade of truth (a power prior).
"""

from __future__ import annotations

import numpy as np

from falseflag.backtest.material import Reports, Training
from falseflag.backtest.predictors.predictor import Predictor
from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Floats, Problem, problem_of

STRENGTH = 10.0
"""Of the prior weights; without effect on the exact answer."""


def learned_case(training: Training, prior: Floats) -> Case:
    """Make the case that learns everything from the training set."""
    record = training.record
    hypotheses = tuple(
        Hypothesis(name, name, float(weight), STRENGTH, author_class=name)
        for name, weight in zip(record.classes, prior, strict=True)
    )
    indicators = {name: Indicator(name, name, {}, like=name) for name in record.indicators}
    return RecordPrior(record, relevance=1.0).updated(Case("learned", hypotheses, indicators, STRENGTH))


def reported(problem: Problem, x: Floats) -> Problem:
    """Return the problem with one incident's reports: of each indicator 1 present, 0 absent, NaN missing."""
    for indicator in np.flatnonzero(~np.isnan(x)):
        problem = problem.with_report(int(indicator), int(x[indicator] == 0))
    return problem


def _predict(training: Training, reports: Reports, prior: Floats) -> Floats:
    problem = problem_of(learned_case(training, prior))
    answers = [ExactPosterior.of(reported(problem, row)).leaves for row in reports.x]
    return np.array(answers).reshape(-1, len(prior))


LEARNED = Predictor("learned", "falseflag, all likelihoods learned", _predict)
