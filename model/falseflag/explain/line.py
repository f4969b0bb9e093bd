"""The leaves' scores as one likelihood statement of a dependence group moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import group_log_likelihood
from falseflag.explain.changes import with_statement_at
from falseflag.explain.evidence import SMALLEST_LOG, Evidence
from falseflag.explain.group_table import GroupTable
from falseflag.problem import PRESENT, Floats, Integers


def truth(table: GroupTable, signed: Floats, sign: int) -> Floats:
    """Return P(truly as reported) at each node for points a, given as sign · a; shape (points, Z)."""
    nodes = table.nodes
    return np.asarray(special.ndtr((signed[:, None] + sign * nodes.root * nodes.z) / nodes.t))


@dataclass(frozen=True)
class Line:
    """The leaves' scores as one statement moves.

    Parameters
    ----------
    terms : ndarray, shape (D', Z)
        Terms of the patterns that take the statement without its member, scaled by exp(-`log_scale`).
    taker : ndarray of int, shape (H,)
        Which of them a leaf has; -1 for a leaf that does not take the statement.
    fixed : ndarray, shape (H,)
        Log scores without this group for the takers, with it for the others.
    """

    table: GroupTable
    group: int
    statement: int
    sign: int
    right: float
    wrong: float
    start: float
    terms: Floats
    log_scale: Floats
    taker: Integers
    fixed: Floats
    leader: int

    @property
    def rivals(self) -> Integers:
        """Leaves whose distance from the leader changes: those with the leader's terms, or none as it, keep theirs."""
        return np.flatnonzero(self.taker != self.taker[self.leader])

    @classmethod
    def of(cls, evidence: Evidence, table: GroupTable, group: int, member: int, statement: int) -> Line:
        """Take one member's statement out of a group that is laid out for points."""
        problem = evidence.problem
        i = int(table.layout.members[member])
        patterns = np.flatnonzero(table.layout.columns[member] == statement)
        terms = table.total[patterns] - table.own(member, int(problem.observed[i]))[patterns]
        log_scale = terms.max(axis=1)
        taker = np.full(table.layout.columns.shape[1], -1)
        taker[patterns] = np.arange(len(patterns))
        taker = taker[table.pattern_of]
        without = evidence.log_scores - evidence.group_log_likelihood(group)
        mean, complement = problem.statements.mean[statement], problem.statements.complement[statement]
        return cls(
            table=table,
            group=group,
            statement=statement,
            sign=1 if problem.observed[i] == PRESENT else -1,
            right=float(problem.reliability.mean[i]),
            wrong=float(problem.reliability.complement[i]),
            start=float(special.ndtri(mean) if mean < 0.5 else -special.ndtri(complement)),
            terms=np.exp(terms - log_scale[:, None]),
            log_scale=log_scale,
            taker=taker,
            fixed=np.where(taker >= 0, without, evidence.log_scores),
            leader=evidence.leader,
        )

    def scores(self, truth: Floats) -> Floats:
        """Return log scores of the leaves, shape (points, H), from `truth` of shape (points, Z)."""
        sums = self.wrong * self.terms.sum(axis=1) + (self.right - self.wrong) * (truth @ self.terms.T)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.maximum(np.nan_to_num(np.log(sums), nan=-np.inf) + self.log_scale, SMALLEST_LOG)
        return np.where(self.taker >= 0, self.fixed + logs[:, self.taker], self.fixed)

    def scores_at(self, points: Floats) -> Floats:
        """Return log scores of the leaves at points a, shape (points, H)."""
        return self.scores(truth(self.table, self.sign * points, self.sign))

    def lead(self, scores: Floats) -> Floats:
        """Return by how much the leader is ahead of the best rival, shape (points,)."""
        return np.asarray(scores[:, self.leader] - scores[:, self.rivals].max(axis=1))

    def engine_lead(self, point: float) -> float:
        """Return the same at one point, computed by the exact engine."""
        problem = with_statement_at(self.table.layout.problem, self.statement, float(special.ndtr(point)))
        logs = np.maximum(group_log_likelihood(GroupProblem.of(problem, self.group)), SMALLEST_LOG)
        scores = np.where(self.taker >= 0, self.fixed + logs, self.fixed)
        return float(self.lead(scores[None, :])[0])

    def lead_at(self, point: float) -> float:
        """Return by how much the leader is ahead at one point."""
        return float(self.lead(self.scores_at(np.array([point])))[0])
