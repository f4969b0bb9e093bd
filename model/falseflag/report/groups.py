"""A dependence group for the page: the joint probability of whatever its members may report.

Two forms say the same, and the smaller is put into the page. A table holds log P(x_1 … x_M | h) for each of the 2^M
complete reports; an unknown member is summed over. Or the quadrature nodes themselves are handed over, with the log
odds of a present report at each, so that the page sums over them as the exact engine does. Either is exact: in both,
the rule is the engine's own, laid out for all members and wide enough for every report.
"""

from __future__ import annotations

import base64
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from falseflag.exact.groups import GroupProblem, correlation_rule, group_log_likelihood, truth_probability, z_rule
from falseflag.problem import PRESENT, Floats, Integers, Problem

LARGEST_TABLE = 12
"""Members of the largest group that a table is made of."""

BUDGET = 75_000
"""Numbers that all groups of one dependence may take: 0.8 MB of text. What is beyond is held as it was reported."""

SMALLEST = 1e-300
REACH = 8.5
"""How far out z is integrated at first."""


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


@dataclass(frozen=True)
class Nodes:
    """Z quadrature nodes in (ρ, z) for S statements.

    Parameters
    ----------
    log_weight : ndarray, shape (Z,)
    log_odds : ndarray, shape (S, Z)
        Log odds that a statement's indicator is reported present.
    pattern : ndarray of int, shape (M, D)
        The statement that each leaf pattern takes for each member.
    """

    log_weight: Floats
    log_odds: Floats
    pattern: Integers

    @cached_property
    def log_present(self) -> Floats:
        """Log probability of a present report, shape (S, Z)."""
        return np.asarray(special.log_expit(self.log_odds))

    @cached_property
    def log_absent(self) -> Floats:
        """Log probability of an absent report, shape (S, Z)."""
        return np.asarray(special.log_expit(-self.log_odds))

    def table(self) -> Floats:
        """Return the log probability of every complete report, shape (2^M, D)."""
        half = len(self.pattern) // 2
        columns = [self._joint(self.pattern[:half, d], self.pattern[half:, d]) for d in range(self.pattern.shape[1])]
        return np.log(np.maximum(np.stack(columns, axis=1), SMALLEST))

    def _joint(self, first: Integers, second: Integers) -> Floats:
        """Return the probability of every report of two lists of members, the first going fastest, shape (2^M,)."""
        weighted = self._products(first) * np.exp(self.log_weight)
        return np.asarray((self._products(second) @ weighted.T).ravel())

    def _products(self, members: Integers) -> Floats:
        out = np.ones((1, len(self.log_weight)))
        for s in members:
            out = np.concatenate([out * np.exp(self.log_absent[s]), out * np.exp(self.log_present[s])])
        return out

    def as_dict(self) -> dict[str, Any]:
        """Return them for the page."""
        return {
            "logWeight": encoded(self.log_weight),
            "logOdds": encoded(self.log_odds),
            "pattern": self.pattern.tolist(),
        }


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


def lay_out(group: GroupProblem) -> Nodes:
    """Lay out the nodes of a group of which every member counts as reported present."""
    rule, roots, ts = correlation_rule(group)
    parts = [_at(group, *at) for at in zip(np.log(rule.weights[0]), roots, ts, strict=True)]
    log_weight, log_odds = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    return Nodes(log_weight, log_odds, group.pattern)


def _at(group: GroupProblem, log_weight: float, root: float, t: float) -> tuple[Floats, Floats]:
    """Return log weights, shape (Z,), and log odds of a present report, shape (S, Z), at one value of ρ."""
    reach = REACH
    while True:
        z, weights = z_rule(group, root, t, reach)
        log_odds = _log_odds(group, root * z, t)
        log_terms = log_weight - z**2 / 2 + np.log(weights / np.sqrt(2 * np.pi))
        if reach > 38 or _falls_off(Nodes(log_terms, log_odds, group.pattern)):
            return log_terms, log_odds
        reach *= 1.5


def _log_odds(group: GroupProblem, shift: Floats, t: float) -> Floats:
    sign, right, wrong = group.sign, group.reliability[:, None], group.unreliability[:, None]
    true, false = (truth_probability(group.statements, s, shift, t) for s in (sign, -sign))
    present, absent = right * true + wrong * false, right * false + wrong * true
    return np.asarray(np.log(np.maximum(present, SMALLEST)) - np.log(np.maximum(absent, SMALLEST)))


def _falls_off(nodes: Nodes) -> bool:
    """Tell whether all present, and all absent, are integrated far enough out."""
    for logs in (nodes.log_present, nodes.log_absent):
        terms = nodes.log_weight + logs[nodes.pattern].sum(axis=0)  # (D, Z)
        if (np.maximum(terms[:, 0], terms[:, -1]) > terms.max(axis=1) - 33).any():
            return False
    return True


def encoded(values: Floats) -> str:
    """Return numbers as base64 of little-endian doubles, row after row."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()
