"""Quadrature nodes for one dependence group, and the log probability of every possible report at each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from falseflag.exact.groups import SMALLEST_T, truth_probability
from falseflag.exact.quadrature import Rule, logit_rule, probit_smoothness
from falseflag.problem import ABSENT, PRESENT, UNKNOWN, Distributions, Floats, Integers, Problem

MAIN_SHARE = 1e-8
"""Nodes of ρ with at least this prior weight are always laid out."""

SMALLEST_SHARE = 1e-12
"""Other nodes of ρ are left out if they cannot make up more than this of any leaf's likelihood."""

LOG_TINY = -700.0
"""Stands for the log of a probability that underflows."""

FARTHEST_POINT = 8.3
"""Points are followed out to this far in Φ⁻¹(θ), where 1 - θ is lost in double precision."""


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
    """

    problem: Problem
    members: Integers
    columns: Integers
    statement: Integers
    report: Integers
    for_points: bool

    @classmethod
    def of(cls, problem: Problem, members: Integers, columns: Integers, *, for_points: bool) -> Layout:
        """List the rows."""
        used = np.unique(columns)
        observed = problem.observed[problem.statement_indicator[used]]
        pairs = [(s, r) for s, o in zip(used, observed, strict=True) for r in (ABSENT, PRESENT) if o in {r, UNKNOWN}]
        statement, report = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        return cls(problem, members, columns, statement, report, for_points)

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
    def reliability(self) -> tuple[Floats, Floats]:
        """Mean reliability of each row's indicator and what it lacks of 1, shape (rows, 1) each."""
        owner = self.problem.statement_indicator[self.statement]
        return self.problem.reliability.mean[owner, None], self.problem.reliability.complement[owner, None]

    def log_report(self, truth: Floats) -> Floats:
        """Return the log probability of each row's report, given that it is true with probability `truth`."""
        right, wrong = self.reliability
        return np.maximum(np.log(np.maximum(right * truth + wrong * (1 - truth), 1e-304)), LOG_TINY)

    def at(self, log_weight: float, root: float, t: float) -> tuple[Nodes, Floats]:
        """Lay out z at one value of ρ; the log reports have shape (rows, Z)."""
        spread = t if self.for_points else np.sqrt(probit_smoothness(self.values) ** 2 + t**2).min(initial=1.0)
        step = min(0.35, 0.5 * spread / max(root, 1e-12)) / np.sqrt(1 + np.log(len(self.members)))
        reach = 8.5 + FARTHEST_POINT * self.for_points
        while True:
            z = np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1) * step
            log_z = log_weight - z**2 / 2 + np.log(step / np.sqrt(2 * np.pi))
            sign = np.where(self.report == PRESENT, 1.0, -1.0)
            log_reports = self.log_report(truth_probability(self.values, sign, root * z, t))
            if reach > 38 or all(_falls_off(log_z + terms) for terms in self._outcomes(log_reports)):
                return Nodes(log_z, z, np.full_like(z, root), np.full_like(z, t)), log_reports
            reach *= 1.5

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

    def everywhere(self, rule: Rule) -> tuple[Nodes, Floats]:
        """Lay out all nodes of ρ that matter."""
        root = np.sqrt(special.expit(rule.nodes[0]))
        t = np.maximum(np.sqrt(special.expit(-rule.nodes[0])), SMALLEST_T)
        weight = rule.weights[0]
        main = weight >= MAIN_SHARE
        parts = [self.at(np.log(weight[j]), root[j], t[j]) for j in np.flatnonzero(main)]
        limit = self._smallest_weight(parts)
        rest = np.flatnonzero(~main & (weight > limit))
        parts += [self.at(np.log(weight[j]), root[j], t[j]) for j in rest]
        return Nodes.joined([nodes for nodes, _ in parts]), np.concatenate([reports for _, reports in parts], axis=1)

    def _smallest_weight(self, parts: list[tuple[Nodes, Floats]]) -> float:
        """Bound what a node of ρ can add: L_g at any ρ is at most the smallest of its members' probabilities."""
        log_mean = self.log_report(np.where(self.report == PRESENT, self.values.mean, self.values.complement)[:, None])
        largest = 0.0
        outcomes = zip(self._outcomes_least(log_mean), *(self._outcomes(r) for _, r in parts), strict=True)
        for least, *terms in outcomes:
            sums = [special.logsumexp(n.log_weight + x, axis=1) for (n, _), x in zip(parts, terms, strict=True)]
            largest = max(largest, float((least - special.logsumexp(sums, axis=0)).max()))
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
    layout = Layout.of(problem, members, columns, for_points=for_points)
    nodes, log_reports = layout.everywhere(logit_rule(problem.correlation[group : group + 1]))
    return layout, nodes, log_reports, pattern_of.ravel()


def _falls_off(terms: Floats) -> bool:
    edge = np.maximum(terms[:, 0], terms[:, -1])
    return bool((edge < terms.max(axis=1) - 33).all())
