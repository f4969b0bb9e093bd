"""Quadrature nodes for one dependence group, and the log probability of every possible report at each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import correlation_rule, z_rule, z_spacing
from falseflag.exact.truth import truth_probability
from falseflag.problem import ABSENT, PRESENT, UNKNOWN, Distributions, Floats, Integers, Problem

MAIN_SHARE = 1e-8
"""Nodes of ρ with at least this prior weight are always laid out."""

SMALLEST_SHARE = 1e-10
"""Other nodes of ρ are left out if they cannot make up more than this of any leaf's likelihood."""

REACH, FARTHEST_REACH = 8.0, 38.0
"""z runs this far on either side at first; and at the most, save for one step more."""

DEPTH = 27.0
"""What is left out at the ends is below the largest term by at least this, in logs."""

LOG_TINY = -700.0
"""Stands for the log of a probability that underflows."""

FINEST = 0.04
"""√(1 - ρ) is held above this for a statement held at a point; where that matters, the engine has the last word."""

FARTHEST_POINT = 8.3
"""Points are followed out to this far in Φ⁻¹(θ), where 1 - θ is lost in double precision."""

EVERY = slice(None)


@dataclass(frozen=True, slots=True)
class Nodes:
    """Z quadrature nodes in (ρ, z): log weight (of ρ, N(z) and the step), z, √ρ and √(1 - ρ), each of shape (Z,)."""

    log_weight: Floats
    z: Floats
    root: Floats
    t: Floats

    @classmethod
    def joined(cls, parts: list[Nodes]) -> Nodes:
        """Lay parts end to end."""
        return cls(
            np.concatenate([part.log_weight for part in parts]),
            np.concatenate([part.z for part in parts]),
            np.concatenate([part.root for part in parts]),
            np.concatenate([part.t for part in parts]),
        )


@dataclass(frozen=True)
class Layout:
    """What has to be known at each node: one row for each statement and possible report.

    Parameters
    ----------
    problem : Problem
    members : ndarray of int, shape (M,)
    columns : ndarray of int, shape (M, D)
        Statement that each leaf pattern takes for each member.
    statement, report : ndarray of int, shape (rows,)
        An unknown member's statements have a row for either report.
    for_points : bool
        Whether any one statement may be held at a point.
    correlation : Distributions of length 1
    """

    problem: Problem
    members: Integers
    columns: Integers
    statement: Integers
    report: Integers
    correlation: Distributions
    for_points: bool

    @classmethod
    def of(cls, problem: Problem, group: int, columns: Integers, *, for_points: bool) -> Layout:
        """List the rows."""
        members = np.flatnonzero(problem.group_of == group)
        used = np.unique(columns)
        observed = problem.observed[problem.statement_indicator[used]]
        pairs = [(s, r) for s, o in zip(used, observed, strict=True) for r in (ABSENT, PRESENT) if o in {r, UNKNOWN}]
        statement, report = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        correlation = problem.correlation[group : group + 1]
        return cls(problem, members, columns, statement, report, correlation, for_points)

    @cached_property
    def row(self) -> Integers:
        """Row of a statement and a report, shape (S, 2); -1 where there is none."""
        row = np.full((len(self.problem.statements), 2), -1, dtype=np.intp)
        row[self.statement, self.report] = np.arange(len(self.statement))
        return row

    @cached_property
    def values(self) -> Distributions:
        """The statement of each row."""
        return self.problem.statements[self.statement]

    @cached_property
    def whole(self) -> GroupProblem:
        """The group as the engine sees one, with every row among its statements."""
        observed = self.problem.observed[self.members]
        present, absent = (np.where(observed == UNKNOWN, report, observed) for report in (PRESENT, ABSENT))
        return GroupProblem(
            members=self.members,
            used=self.statement,
            statements=self.values,
            sign=self.sign,
            reliability=self.reliability[0][:, 0],
            unreliability=self.reliability[1][:, 0],
            pattern=np.hstack([self.row[self.columns, each[:, None]] for each in (present, absent)]),
            pattern_of=np.zeros(0, dtype=np.intp),
            correlation=self.correlation,
        )

    @cached_property
    def sign(self) -> Floats:
        """+1 for a row that reports present, -1 for absent."""
        return np.where(self.report == PRESENT, 1.0, -1.0)

    @cached_property
    def reliability(self) -> tuple[Floats, Floats]:
        """Mean reliability of each row's indicator and what it lacks of 1, shape (rows, 1) each."""
        owner = self.problem.statement_indicator[self.statement]
        return self.problem.reliability.mean[owner, None], self.problem.reliability.complement[owner, None]

    def log_report(self, truth: Floats, rows: slice | Integers = EVERY) -> Floats:
        """Return the log probability of rows' reports, given that each is true with probability `truth`."""
        right, wrong = (part[rows] for part in self.reliability)
        return np.maximum(np.log(np.maximum(right * truth + wrong * (1 - truth), 1e-304)), LOG_TINY)

    def log_reports_on(self, nodes: Nodes, rows: Integers, statements: Distributions) -> Floats:
        """Return the log reports of some rows, their statements taken from others than the problem's."""
        values = statements[self.statement[rows]]
        return self.log_report(truth_probability(values, self.sign[rows], nodes.root * nodes.z, nodes.t), rows)

    def at(self, log_weight: Floats, root: Floats, t: Floats) -> tuple[Nodes, Floats]:
        """Lay out z at R values of ρ, given by arrays of shape (R,); the log reports have shape (rows, Z)."""
        reach = np.full(len(root), REACH)
        while True:
            rules = [self._rule(*each) for each in zip(root, t, reach, strict=True)]
            counts = np.array([len(rule[0]) for rule in rules])
            number, start = np.repeat(np.arange(len(rules)), counts), np.cumsum(counts) - counts
            z, weights = (np.concatenate(part) for part in zip(*rules, strict=True))
            log_z = log_weight[number] - z**2 / 2 + np.log(weights / np.sqrt(2 * np.pi))
            log_reports = self.log_report(truth_probability(self.values, self.sign, root[number] * z, t[number]))
            falls_off = [_falls_off(log_z + terms, start) for terms in self._outcomes(log_reports)]
            is_short = ~np.all(falls_off, axis=0) & (reach <= FARTHEST_REACH)
            if not is_short.any():
                point_t = np.maximum(t, FINEST) if self.for_points else t
                return Nodes(log_z, z, root[number], point_t[number]), log_reports
            reach[is_short] *= 1.5

    def _rule(self, root: float, t: float, reach: float) -> tuple[Floats, Floats]:
        """Return nodes and weights in z: the engine's, or evenly spaced ones on which a point may lie anywhere."""
        if not self.for_points:
            return z_rule(self.whole, root, t, reach)
        step = z_spacing(self.whole, root, max(t, FINEST), with_point=True)
        count = np.ceil((reach + FARTHEST_POINT) / step)
        return np.arange(-count, count + 1) * step, np.full(int(2 * count + 1), step)

    def _outcomes(self, log_reports: Floats) -> Iterator[Floats]:
        """Yield the log likelihood of what was reported, then of that with either report on each unknown member."""
        observed = self.problem.observed[self.members]
        reported = np.flatnonzero(observed != UNKNOWN)
        base = np.zeros((self.columns.shape[1], log_reports.shape[1]))
        for m in reported:
            base += log_reports[self.row[self.columns[m], observed[m]]]
        yield base
        for m in np.flatnonzero(observed == UNKNOWN):
            yield base + log_reports[self.row[self.columns[m], PRESENT]]
            yield base + log_reports[self.row[self.columns[m], ABSENT]]

    def everywhere(self) -> tuple[Nodes, Floats]:
        """Lay out all nodes of ρ that matter."""
        rule, root, t = correlation_rule(self.whole)
        weight = rule.weights[0]
        main = weight >= MAIN_SHARE
        nodes, reports = self.at(np.log(weight[main]), root[main], t[main])
        rest = ~main & (weight > self._smallest_weight(nodes, reports))
        if not rest.any():
            return nodes, reports
        more, of_more = self.at(np.log(weight[rest]), root[rest], t[rest])
        return Nodes.joined([nodes, more]), np.concatenate([reports, of_more], axis=1)

    def _smallest_weight(self, nodes: Nodes, log_reports: Floats) -> float:
        """Bound what a node of ρ can add: L_g at any ρ is at most the smallest of its members' probabilities."""
        log_mean = self.log_report(np.where(self.report == PRESENT, self.values.mean, self.values.complement)[:, None])
        largest = 0.0
        for least, terms in zip(self._outcomes_least(log_mean), self._outcomes(log_reports), strict=True):
            total = special.logsumexp(nodes.log_weight + terms, axis=1)
            largest = max(largest, float((least - total).max()))
        return float(SMALLEST_SHARE * np.exp(-min(largest, 600.0)))

    def _outcomes_least(self, log_mean: Floats) -> Iterator[Floats]:
        """Yield, for each of `_outcomes`, the log of the least of the members' probabilities, shape (D,)."""
        observed = self.problem.observed[self.members]
        reported = np.flatnonzero(observed != UNKNOWN)
        base = np.zeros(self.columns.shape[1])
        for m in reported:
            base = np.minimum(base, log_mean[self.row[self.columns[m], observed[m]], 0])
        yield base
        for m in np.flatnonzero(observed == UNKNOWN):
            yield np.minimum(base, log_mean[self.row[self.columns[m], PRESENT], 0])
            yield np.minimum(base, log_mean[self.row[self.columns[m], ABSENT], 0])


def layout_of(problem: Problem, group: int, *, for_points: bool) -> tuple[Layout, Nodes, Floats, Integers]:
    """Lay out a group: its rows, nodes, log reports of shape (rows, Z), and the pattern of each leaf, shape (H,)."""
    members = np.flatnonzero(problem.group_of == group)
    columns, pattern_of = np.unique(problem.statement_of[members], axis=1, return_inverse=True)
    layout = Layout.of(problem, group, columns, for_points=for_points)
    nodes, log_reports = layout.everywhere()
    return layout, nodes, log_reports, pattern_of.ravel()


def _falls_off(terms: Floats, start: Integers) -> NDArray[np.bool_]:
    """Tell at which values of ρ the terms, shape (D, Z), are negligible at both ends of z, shape (R,)."""
    last = np.append(start[1:], terms.shape[1]) - 1
    edge = np.maximum(terms[:, start], terms[:, last])
    return np.asarray((edge < np.maximum.reduceat(terms, start, axis=1) - DEPTH).all(axis=0))
