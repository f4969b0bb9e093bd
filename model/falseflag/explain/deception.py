"""What staging does to the answer, and what a planted clue would be worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.arrays import Floats
from falseflag.case.model import Case
from falseflag.distributions import Judgement, Point
from falseflag.explain.analysis import Analysis, decibans, log_sum
from falseflag.inference.exact.factors import Component, Evidence
from falseflag.problem import NOTHING


@dataclass(frozen=True, slots=True)
class Deceiver:
    """The answer for authors who stage nothing, as written, and for ones who stage all that they can without fail.

    Parameters
    ----------
    none, as_written, perfect : mapping of str to float
        Probability of every node.
    """

    none: dict[str, float]
    as_written: dict[str, float]
    perfect: dict[str, float]

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Return its part of ``robust --json``."""
        return {"none": self.none, "as_written": self.as_written, "perfect": self.perfect}


def deceiver(analysis: Analysis, case: Case) -> Deceiver | None:
    """Answer a case without staging and with perfect staging (attempt and all reaches 1); None where nobody stages."""
    if not case.deception:
        return None
    sure = Judgement(Point(1.0), "certain")
    perfect = {
        node: replace(entry, attempt=sure, reach=dict.fromkeys(entry.reach, sure))
        for node, entry in case.deception.items()
    }
    return Deceiver(
        none=_nodes(replace(case, deception={})),
        as_written=analysis.nodes(analysis.exact.log_scores),
        perfect=_nodes(replace(case, deception=perfect)),
    )


def _nodes(case: Case) -> dict[str, float]:
    found = Analysis.of(case)
    return found.nodes(found.exact.log_scores)


@dataclass(frozen=True, slots=True)
class Planted:
    """A report within reach of an author who stages.

    Parameters
    ----------
    node : str
        Of the deception entry.
    indicator : str
    posterior : float
        P(staged, and the fact was drawn from the blamed statement | evidence).
    own_db, planted_db : float
        What the reports on it weigh for the author over the leaf that is blamed, were it known to be genuine and were
        it known to be planted. Both are of the indicator alone.
    """

    node: str
    indicator: str
    posterior: float
    own_db: float
    planted_db: float

    @property
    def hurts(self) -> bool:
        """Whether staging makes what was reported less probable."""
        return self.planted_db < self.own_db - 1e-9

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        return {
            "node": self.node,
            "indicator": self.indicator,
            "posterior": self.posterior,
            "own_db": self.own_db,
            "planted_db": self.planted_db,
        }


def planted(analysis: Analysis, case: Case) -> tuple[Planted, ...]:
    """Return every indicator with evidence that some author could have staged."""
    rows = []
    for number, (node, entry) in enumerate(case.deception.items()):
        staged = analysis.problem.entry_of == number
        blamed = analysis.problem.membership[entry.blames.node]
        for name in entry.reach:
            i = analysis.problem.indicators.index(name)
            if not staged.any() or not analysis.problem.is_evidence[i]:
                continue
            own, plant = _alone(analysis, i)
            prior = analysis.problem.log_prior
            basis = log_sum(prior + analysis.alone(i), blamed) - log_sum(prior, blamed)
            whole = log_sum(prior, staged)
            weights = [float(decibans(log_sum(prior + each, staged) - whole, basis)) for each in (own, plant)]
            rows.append(Planted(node, name, analysis.exact.planted(number, i), *weights))
    return tuple(rows)


def _alone(analysis: Analysis, fact: int) -> tuple[Floats, Floats]:
    """Return the log probability of the evidence on a fact, were it genuine and were it planted, shape (S,) each."""
    problem = analysis.problem
    nothing = np.full_like(problem.reach_of, NOTHING)
    swapped = np.where(problem.blamed_of == NOTHING, problem.own_of, problem.blamed_of)
    found = []
    for own_of in (problem.own_of, swapped):
        other = replace(problem, own_of=own_of, reach_of=nothing)
        found.append(Component(other, Evidence.all_of(other), (fact,), (), ()).log_likelihood)
    return found[0], found[1]
