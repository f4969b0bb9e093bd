r"""What each linked likelihood was judged to be, what the record says of it, and what the two make together.

Where they contradict each other is a matter of the prior predictive distribution (Evans and Moshonov 2006, *Checking
for prior-data conflict*, Bayesian Analysis 1, 893–914): under the judgement Beta(a, b), k of n incidents have the
indicator with the beta-binomial probability m(k), and

    p = Σ_{j: m(j) ≤ m(k)} m(j)

is the chance of a count no more probable than the one seen. The counts are plain ones, neither weighted by truth grade
nor by relevance: the question is whether judgement and record speak of the same kind of attack.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from falseflag.arrays import Floats
from falseflag.case.model import Case, Learned
from falseflag.distributions import Beta, Distribution, Point
from falseflag.inference.result import DECIBANS
from falseflag.problem import problem_of
from falseflag.wording import INTERVAL

CONFLICT = 0.05
"""Judgement and record conflict where a count so improbable, or more so, had less than this chance."""

LEAST_DB = 1.0
"""Decibans by which judgement and record each have to point their way for it to be said that they disagree."""

_TIE = 1e-9
"""Relative difference up to which two probabilities count as equal."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean of a likelihood, and the interval between the quantiles of `INTERVAL`."""

    mean: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, distribution: Distribution) -> Spread:
        """Summarise a distribution."""
        if isinstance(distribution, Point):
            return cls(distribution.mean, (distribution.value, distribution.value))
        low, high = special.betaincinv(distribution.alpha, distribution.beta, INTERVAL)
        return cls(distribution.mean, (float(low), float(high)))

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"mean": self.mean, "interval": list(self.interval)}


@dataclass(frozen=True, slots=True)
class Blend:
    """A linked likelihood statement: judgement, record and both together.

    Parameters
    ----------
    source : Learned
        Where it stands and what it is linked to.
    judgement, record, both : Spread
        The judgement is the start where none was written.
    conflict : float
        p of the prior predictive check; 1 where the record holds no incident, or where nothing was judged.
    """

    source: Learned
    judgement: Spread
    record: Spread
    both: Spread
    conflict: float

    @property
    def is_conflict(self) -> bool:
        """Whether judgement and record conflict."""
        return self.conflict < CONFLICT

    @property
    def is_fixed(self) -> bool:
        """Whether the judgement is fixed, so that it learned nothing."""
        return isinstance(self.source.both, Point)

    @property
    def count(self) -> str:
        """In how many of the incidents it was so, such as ``3 of 27``."""
        return f"{self.source.present} of {self.source.present + self.source.absent}"

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``learned`` in ``explain --json``."""
        source = self.source
        counts = {"present": source.present, "of": source.present + source.absent}
        return {
            "indicator": source.indicator,
            "node": str(replace(source.condition, author_class="")),
            "class": source.author_class,
            "unlike" if source.is_opposite else "like": source.like,
            "judgement": {"written": source.judgement.written, **self.judgement.to_dict()},
            "record": {**counts, **self.record.to_dict()},
            "both": self.both.to_dict(),
            "elicited": source.is_elicited,
            "held_certain": self.is_fixed,
            "conflict": self.conflict,
            "conflicts": self.is_conflict,
        }


def blends(case: Case) -> tuple[Blend, ...]:
    """Return every linked statement of a case, in the case's order; none where it does not learn."""
    return tuple(_blend(row) for row in case.learning.statements) if case.learning else ()


def _blend(row: Learned) -> Blend:
    judged = row.judgement.scalar
    return Blend(
        source=row,
        judgement=Spread.of(judged),
        record=Spread.of(row.record),
        both=Spread.of(row.both),
        conflict=conflict(judged, row.present, row.present + row.absent) if row.is_elicited else 1.0,
    )


def conflict(judged: Distribution, count: int, of: int) -> float:
    """Return the chance, under a judgement, of a count no more probable than `count` of `of`.

    >>> conflict(Beta(1, 1), 3, 10)  # under a uniform judgement every count is as probable as any other
    1.0
    """
    logs = _log_predictive(judged, of)
    no_more = logs <= logs[count] + _TIE
    return min(1.0, float(np.exp(special.logsumexp(logs[no_more]))))


def _log_predictive(judged: Distribution, of: int) -> Floats:
    """Return log m(k) for k = 0, …, of: beta-binomial, or binomial where the judgement is a point."""
    k = np.arange(of + 1.0)
    choose = special.gammaln(of + 1) - special.gammaln(k + 1) - special.gammaln(of - k + 1)
    if isinstance(judged, Beta):
        before = special.betaln(judged.alpha, judged.beta)
        return np.asarray(choose + special.betaln(judged.alpha + k, judged.beta + of - k) - before)
    return np.asarray(choose + special.xlogy(k, judged.value) + special.xlog1py(of - k, -judged.value))


# Which way an indicator points


@dataclass(frozen=True, slots=True)
class Turned:
    """A linked indicator that the judgements say speaks for a hypothesis, and the record against it, or the reverse.

    Parameters
    ----------
    indicator, node : str
    judged, record : float
        Weight of evidence of its presence for the hypothesis against all others, in decibans, by either.
    """

    indicator: str
    node: str
    judged: float
    record: float


def turned(case: Case) -> tuple[Turned, ...]:
    """Return where judgement and record point opposite ways, each by `LEAST_DB` or more, widest apart first.

    Compared are the top-level hypotheses, by the expected likelihoods of their unstaged states in the prior's own
    shares. States whose likelihood was not judged, or is learned from no class, are on neither side.
    """
    if case.learning is None:
        return ()
    problem = problem_of(case)
    plain = problem.prior * np.array([not state.staged for state in problem.states])
    found = []
    for name in dict.fromkeys(row.indicator for row in case.learning.statements):
        rows = {row.condition: row for row in case.learning.statements if row.indicator == name and row.is_elicited}
        own = problem.own_of[problem.indicators.index(name)]
        taken = [rows.get(problem.statement_names[t].condition) for t in own.tolist()]
        weight = plain * np.array([row is not None for row in taken])
        means = np.array([(0.0, 0.0) if row is None else (row.judgement.scalar.mean, row.record.mean) for row in taken])
        for node in case.hypotheses:
            inside = problem.membership[node.name]
            if weight[inside].sum() > 0 and weight[~inside].sum() > 0:
                given, rest = (np.average(means[side], axis=0, weights=weight[side]) for side in (inside, ~inside))
                if given[0] > 0 and rest[0] > 0:  # what is held impossible is no matter of degree
                    judged, record = DECIBANS * np.log(given / rest)
                    found.append(Turned(name, node.name, float(judged), float(record)))
    opposite = [
        one for one in found if one.judged * one.record < 0 and min(map(abs, (one.judged, one.record))) >= LEAST_DB
    ]
    return tuple(sorted(opposite, key=lambda one: -abs(one.judged - one.record)))
