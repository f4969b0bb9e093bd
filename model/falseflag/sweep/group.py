r"""A dependence group in many combinations of values at once.

What is varied is held at points. At one quadrature node (ρ, z), a member's report then has the probability

    f(c, z) = r Φ(± (Φ⁻¹(θ) + √ρ z) / √(1 - ρ)) + (1 - r) (1 - Φ(…)),

with θ or r the value in combination c; the members that nothing varies have the engine's own integrals over θ. So a
leaf's likelihood in every combination is one product of matrices,

    L(c, h) = Σ_z W(h, z) Π_i f_i(c, z),

with W the quadrature weight times all that is not varied; Φ is taken once for each distinct value and node.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import correlation_rule, group_log_likelihood, z_spacing
from falseflag.exact.likelihood import log_scores
from falseflag.exact.truth import CHUNK, truth_probability
from falseflag.problem import Floats, Integers, Problem
from falseflag.sweep.columns import Columns, held_at, unknown_but
from falseflag.sweep.single import log_report

REACHES = (8.5, 13.0, 19.0, 38.0)
"""Ends of the nodes in z, tried in turn."""

LEFT_OUT = 1e-10
"""Share of a likelihood that may lie beyond the ends, or at values of ρ that are left out."""

FINEST_STEP = 1e-3
"""Where the nodes would have to be denser, each combination is given to the engine."""

MANY = 50
"""Correlations from which on draws in which everything is held at a point are not laid out one by one."""


def log_group(problem: Problem, group: int, columns: Columns) -> Floats:
    """Return log E[L_{g,h}] of every leaf in every combination, shape (C, H)."""
    out = np.empty((columns.count, len(problem.leaves)))
    for rows, cell in _by_reports(problem, group, columns):
        members = cell.members(group)
        part = columns[rows]
        if len(members) == 0:
            out[rows] = 0.0
        elif len(members) == 1:  # as the engine: one report is not integrated over z
            out[rows] = log_report(cell, int(members[0]), replace(part, observed={}))
        else:
            out[rows] = _reported(cell, group, part)
    return out


def _by_reports(problem: Problem, group: int, columns: Columns) -> Iterator[tuple[Integers, Problem]]:
    """Yield combinations that have the same reports, and the problem with only the group's in it."""
    members = np.flatnonzero(problem.group_of == group)
    varied = [i for i in members.tolist() if i in columns.observed]
    alone = unknown_but(problem, members)
    reports = np.stack([columns.observed[i] for i in varied], axis=1) if varied else np.zeros((columns.count, 0))
    for rows, values in _distinct(reports):
        observed = alone.observed.copy()
        observed[varied] = values.astype(np.int8)
        yield rows, replace(alone, observed=observed)


def _distinct(values: Floats) -> Iterator[tuple[Integers, Floats]]:
    """Yield the positions of each distinct row, and the row."""
    if values.shape[1] == 0:
        yield np.arange(len(values)), np.zeros(0)
        return
    found, which = np.unique(values, axis=0, return_inverse=True)
    order = np.argsort(which.ravel(), kind="stable")
    for row, places in zip(found, np.split(order, np.cumsum(np.bincount(which.ravel()))[:-1]), strict=True):
        yield places, row


def _reported(problem: Problem, group: int, columns: Columns) -> Floats:
    """Answer combinations that differ in judgements alone."""
    correlations = columns.correlation.get(group)
    if correlations is None:
        return _at_correlation(problem, group, columns)
    if len(np.unique(correlations)) > MANY and _all_held(problem, group, columns):
        return _all_drawn(problem, columns)
    out = np.empty((columns.count, len(problem.leaves)))
    for rows, (value,) in _distinct(correlations[:, None]):
        held = replace(problem, correlation=held_at(problem.correlation, {group: float(value)}))
        out[rows] = _at_correlation(held, group, columns[rows])
    return out


def _all_held(problem: Problem, group: int, columns: Columns) -> bool:
    used = GroupProblem.of(problem, group).used
    return bool((problem.statements.is_point[used] | np.isin(used, list(columns.statement))).all())


def _all_drawn(problem: Problem, columns: Columns) -> Floats:
    """Answer with the likelihood of draws, each with its own ρ."""

    def drawn(means: Floats, varied: Mapping[int, Floats]) -> Floats:
        values = np.broadcast_to(means, (columns.count, len(means))).copy()
        for place, column in varied.items():
            values[:, place] = column
        return values

    theta = drawn(problem.statements.mean, columns.statement)
    reliability = drawn(problem.reliability.mean, columns.reliability)
    return log_scores(problem, theta, reliability, drawn(problem.correlation.mean, columns.correlation))


def _at_correlation(problem: Problem, group: int, columns: Columns) -> Floats:
    """Answer combinations with one distribution of ρ."""
    laid_out = _Varied.of(problem, group, columns)
    if not laid_out.varied:
        values = group_log_likelihood(GroupProblem.of(problem, group))
        return np.broadcast_to(values, (columns.count, len(values)))
    out = np.full((columns.count, laid_out.group.pattern.shape[1]), np.nan)
    left = np.arange(columns.count)
    for reach in REACHES:
        if laid_out.step < FINEST_STEP or not len(left):
            break
        values = laid_out.likelihood(left, reach)
        done = values.min(axis=1) * LEFT_OUT > 2 * special.ndtr(-reach)
        out[left[done]] = np.log(values[done])
        left = left[~done]
    out = out[:, laid_out.group.pattern_of]
    for row in left.tolist():
        out[row] = _by_engine(problem, group, columns, row)
    return out


def _by_engine(problem: Problem, group: int, columns: Columns, row: int) -> Floats:
    """Answer one combination as though it stood in the case."""

    def points(part: Mapping[int, Floats]) -> dict[int, float]:
        return {place: float(values[row]) for place, values in part.items()}

    statements = held_at(problem.statements, points(columns.statement))
    reliability = held_at(problem.reliability, points(columns.reliability))
    return group_log_likelihood(
        GroupProblem.of(replace(problem, statements=statements, reliability=reliability), group)
    )


@dataclass(frozen=True)
class _Varied:
    """One group with V of its S statements varied, in themselves or in their indicator's reliability.

    Parameters
    ----------
    group : GroupProblem
        With the varied statements held at points.
    theta, reliability : mapping from int to ndarray, shape (C,)
        By position among the group's statements.
    """

    group: GroupProblem
    theta: Mapping[int, Floats]
    reliability: Mapping[int, Floats]

    @classmethod
    def of(cls, problem: Problem, number: int, columns: Columns) -> _Varied:
        held = held_at(problem.statements, dict.fromkeys(columns.statement, 0.5))
        group = GroupProblem.of(replace(problem, statements=held), number)
        owner = problem.statement_indicator[group.used].tolist()
        theta = {n: columns.statement[s] for n, s in enumerate(group.used.tolist()) if s in columns.statement}
        return cls(group, theta, {n: columns.reliability[i] for n, i in enumerate(owner) if i in columns.reliability})

    @property
    def varied(self) -> list[int]:
        """Positions of the varied statements."""
        return sorted({*self.theta, *self.reliability})

    @property
    def step(self) -> float:
        """Smallest step in z at any ρ that counts."""
        return min(z_spacing(self.group, root, t) for _, root, t in self._correlations())

    def _correlations(self) -> list[tuple[float, float, float]]:
        rule, roots, ts = correlation_rule(self.group)
        return [(float(w), float(root), float(t)) for w, root, t in zip(rule.weights[0], roots, ts, strict=True)]

    def likelihood(self, rows: Integers, reach: float) -> Floats:
        """Return the likelihood of each leaf pattern in some combinations, shape (rows, D)."""
        total = np.zeros((len(rows), self.group.pattern.shape[1]))
        rest = 1.0
        for weight, root, t in sorted(self._correlations(), reverse=True):
            if rest <= LEFT_OUT * total.min():  # at no ρ is a likelihood more than 1
                break
            rest -= weight
            step = z_spacing(self.group, root, t)
            z = np.arange(-np.ceil(reach / step), np.ceil(reach / step) + 1) * step
            weights = weight * step * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
            total += self._integrated(rows, weights, root * z, t)
        return total

    def _integrated(self, rows: Integers, weights: Floats, shift: Floats, t: float) -> Floats:
        """Add up over the nodes in z at one ρ."""
        group = self.group
        truth = truth_probability(group.statements, group.sign, shift, t)
        fixed = group.reliability[:, None] * truth + group.unreliability[:, None] * (1 - truth)
        fixed[self.varied] = 1.0
        constant = weights * np.prod(fixed[group.pattern], axis=0)  # (D, Z)
        takes = np.stack([(group.pattern == n).any(axis=0) for n in self.varied], axis=1)  # (D, V)
        tables = {n: self._table(n, rows, shift, t) for n in self.theta}
        out = np.empty((len(rows), len(constant)))
        size = max(1, CHUNK // len(shift))
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            reports = {n: self._report(n, rows[part], tables, truth, part) for n in self.varied}
            for patterns, kind in _distinct(takes.astype(float)):
                product = np.ones((1, len(shift)))
                for n, taken in zip(self.varied, kind, strict=True):
                    if taken:
                        product = product * reports[n]
                out[part, patterns] = product @ constant[patterns].T
        return out

    def _table(self, n: int, rows: Integers, shift: Floats, t: float) -> tuple[Floats, Integers]:
        """Return P(truly as reported) for each distinct θ, shape (values, Z), and which of them each row has."""
        values, which = np.unique(self.theta[n][rows], return_inverse=True)
        return special.ndtr(self.group.sign[n] * (special.ndtri(values)[:, None] + shift) / t), which

    def _report(
        self, n: int, rows: Integers, tables: Mapping[int, tuple[Floats, Integers]], truth: Floats, part: slice
    ) -> Floats:
        """Return the probability of a varied statement's report, shape (rows, Z) or (1, Z)."""
        true = tables[n][0][tables[n][1][part]] if n in tables else truth[n : n + 1]
        if n in self.reliability:
            right = self.reliability[n][rows, None]
            return right * true + (1 - right) * (1 - true)
        return np.asarray(self.group.reliability[n] * true + self.group.unreliability[n] * (1 - true))
