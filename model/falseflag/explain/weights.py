"""Weights of evidence: what each factor says for one hypothesis against another, in decibans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.answer import INTERVAL
from falseflag.exact.draws import Draws
from falseflag.exact.likelihood import log_scores
from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.shares import average_shares
from falseflag.explain.sides import Mask, choose_sides, leaves_of, log_odds
from falseflag.problem import UNKNOWN, Floats, Problem

MOST_DRAWS = 1000
"""Draws that intervals of weights are made from: 5 % and 95 % quantiles need no more."""

MOST_PANELS = 8
"""Panels of `average_shares` for a draw, where 1 % is near enough."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What one factor weighs.

    Parameters
    ----------
    factor : str
        An ungrouped indicator, or a group.
    is_group : bool
    db : float
        Decibans for the one side against the other; negative where it speaks for the other.
    interval : tuple of float or None
        5 % to 95 % range within what the analyst is unsure of, under p(φ | x); None without draws.
    """

    factor: str
    is_group: bool
    db: float
    interval: tuple[float, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        interval = None if self.interval is None else list(self.interval)
        return {"factor": self.factor, "is_group": self.is_group, "db": self.db, "interval": interval}


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of evidence of all factors; ``prior_db`` and they add up to ``posterior_db``.

    Parameters
    ----------
    for_, against : str
        The two nodes.
    prior_db, posterior_db : float
        Odds of the one against the other before and after the evidence, in decibans.
    rows : tuple of Weight
        In the order of the factors.
    """

    for_: str
    against: str
    prior_db: float
    posterior_db: float
    rows: tuple[Weight, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``explain --json``."""
        return {
            "for": self.for_,
            "against": self.against,
            "prior_db": self.prior_db,
            "posterior_db": self.posterior_db,
            "weights": [row.as_dict() for row in self.rows],
        }


def weigh(
    evidence: Evidence, for_: str | None = None, against: str | None = None, draws: Draws | None = None
) -> Weights:
    """Weigh each factor for one node against another.

    Parameters
    ----------
    evidence : Evidence
    for_, against : str, optional
        Nodes that exclude each other; by default the leading leaf and the runner-up.
    draws : Draws, optional
        Draws of φ from the *posterior* p(φ | x), for the intervals: what the reports have updated about θ, r and ρ is
        in them.

    Returns
    -------
    Weights

    Notes
    -----
    Between leaves h and k a factor weighs 10 log10(E[P(x_f | h)] / E[P(x_f | k)]). For a node with leaves below it,
    see `falseflag.explain.shares`.
    """
    for_, against = choose_sides(evidence, for_, against)
    first, second = leaves_of(evidence.problem, for_), leaves_of(evidence.problem, against)
    log_prior, logs = evidence.exact.log_prior, evidence.log_likelihoods
    db = DECIBANS * (_node_log(log_prior, logs, first) - _node_log(log_prior, logs, second))
    intervals = [None] * len(db) if draws is None else _intervals(evidence, draws, first, second)
    return Weights(
        for_=for_,
        against=against,
        prior_db=DECIBANS * log_odds(log_prior, first, second),
        posterior_db=DECIBANS * log_odds(evidence.log_scores, first, second),
        rows=tuple(
            Weight(factor.name, factor.is_group, float(value), interval)
            for factor, value, interval in zip(evidence.exact.factors, db, intervals, strict=True)
        ),
    )


def _node_log(log_prior: Floats, logs: Floats, leaves: Mask, max_panels: int | None = None) -> Floats:
    """Return each factor's log likelihood for a set of leaves, shape (..., F), from logs of shape (..., F, H)."""
    below = logs[..., leaves]
    limit = {} if max_panels is None else {"max_panels": max_panels}
    shares = average_shares(log_prior[..., leaves], below.sum(axis=-2), **limit)
    return np.asarray((below @ shares[..., None])[..., 0])


def _intervals(evidence: Evidence, draws: Draws, first: Mask, second: Mask) -> list[tuple[float, float] | None]:
    if not evidence.factors:
        return []
    few = thinned(draws, MOST_DRAWS)
    with np.errstate(divide="ignore"):
        log_prior = np.maximum(np.log(few.prior), -1e6)
    logs = factor_draws(evidence, few)
    db = _node_log(log_prior, logs, first, MOST_PANELS) - _node_log(log_prior, logs, second, MOST_PANELS)
    low, high = np.quantile(DECIBANS * db, INTERVAL, axis=0)
    return [(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def thinned(draws: Draws, most: int) -> Draws:
    """Return at most so many of the draws, evenly spaced."""
    count = len(draws.theta)
    if count <= most:
        return draws
    rows = np.linspace(0, count - 1, most).astype(np.intp)
    return Draws(**{name: getattr(draws, name)[rows] for name in Draws.__dataclass_fields__})


def factor_draws(evidence: Evidence, draws: Draws) -> Floats:
    """Return log P(x_f | h, φ) of each draw, factor and leaf, shape (n, F, H)."""
    problem = evidence.problem
    logs = [
        log_scores(_only(problem, factor.name, is_group=factor.is_group), *_parameters(draws))
        for factor in evidence.exact.factors
    ]
    return np.maximum(np.stack(logs, axis=1), -1e6)


def _parameters(draws: Draws) -> tuple[Floats, Floats, Floats]:
    return draws.theta, draws.reliability, draws.correlation


def _only(problem: Problem, name: str, *, is_group: bool) -> Problem:
    """Return the problem with all reports unknown but those of one factor."""
    if is_group:
        keep = problem.group_of == problem.groups.index(name)
    else:
        keep = np.arange(len(problem.indicators)) == problem.indicators.index(name)
    return replace(problem, observed=np.where(keep, problem.observed, UNKNOWN).astype(np.int8))
