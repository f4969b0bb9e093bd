"""How far the evidence moved the elicited likelihoods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from falseflag.case.places import OTHERS, parts_of
from falseflag.explain.labels import of_class
from falseflag.inference.result import Answer
from falseflag.plots.leaves import full_label
from falseflag.plots.text import clean
from falseflag.problem import Distributions, Floats


@dataclass(frozen=True, slots=True)
class Moved:
    """A likelihood statement and how far the evidence moved it.

    Parameters
    ----------
    place : int
        Among the statements of the problem.
    indicator, given : str
        Labels of the indicator and of the node that the statement is made at.
    prior, posterior : float
        Means of θ.
    shift : float
        From the one to the other, in prior standard deviations.
    """

    place: int
    indicator: str
    given: str
    prior: float
    posterior: float
    shift: float


def moved(answer: Answer) -> list[Moved]:
    """Return the likelihoods that evidence can move, the one that moved furthest first.

    Those are the uncertain ones of indicators that were reported present or absent.
    """
    problem = answer.problem
    can_move = problem.is_reported[problem.statement_indicator] & ~problem.statements.is_point
    prior, spread = problem.statements.mean, _standard_deviation(problem.statements)
    draws = answer.draws.theta
    posterior = draws[np.isfinite(draws).all(axis=1)].mean(axis=0)
    shift = (posterior - prior) / spread
    places = np.flatnonzero(can_move)
    return [
        Moved(
            place=int(s),
            indicator=_indicator(answer, problem.indicators[problem.statement_indicator[s]]),
            given=_given(answer, problem.statement_node[s]),
            prior=float(prior[s]),
            posterior=float(posterior[s]),
            shift=float(shift[s]),
        )
        for s in places[np.argsort(-np.abs(shift[places]), kind="stable")]
    ]


def _indicator(answer: Answer, name: str) -> str:
    return clean(answer.case.indicators[name].label) or name


def _given(answer: Answer, node: str) -> str:
    name, author_class = parts_of(node)
    return ("any other hypothesis" if name == OTHERS else full_label(answer, name)) + of_class(author_class)


def _standard_deviation(values: Distributions) -> Floats:
    total = values.alpha + values.beta
    return np.sqrt(values.mean * values.complement / (total + 1))
