"""The worst answers, and which reports misled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from falseflag.backtest.context import Context
from falseflag.backtest.discrimination import DECIBANS
from falseflag.backtest.material import split
from falseflag.backtest.predictors.learned import learned_case, reported
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
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
    problem = reported(problem_of(learned_case(training, training.frequencies)), reports.x[0])
    exact = ExactPosterior.of(problem)
    author, leader = int(record.y[at]), int(exact.leaves.argmax())
    weights = {}
    for component in exact.factors.components:  # of one indicator each; the states are the classes
        (indicator,) = component.facts
        logs = component.log_likelihood
        weights[problem.indicators[indicator]] = DECIBANS / np.log(10) * float(logs[leader] - logs[author])
    misled = sorted((name for name in weights if weights[name] > 0), key=lambda name: -weights[name])[:REASONS]
    incident = record.incidents[at]
    return Miss(
        name=incident.name,
        title=incident.title,
        author=record.classes[author],
        leader=record.classes[leader],
        probability=float(exact.leaves[author]),
        leading=float(exact.leaves[leader]),
        prior_db=DECIBANS / np.log(10) * float(problem.log_prior[leader] - problem.log_prior[author]),
        reasons=[Reason(name, bool(incident.cells[name]), weights[name]) for name in misled],
    )
