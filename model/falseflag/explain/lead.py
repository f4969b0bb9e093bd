"""By how much a leaf is ahead of its rivals when likelihood statements move, and where to begin to search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from falseflag.explain.landscape import Landscape
from falseflag.problem import PRESENT, Floats, Integers

LONGEST_STEP = 2.0
"""Log odds by which a statement may move in one step of the search."""

FARTHEST = 40.0
"""Log odds by which a start moves statements at most."""

SHARES = np.geomspace(2e-3, 1, 16)
"""Shares of that which are tried in turn."""


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much a leaf is ahead of each rival, as a function of the statements at `places`."""

    landscape: Landscape
    leaf: int
    rivals: Integers
    places: Integers

    @property
    def limit(self) -> Floats:
        """The move of each statement that changes its log odds by `LONGEST_STEP`."""
        return LONGEST_STEP / self.landscape.moved.deviation[self.places]

    def values(self, part: Floats) -> Floats:
        """Return log scores of the leaf over those of the rivals."""
        scores = self.landscape.scores(self.spread(part))
        return np.asarray(scores[self.leaf] - scores[self.rivals])

    def slopes(self, part: Floats) -> tuple[Floats, Floats]:
        """Return their first and second derivatives."""
        u = self.spread(part)
        free = np.zeros(len(u), dtype=bool)
        free[self.places] = True
        first, second = (d[:, self.places] for d in self.landscape.slopes(u, free))
        return first[self.leaf] - first[self.rivals], second[self.leaf] - second[self.rivals]

    def spread(self, part: Floats) -> Floats:
        """Return moves of all statements from those at `places`."""
        u = np.zeros(len(self.landscape.moved.logit))
        u[self.places] = part
        return u


def starts(lead: Lead) -> Iterator[Floats]:
    """Yield the origin, and points where the hypothesis leads: statements moved its way on a line, just far enough."""
    yield np.zeros(len(lead.places))
    problem, deviation = lead.landscape.evidence.problem, lead.landscape.moved.deviation[lead.places]
    owner = problem.statement_indicator[lead.places]
    takes = problem.statement_of[owner, lead.leaf] == lead.places
    says = np.where(problem.observed[owner] == PRESENT, 1.0, -1.0) * np.sign(problem.reliability.mean[owner] - 0.5)
    way = np.where(takes, says, -says) * problem.is_reported[owner]
    for direction in (way, way / deviation):
        reach = FARTHEST / max(float((np.abs(direction) * deviation).max(initial=0.0)), 1e-300)
        line = (share * reach * direction for share in SHARES)
        yield from islice((point for point in line if (lead.values(point) >= 0).all()), 1)
