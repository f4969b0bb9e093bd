r"""Tipping points of the likelihood statements of a dependence group.

With one statement held at the point θ = Φ(a), the group's likelihood for a leaf that takes it is

    L(a) = ∫∫ w(ρ, z) Π_{other members} P(x_j | h, z, ρ) [1 - r + (2 r - 1) Φ(± (a + √ρ z) / √(1 - ρ))] dz dρ,

monotone in a, while the leaves that do not take it keep their scores. The search is over a grid in a. A cell is ruled
out where the leaves' smallest and largest scores in it (which lie at its ends) leave no doubt who leads; the others,
where two leaves that both take the statement run close, are divided before they are taken to hold no change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.explain.evidence import Evidence
from falseflag.explain.group_nodes import FARTHEST_POINT, FINEST
from falseflag.explain.group_table import GroupTable
from falseflag.explain.line import Line, truth
from falseflag.explain.root import ridders
from falseflag.problem import PRESENT, Floats

GRID = np.linspace(-FARTHEST_POINT, FARTHEST_POINT, 67)
"""Points a = Φ⁻¹(θ) that are tried first."""

DIVISIONS = 3
"""How often a cell in doubt is halved."""

TIE = 1e-12
"""Log scores this near count as equal."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A value at which the leading leaf changes, and the leaf that then has caught up."""

    value: float
    leaf: int


def tips_in_group(evidence: Evidence, group: int) -> dict[int, Tip | None]:
    """Return the nearest tipping point of every statement of a group's reported members."""
    table = GroupTable.of(evidence.problem, group, for_points=True)
    on_grid = {sign: truth(table, sign * GRID, sign) for sign in _signs(evidence, table)}
    tips: dict[int, Tip | None] = {}
    for m, i in enumerate(table.layout.members):
        if evidence.problem.is_reported[i]:
            sign = 1 if evidence.problem.observed[i] == PRESENT else -1
            for s in np.unique(table.layout.columns[m]):
                line = Line.of(evidence, table, group, m, int(s))
                tips[int(s)] = _tip(line, on_grid[sign])
    return tips


def _signs(evidence: Evidence, table: GroupTable) -> set[int]:
    observed = evidence.problem.observed[table.layout.members]
    return {sign for sign, report in ((1, PRESENT), (-1, 1 - PRESENT)) if (observed == report).any()}


def _tip(line: Line, on_grid: Floats) -> Tip | None:
    """Return the change of leader that is nearest to the start, in log odds."""
    if len(line.rivals) == 0:
        return None
    points, scores = GRID, line.scores(on_grid)
    for _ in range(DIVISIONS):
        points, scores = _divided(line, points, scores)
    lead = line.lead(scores)
    roots = [_root(line, points, lead, cell) for cell in _nearest_changes(line, points, lead)]
    roots = [a for a in roots if 0 < special.ndtr(a) < 1]
    if not roots:
        return None
    best = _polished(line, min(roots, key=lambda a: abs(_logit(a) - _logit(line.start))))
    final = line.scores_at(np.array([best]))[0, line.rivals]
    return Tip(float(special.ndtr(best)), int(line.rivals[np.argmax(final)]))


def _nearest_changes(line: Line, points: Floats, lead: Floats) -> list[int]:
    """Return the cells in which the leader changes: that of the start, and the nearest to either side of it."""
    ahead = lead >= -TIE
    cells = np.flatnonzero(ahead[:-1] != ahead[1:])
    left, right = cells[points[cells + 1] <= line.start], cells[points[cells] >= line.start]
    around = cells[(points[cells] < line.start) & (points[cells + 1] > line.start)]
    return [int(cell) for part in (left[-1:], around, right[:1]) for cell in part]


def _divided(line: Line, points: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Halve the cells nearer than any change found so far in which the scores at the ends do not rule one out."""
    low, high = np.minimum(scores[:-1], scores[1:]), np.maximum(scores[:-1], scores[1:])
    leads = low[:, line.leader] > high[:, line.rivals].max(axis=1)
    lags = high[:, line.leader] < low[:, line.rivals].max(axis=1)
    changes = _nearest_changes(line, points, line.lead(scores))
    first = min((c for c in changes if points[c + 1] <= line.start), default=-1)
    last = max((c for c in changes if points[c] >= line.start), default=len(leads))
    number = np.arange(len(leads))
    doubt = ~leads & ~lags & (number > first) & (number < last)
    if not doubt.any():
        return points, scores
    middle = (points[:-1][doubt] + points[1:][doubt]) / 2
    order = np.argsort(np.concatenate([points, middle]))
    both = np.concatenate([scores, line.scores_at(middle)])
    return np.concatenate([points, middle])[order], both[order]


def _polished(line: Line, point: float) -> float:
    """Let the engine have the last word where ρ comes near 1: secant steps on its own lead, from the point found."""
    if line.table.nodes.t.min() > FINEST:
        return point
    slope = (line.lead_at(point + 1e-3) - line.lead_at(point - 1e-3)) / 2e-3
    found, lead = point, line.engine_lead(point)
    for _ in range(6):
        if abs(lead) < 1e-9 or slope == 0 or abs(lead / slope) > 0.5:
            break
        after = found - lead / slope
        lead_after = line.engine_lead(after)
        if lead_after != lead:
            slope = (lead_after - lead) / (after - found)
        found, lead = after, lead_after
    return found


def _root(line: Line, points: Floats, lead: Floats, cell: int) -> float:
    low, high = points[cell], points[cell + 1]
    return ridders(line.lead_at, float(low), float(high), float(lead[cell]), float(lead[cell + 1]))


def _logit(a: float) -> float:
    return float(special.log_ndtr(a) - special.log_ndtr(-a))
