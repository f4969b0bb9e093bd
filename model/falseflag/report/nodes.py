"""A dependence group on its quadrature nodes, wide enough for whatever its members may report."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import correlation_rule, z_rule
from falseflag.exact.truth import truth_probability
from falseflag.problem import Floats, Integers

SMALLEST = 1e-300
REACH = 8.5
"""How far out z is integrated at first."""


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
