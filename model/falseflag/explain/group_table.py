"""One dependence group on its quadrature nodes, so that it is answered again quickly with other reports.

Integrating the likelihoods out at every node is what costs; leaving a member out, giving it another report or holding
one of its statements at a point are then sums over the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import special

from falseflag.exact.posterior import log_report
from falseflag.explain.group_nodes import Layout, Nodes, layout_of
from falseflag.problem import UNKNOWN, Distributions, Floats, Integers, Problem


@dataclass(frozen=True)
class GroupTable:
    """A group's members (M of them, reported or not) at Z nodes, for D distinct leaf patterns.

    Parameters
    ----------
    layout : Layout
    nodes : Nodes
    log_reports : ndarray, shape (rows, Z)
        Log probability of each of the layout's rows at each node.
    pattern_of : ndarray of int, shape (H,)
        The pattern of each leaf.
    """

    layout: Layout
    nodes: Nodes
    log_reports: Floats
    pattern_of: Integers

    @classmethod
    def of(cls, problem: Problem, group: int, *, for_points: bool = False) -> GroupTable:
        """Lay a group out.

        Parameters
        ----------
        problem : Problem
        group : int
        for_points : bool
            Make the nodes dense enough for any one statement to be held at a point.
        """
        return cls(*layout_of(problem, group, for_points=for_points))

    @property
    def observed(self) -> Integers:
        """Reports on the members as in the case, shape (M,)."""
        return self.layout.problem.observed[self.layout.members].astype(np.intp)

    @cached_property
    def total(self) -> Floats:
        """Log terms of the group as reported, shape (D, Z)."""
        return self._sum(self.observed)

    def log_likelihood(self, reports: Integers) -> Floats:
        """Return log E[L_{g,h}] of each leaf, shape (H,), for one report (or `UNKNOWN`) for each member."""
        active = np.flatnonzero(reports != UNKNOWN)
        if len(active) == 0:
            return np.zeros(len(self.pattern_of))
        if len(active) == 1:  # closed form, as in the engine
            return log_alone(self.layout.problem, int(self.layout.members[active[0]]), int(reports[active[0]]))
        changed = np.flatnonzero(reports != self.observed)
        if len(changed) > len(active):
            return self.integrate(self._sum(reports))
        terms = self.total
        for m in changed.tolist():
            terms = terms + (self.own(m, int(reports[m])) - self.own(m, int(self.observed[m])))
        return self.integrate(terms)

    def with_statements(self, statements: Distributions, moved: Integers) -> Floats:
        """Return log E[L_{g,h}] as reported, shape (H,), with some of the problem's statements (by position) moved."""
        rows = np.flatnonzero(np.isin(self.layout.statement, moved))
        logs = self.log_reports.copy()
        logs[rows] = self.layout.log_reports_on(self.nodes, rows, statements)
        return replace(self, log_reports=logs).log_likelihood(self.observed)

    def integrate(self, terms: Floats) -> Floats:
        """Add log terms of shape (D, Z) up over the nodes and spread them over the leaves, shape (H,)."""
        return np.asarray(special.logsumexp(terms, axis=1)[self.pattern_of])

    def own(self, member: int, report: int) -> Floats:
        """Return one member's log terms, shape (D, Z), or (1, 1) for an unknown one."""
        if report == UNKNOWN:
            return np.zeros((1, 1))
        rows = self.layout.row[self.layout.columns[member], report]
        return np.asarray(self.log_reports[rows])

    def _sum(self, reports: Integers) -> Floats:
        terms = np.broadcast_to(self.nodes.log_weight, (self.layout.columns.shape[1], len(self.nodes.z))).copy()
        for m, report in enumerate(reports):
            terms += self.own(m, int(report))
        return terms


def log_alone(problem: Problem, indicator: int, report: int) -> Floats:
    """Return log E[P(x_i = report | h)] of one indicator taken alone, shape (H,)."""
    one = replace(problem, observed=np.full(len(problem.indicators), report, dtype=np.int8))
    return np.asarray(log_report(one, np.array([indicator]))[0])
