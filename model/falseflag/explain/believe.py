r"""What one would have to believe for a hypothesis to lead: the smallest change of judgement that makes it so.

Over all likelihood statements, the log odds of the mean are moved by u_s of the statement's own elicited standard
deviations, √(ψ₁(α) + ψ₁(β)); the strength α + β stays. The change sought has the smallest Euclidean length ‖u‖ at which
no leaf outside the hypothesis is more probable than its best leaf. A statement that is held certain (a point) has no
spread to be measured by, and cannot be moved: whoever holds it certain would have to say so first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from falseflag.case.places import file_keys, parts_of
from falseflag.explain.evidence import Evidence
from falseflag.explain.landscape import Landscape
from falseflag.explain.lead import Lead, starts
from falseflag.explain.least_distance import nearest_point
from falseflag.explain.sides import leaves_of
from falseflag.problem import Floats

STRETCH = 1.5
"""The list of changes is shortened as long as it is no longer than this times the smallest change."""

MOST_LISTED = 7
"""… or down to this many, if they can do it at all."""

ROUNDS = 8
"""How often the exact engine may correct the groups' scores at the point found."""

MISSED = 1e-7
"""A list of changes that leaves its hypothesis behind by more, in log scores, is not given."""

SETTLED = 1e-8
"""Corrections that change log scores by less are taken to be final."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed judgement.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    indicator, node : str
    written, needed : float
        The mean as it is and as it would have to be; the strength stays.
    deviations : float
        How far that is, in elicited standard deviations of the log odds.
    """

    what: tuple[str, ...]
    indicator: str
    node: str
    written: float
    needed: float
    deviations: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``robust --json``."""
        keys = file_keys(self.what)
        return (
            {name: getattr(self, name) for name in Change.__dataclass_fields__}
            | keys
            | {"node": parts_of(self.node)[0]}
        )


@dataclass(frozen=True, slots=True)
class Belief:
    """What one would have to believe.

    Parameters
    ----------
    node : str
        The hypothesis that is to lead.
    leaf : str or None
        Its leaf that then has caught up; None where no change does it.
    distance : float or None
        Length ‖u‖ of the smallest change of all; 0 where the hypothesis leads as it is.
    moved : int
        How many statements the smallest change moves by more than a hundredth of its largest move.
    changes : tuple of Change
        A short list that suffices, the largest first.
    changes_distance : float or None
        The length of that list's change.
    """

    node: str
    leaf: str | None
    distance: float | None
    moved: int
    changes: tuple[Change, ...]
    changes_distance: float | None

    @property
    def is_possible(self) -> bool:
        """Whether any change of the likelihoods does it."""
        return self.distance is not None

    def as_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        names = ("node", "leaf", "distance", "moved", "changes_distance")
        return {name: getattr(self, name) for name in names} | {"changes": [c.as_dict() for c in self.changes]}


def believe(evidence: Evidence, node: str) -> Belief:
    """Find the smallest change of the likelihoods that makes a node (by one of its leaves) lead or tie."""
    inside = leaves_of(evidence.problem, node)
    scores = evidence.log_scores
    if scores[inside].max() >= scores[~inside].max():
        best = int(np.argmax(np.where(inside, scores, -np.inf)))
        return Belief(node, evidence.problem.leaves[best], 0.0, 0, (), 0.0)
    landscape = Landscape.of(evidence)
    rivals, places = np.flatnonzero(~inside), np.flatnonzero(landscape.moved.deviation > 0)
    leads = [Lead(landscape, leaf, rivals, places) for leaf in np.flatnonzero(inside).tolist()]
    reached = [(lead, u) for lead in leads if (u := _shortest(lead)) is not None]
    if not reached:
        return Belief(node, None, None, 0, (), None)
    lead, u = _exactly(*min(reached, key=lambda pair: float(np.linalg.norm(pair[1]))))
    short = _shortened(lead, u)
    return Belief(
        node=node,
        leaf=evidence.problem.leaves[lead.leaf],
        distance=float(np.linalg.norm(u)),
        moved=int((np.abs(u) > 0.01 * np.abs(u).max()).sum()),
        changes=_changes(landscape, short),
        changes_distance=float(np.linalg.norm(short)),
    )


def _shortest(lead: Lead, near: Floats | None = None) -> Floats | None:
    """Return the shortest u found from several starts, or from the origin and one near to it; None if there is none."""
    begin = starts(lead) if near is None else [np.zeros(len(lead.places)), near[lead.places]]
    found = [nearest_point(lead, start) for start in begin]
    best = min((u for u in found if u is not None), key=lambda u: float(u @ u), default=None)
    return None if best is None else lead.spread(best)


def _again(lead: Lead, u: Floats) -> Floats | None:
    found = nearest_point(lead, u[lead.places])
    return None if found is None else lead.spread(found)


def _exactly(lead: Lead, u: Floats) -> tuple[Lead, Floats]:
    """Correct the groups' scores by the exact engine at the solution and solve again, until that changes nothing."""
    for _ in range(ROUNDS if lead.landscape.surfaces else 0):
        before = lead.landscape.correction
        lead = replace(lead, landscape=lead.landscape.corrected(u))
        if np.abs(lead.landscape.correction - before).max() < SETTLED:
            break
        again = _again(lead, u)
        if again is None:
            break
        u = again
    return lead, u


def _shortened(lead: Lead, u: Floats) -> Floats:
    """Return a change of as few statements as `STRETCH` and `MOST_LISTED` allow: the least moved is dropped in turn."""
    whole, limit = u, STRETCH * float(np.linalg.norm(u))
    while (size := int((u != 0).sum())) > 1:
        keep = min(size - 1, max(MOST_LISTED, int(0.7 * size)))
        fewer = replace(lead, places=np.sort(np.argsort(-np.abs(u))[:keep]))
        short = _shortest(fewer, u)
        if short is None or (size <= MOST_LISTED and float(np.linalg.norm(short)) > limit):
            break
        lead, u = fewer, short
    lead, u = _exactly(lead, u)
    return u if lead.values(u[lead.places]).min() > -MISSED else whole


def _changes(landscape: Landscape, u: Floats) -> tuple[Change, ...]:
    problem = landscape.evidence.problem
    needed = special.expit(landscape.moved.at(u))
    rows = []
    for s in np.argsort(-np.abs(u), kind="stable")[: int((u != 0).sum())]:
        name, node = problem.indicators[problem.statement_indicator[s]], problem.statement_node[s]
        what = ("indicators", name, "likelihood", node)
        rows.append(Change(what, name, node, float(problem.statements.mean[s]), float(needed[s]), float(u[s])))
    return tuple(rows)
