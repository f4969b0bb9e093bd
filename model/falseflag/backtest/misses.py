"""The worst answers, and which reports misled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from falseflag.backtest.context import Context
from falseflag.backtest.discrimination import DECIBANS
from falseflag.backtest.material import split
from falseflag.backtest.predictors.learned import learned_case
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import ABSENT, PRESENT, UNKNOWN, problem_of
from falseflag.record.model import Record

WORST = 10
REASONS = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """A report, and what it weighed for the class that led against the recorded one, in decibans."""

    indicator: str
    present: bool
    db: float


@dataclass(frozen=True, slots=True)
class Miss:
    """An incident that was answered badly.

    Parameters
    ----------
    name, title : str
    author : str
        The recorded class.
    leader : str
        The class that was the most probable.
    probability, leading : float
        Of those two.
    prior_db : float
        Prior odds of the leader against the author.
    reasons : sequence of Reason
        The reports that misled most, worst first.
    """

    name: str
    title: str
    author: str
    leader: str
    probability: float
    leading: float
    prior_db: float
    reasons: Sequence[Reason]


def worst_misses(record: Record, context: Context, count: int = WORST) -> Sequence[Miss]:
    """Answer every incident by falseflag's engine on the others, and return those of the least probable truths."""
    every = np.arange(len(record))
    found = [_answered(record, context, every == i, i) for i in every.tolist()]
    return sorted(found, key=lambda miss: miss.probability)[:count]


def _answered(record: Record, context: Context, asked: np.ndarray[tuple[int], np.dtype[np.bool_]], at: int) -> Miss:
    training, reports = split(record, context, ~asked, asked)
    x = reports.x[0]
    observed = np.where(np.isnan(x), UNKNOWN, np.where(x == 1, PRESENT, ABSENT)).astype(np.int8)
    problem = replace(problem_of(learned_case(training, training.frequencies)), observed=observed)
    exact = answer_exactly(problem)
    author, leader = int(record.y[at]), int(exact.leaves.argmax())
    weights = {
        factor.name: DECIBANS / np.log(10) * float(factor.log_likelihood[leader] - factor.log_likelihood[author])
        for factor in exact.factors
    }
    misled = sorted((name for name in weights if weights[name] > 0), key=lambda name: -weights[name])[:REASONS]
    incident = record.incidents[at]
    return Miss(
        name=incident.name,
        title=incident.title,
        author=record.classes[author],
        leader=record.classes[leader],
        probability=float(exact.leaves[author]),
        leading=float(exact.leaves[leader]),
        prior_db=DECIBANS / np.log(10) * float(exact.log_prior[leader] - exact.log_prior[author]),
        reasons=[Reason(name, bool(incident.cells[name]), weights[name]) for name in misled],
    )
