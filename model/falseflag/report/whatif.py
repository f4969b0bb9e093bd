"""The numbers from which the page answers "what if": enough of the exact engine's to answer every setting exactly.

Given h, what is reported on an ungrouped indicator enters by one probability, E[P(x_i | h)], and so does a lone
reported member of a group, or any member where the dependence is none. What several members of a group report enters
by a joint probability: see `falseflag.report.groups`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from falseflag.case.model import Case
from falseflag.exact.posterior import log_report
from falseflag.explain.dependence import FULL, with_correlation
from falseflag.problem import ABSENT, PRESENT, Floats, Problem
from falseflag.report.groups import Joint, joints_of
from falseflag.scales import BANDS

UNNAMED = "case.yaml"
"""Stands for the file's name where the case was made in memory."""

IMPOSSIBLE = -1e6
"""Log probabilities are held above this, so that the differences of two are numbers."""


@dataclass(frozen=True)
class WhatIf:
    """What the page computes with.

    Parameters
    ----------
    case, problem : Case, Problem
    present, absent : ndarray, shape (N, H)
        log P(indicator reported present | h), and absent.
    as_written, full : tuple of Joint
        One for each group, with its correlation as written and at 0.99.
    """

    case: Case
    problem: Problem
    present: Floats
    absent: Floats
    as_written: tuple[Joint, ...]
    full: tuple[Joint, ...]

    @classmethod
    def of(cls, case: Case, problem: Problem) -> WhatIf:
        """Compute the numbers of a case."""
        as_written = joints_of(problem)
        held = [g for g, joint in enumerate(as_written) if joint.is_held]
        full = joints_of(with_correlation(problem, FULL), held)
        return cls(case, problem, _alone(problem, PRESENT), _alone(problem, ABSENT), *_alike(as_written, full))

    @property
    def held(self) -> frozenset[str]:
        """Names of the indicators that the page cannot switch, since their group is too large."""
        members = (g.indicators for g, joint in zip(self.case.groups.values(), self.full, strict=True) if joint.is_held)
        return frozenset(name for names in members for name in names)

    @property
    def extends(self) -> str:
        """The name by which a profile beside the case file extends it."""
        return PurePath(self.case.files[0].name).name if self.case.files else UNNAMED

    def as_dict(self) -> dict[str, Any]:
        """Return the page's data: numbers, names of nodes, indicators and groups, the file's name."""
        problem = self.problem
        return {
            "extends": self.extends,
            "nodes": list(problem.nodes),
            "weights": [node.weight for node in self.case.nodes],
            "paths": [np.flatnonzero(column).tolist() for column in problem.membership.T],
            "branchings": [branching.children.tolist() for branching in problem.branchings],
            "indicators": [self._indicator(i) for i in range(len(problem.indicators))],
            "groups": [self._group(g) for g in range(len(problem.groups))],
            "fullCorrelation": FULL,
            "bands": [[band.term, band.low] for band in BANDS],
            "highest": BANDS[-1].high,
        }

    def _indicator(self, i: int) -> dict[str, Any]:
        return {
            "name": self.problem.indicators[i],
            "report": int(self.problem.observed[i]),
            "group": int(self.problem.group_of[i]),
            "present": self.present[i].tolist(),
            "absent": self.absent[i].tolist(),
        }

    def _group(self, g: int) -> dict[str, Any]:
        members = np.flatnonzero(self.problem.group_of == g).tolist()
        joints = {"written": self.as_written[g].as_dict(), "full": self.full[g].as_dict()}
        return {"name": self.problem.groups[g], "members": members, **joints}


def _alone(problem: Problem, report: int) -> Floats:
    """Return log P(report | h) of every indicator alone, shape (N, H)."""
    count = len(problem.indicators)
    logs = log_report(replace(problem, observed=np.full(count, report, dtype=np.int8)), np.arange(count))
    return np.maximum(logs, IMPOSSIBLE)


def _alike(first: tuple[Joint, ...], second: tuple[Joint, ...]) -> tuple[tuple[Joint, ...], tuple[Joint, ...]]:
    """Hold a group in both if it had to be held in one."""
    pairs = [(a.held, b.held) if a.is_held or b.is_held else (a, b) for a, b in zip(first, second, strict=True)]
    return tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
