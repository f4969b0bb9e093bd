"""A dependence group for the page: the joint probability of whatever its members may report.

Two forms say the same, and the smaller is put into the page. A table holds log P(x_1 … x_M | h) for each of the 2^M
complete reports; an unknown member is summed over. Or the quadrature nodes themselves are handed over, with the log
odds of a present report at each, so that the page sums over them as the exact engine does. Either is exact: in both,
the rule is the engine's own, laid out for all members and wide enough for every report.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import correlation_rule, group_log_likelihood, z_rule
from falseflag.problem import PRESENT, Floats, Integers, Problem
from falseflag.report.nodes import REACH, Nodes, encoded, lay_out

LARGEST_TABLE = 12
"""Members of the largest group that a table is made of."""

BUDGET = 75_000
"""Numbers that all groups of one dependence may take: 0.8 MB of text. What is beyond is held as it was reported."""


@dataclass(frozen=True)
class Joint:
    """The joint probability of a group's reports.

    Parameters
    ----------
    fixed : ndarray, shape (H,)
        Log likelihood of what was reported.
    pattern_of : ndarray of int, shape (H,)
        Leaves with the same pattern share one probability; D patterns.
    table : ndarray, shape (2^M, D), or None
        Log probability of each complete report; bit m of the row is whether member m was reported present.
    nodes : Nodes or None
    """

    fixed: Floats
    pattern_of: Integers
    table: Floats | None = None
    nodes: Nodes | None = None

    @property
    def is_held(self) -> bool:
        """Whether the page has but what was reported."""
        return self.table is None and self.nodes is None

    @property
    def held(self) -> Joint:
        """The same with nothing but what was reported."""
        return replace(self, table=None, nodes=None)

    @property
    def size(self) -> int:
        """How many numbers it takes."""
        parts = (None if self.nodes is None else self.nodes.log_odds, self.table)
        return sum(part.size for part in parts if part is not None)

    def as_dict(self) -> dict[str, Any]:
        """Return it for the page."""
        if self.is_held:
            return {"fixed": self.fixed.tolist()}
        numbers = {} if self.table is None else {"table": encoded(self.table)}
        nodes = {} if self.nodes is None else self.nodes.as_dict()
        return {"patternOf": self.pattern_of.tolist(), **numbers, **nodes}


def joints_of(problem: Problem, held: Collection[int] = ()) -> tuple[Joint, ...]:
    """Lay out every group but those held, the smallest form of each, as long as the budget lasts."""
    left, joints = BUDGET, []
    for group in range(len(problem.groups)):
        joint = _smallest(problem, group, -1 if group in held else left)
        left -= joint.size
        joints.append(joint)
    return tuple(joints)


def _smallest(problem: Problem, group: int, most: int) -> Joint:
    """Return the form of a group that takes the fewest numbers, or none that does with at most so many."""
    everyone = replace(problem, observed=np.full(len(problem.indicators), PRESENT, dtype=np.int8))
    members = GroupProblem.of(everyone, group)
    joint = Joint(_as_reported(problem, group), members.pattern_of)
    count, patterns = members.pattern.shape
    as_table = patterns << count if count <= LARGEST_TABLE else most + 1
    if min(as_table, _size_of_nodes(members)) > most:
        return joint
    nodes = lay_out(members)
    if as_table <= nodes.log_odds.size:
        return replace(joint, table=nodes.table())
    return replace(joint, nodes=nodes) if nodes.log_odds.size <= most else joint


def _size_of_nodes(group: GroupProblem) -> int:
    """Estimate how many numbers a group's nodes take, from the narrowest rule."""
    _, roots, ts = correlation_rule(group)
    return len(group.used) * sum(len(z_rule(group, root, t, REACH)[0]) for root, t in zip(roots, ts, strict=True))


def _as_reported(problem: Problem, group: int) -> Floats:
    if len(problem.members(group)) == 0:
        return np.zeros(len(problem.leaves))
    return np.maximum(group_log_likelihood(GroupProblem.of(problem, group)), -1e6)
