"""Every elicited number of a case: the keys that lead to it, what it is as written, and the problem with another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import special

from falseflag.arrays import Distributions, Floats, Ratios, Simplexes
from falseflag.case.edit import Keys, keys_of_node
from falseflag.case.model import Case
from falseflag.distributions import AnyDistribution, Fixed, LogNormal, Point
from falseflag.problem import Elicited, Problem

type Kind = Literal[
    "prior",
    "circumstance",
    "attempt",
    "likelihood",
    "ratio",
    "detection",
    "reach",
    "reliability",
    "correlation",
]

PLAIN = frozenset({"prior", "ratio"})
"""Kinds that are factors, not probabilities."""

WEIGHTS = frozenset({"prior", "circumstance", "attempt"})
"""Kinds that stand among the branchings."""


@dataclass(frozen=True, slots=True)
class Number:
    """One elicited number.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file; for one of several weights, the value comes last.
    kind : str
    place : int
        Its position among the problem's branchings, statements, ratios and so on.
    written : float
        The weight of a hypothesis as written; else the mean, of weights as a probability.
    log_odds : float
        Of that; of a hypothesis's weight, log odds among its siblings; of a ratio, its log. Infinite where it is fixed
        at 0 or 1.
    distribution : Beta, Point, LogNormal or None
        What was elicited; None for one of several weights.
    alternative : int
        Which of the weights it is.
    author_class : str
        Class of author that a learned statement is for; empty for all.
    """

    what: Keys
    kind: Kind
    place: int
    written: float
    log_odds: float
    distribution: AnyDistribution | None
    alternative: int = 0
    author_class: str = ""

    @property
    def name(self) -> str:
        """The keys, joined by dots."""
        return ".".join(self.what)

    @property
    def is_probability(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.kind not in PLAIN

    def at(self, log_odds: float) -> float:
        """Return the value that has some log odds."""
        if self.is_probability:
            return float(special.expit(log_odds))
        return float(self.written * np.exp(log_odds - self.log_odds))

    def log_odds_at(self, value: float) -> float:
        """Return the log odds of a value."""
        if self.is_probability:
            return float(special.logit(value))
        return float(np.log(value / self.written) + self.log_odds)

    def put(self, problem: Problem, value: AnyDistribution | float) -> Problem:
        """Return the problem with another distribution of it, or with it held at a value.

        Where one of several weights is held, the others keep their proportions.
        """
        held = Point(value) if isinstance(value, float) else value
        match self.kind:
            case "prior" | "circumstance" | "attempt":
                return replace(problem, weights=self._row(problem.weights, held))
            case "likelihood":
                return replace(problem, statements=self._row(problem.statements, held))
            case "ratio":
                mu, sigma = problem.ratios.mu.copy(), problem.ratios.sigma.copy()
                mu[self.place] = held.mu if isinstance(held, LogNormal) else np.log(held.mean)
                sigma[self.place] = held.sigma if isinstance(held, LogNormal) else 0.0
                return replace(problem, ratios=Ratios(mu, sigma))
            case _:
                values: Distributions = getattr(problem, self.kind)
                changed: dict[str, Any] = {self.kind: values.with_element(self.place, held)}
                return replace(problem, **changed)

    def _row(self, table: Simplexes, value: AnyDistribution) -> Simplexes:
        if self.distribution is not None:
            return table.with_row(self.place, value)
        mean = table.mean[self.place]
        share = float(special.expit(self.log_odds_at(value.mean))) if isinstance(value, Point) else np.nan
        others = np.where(np.arange(len(mean)) == self.alternative, 0.0, mean)
        row = others / others.sum() * (1 - share)
        row[self.alternative] = share
        return table.with_row(self.place, Fixed(tuple(row.tolist())))


def numbers_of(problem: Problem, case: Case) -> tuple[Number, ...]:
    """Return every elicited number: priors first, then all that the evidence is weighed by, in the file's order."""
    statements = _statements(problem)
    plain = [
        number
        for kind, values, names in (
            ("detection", problem.detection, problem.detection_names),
            ("reach", problem.reach, problem.reach_names),
            ("reliability", problem.reliability, problem.reliability_names),
            ("correlation", problem.correlation, problem.correlation_names),
        )
        for number in _plain(kind, values, names)  # type: ignore[arg-type]
    ]
    return (*_priors(problem, case), *_weights(problem), *statements, *_ratios(problem), *plain)


def _priors(problem: Problem, case: Case) -> Iterator[Number]:
    place = {
        child: (number, k)
        for number, branching in enumerate(problem.branchings)
        if branching.kind == "hypotheses"
        for k, child in enumerate(branching.alternatives)
    }
    for node in case.nodes:
        parent, _, last = node.name.rpartition(".")
        number, k = place[node.name]
        odds = _log_odds(problem.weights.mean[number], k)
        what = (*keys_of_node(parent), last, "prior")
        yield Number(what, "prior", number, node.weight, odds, None, k)


def _weights(problem: Problem) -> Iterator[Number]:
    """Yield circumstances' statements and attempts: one number where there are two alternatives."""
    for number, branching in enumerate(problem.branchings):
        if branching.kind != "hypotheses":
            kind: Kind = "circumstance" if branching.kind == "circumstance" else "attempt"
            yield from _several(kind, number, branching.name, problem.weights, branching.alternatives)


def _statements(problem: Problem) -> Iterator[Number]:
    for n, name in enumerate(problem.statement_names):
        values = problem.values[problem.statement_indicator[n]]
        yield from _several("likelihood", n, name, problem.statements, values)


def _several(kind: Kind, place: int, name: Elicited, table: Simplexes, values: Sequence[str]) -> Iterator[Number]:
    one = table[slice(place, place + 1)]
    mean = one.mean[0]
    if len(values) == 2:
        odds, judged = _log_odds(mean, 0), one.pairs.at(0)
        yield Number(_keys(name), kind, place, float(mean[0]), odds, judged, author_class=name.condition.author_class)
        return
    for k, value in enumerate(values):
        if mean[k] > 0:
            what = (*_keys(name), value)
            yield Number(what, kind, place, float(mean[k]), _log_odds(mean, k), None, k, name.condition.author_class)


def _ratios(problem: Problem) -> Iterator[Number]:
    ratios = problem.ratios
    for n, name in enumerate(problem.ratio_names):
        value = (
            LogNormal(float(ratios.mu[n]), float(ratios.sigma[n]))
            if ratios.sigma[n]
            else Point(float(np.exp(ratios.mu[n])))
        )
        log = float(ratios.log_mean[n])
        yield Number(_keys(name), "ratio", n, float(np.exp(log)), log, value, author_class=name.condition.author_class)


def _plain(kind: Kind, values: Distributions, names: Sequence[Elicited]) -> Iterator[Number]:
    for n, name in enumerate(names):
        if not name.what:  # the reliability of those who are taken at their word
            continue
        mean = np.array([values.mean[n], values.complement[n]])
        odds, value = _log_odds(mean, 0), values.at(n)
        yield Number(_keys(name), kind, n, float(mean[0]), odds, value, author_class=name.condition.author_class)


def _keys(name: Elicited) -> Keys:
    return tuple(key.partition("@")[0] for key in name.what)


def _log_odds(mean: Floats, k: int) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(mean[k]) - np.log(np.delete(mean, k).sum()))
