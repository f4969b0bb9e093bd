"""One dependence group cut out of a problem: what its likelihood follows from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from falseflag.exact.quadrature import NARROW, probit_smoothness
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

type Key = tuple[tuple[int, ...] | bytes, ...]

MATRIX_PAYS = 20
"""A product with a matrix of zeros and ones is quicker than indexing up to this many statements a member."""

LOWEST = -1e300
"""Stands for the log of 0 where logs are multiplied by 0 and added up."""


@dataclass(frozen=True)
class GroupProblem:
    """One group's share of a problem: M reported members, S statements that they use, D distinct leaf patterns.

    Parameters
    ----------
    sign : ndarray, shape (S,)
        +1 where the statement's indicator was reported present, -1 absent.
    reliability : ndarray, shape (S,)
        Mean reliability of the statement's indicator.
    pattern : ndarray of int, shape (M, D)
        Positions among the S statements: leaves with the same column share one likelihood.
    pattern_of : ndarray of int, shape (H,)
        The pattern of each leaf.
    used : ndarray of int, shape (S,)
        Positions of the statements among the problem's.
    """

    members: Integers
    used: Integers
    statements: Distributions
    sign: Floats
    reliability: Floats
    unreliability: Floats
    pattern: Integers
    pattern_of: Integers
    correlation: Distributions

    @cached_property
    def key(self) -> Key:
        """All that the likelihoods of the patterns follow from."""
        arrays = (self.sign, self.reliability, self.unreliability, self.pattern)
        elicited = (self.statements, self.correlation)
        values = [part.tobytes() for each in elicited for part in (each.alpha, each.beta, each.point)]
        return (self.pattern.shape, *(array.tobytes() for array in arrays), *values)

    @cached_property
    def owner(self) -> Integers:
        """Position of each statement's indicator among the members, shape (S,)."""
        owner = np.zeros(len(self.used), dtype=np.intp)
        owner[self.pattern] = np.arange(len(self.pattern))[:, None]
        return owner

    @cached_property
    def variance(self) -> Floats:
        """Square of the length over which each statement's density of Φ⁻¹(θ) changes; 0 for a point. Shape (S,)."""
        sharp = self.statements.is_point | (self.statements.alpha + self.statements.beta > NARROW)
        return np.where(sharp, 0.0, probit_smoothness(self.statements) ** 2)

    @cached_property
    def log_report_mean(self) -> Floats:
        """Log E[P(the report)] of each statement, taken alone, shape (S,)."""
        mean, complement = self.statements.mean, self.statements.complement
        true, false = np.where(self.sign > 0, mean, complement), np.where(self.sign > 0, complement, mean)
        return np.asarray(np.log(self.reliability * true + self.unreliability * false))

    def only(self, patterns: Integers) -> GroupProblem:
        """Keep some of the leaf patterns and the statements that they use; which leaves have them is left out."""
        if len(patterns) == self.pattern.shape[1]:
            return self
        kept, pattern = np.unique(self.pattern[:, patterns], return_inverse=True)
        return replace(
            self,
            used=self.used[kept],
            statements=self.statements[kept],
            sign=self.sign[kept],
            reliability=self.reliability[kept],
            unreliability=self.unreliability[kept],
            pattern=pattern.reshape(len(self.pattern), -1),
            pattern_of=np.zeros(0, dtype=np.intp),
        )

    def sum_over_members(self, log_report: Floats) -> Floats:
        """Add up what the leaves of each pattern take, shape (D, Z), from logs of shape (S, Z)."""
        if self.pattern.size * MATRIX_PAYS >= self.pattern.shape[1] * len(self.used):
            takes = np.zeros((self.pattern.shape[1], len(self.used)))
            np.add.at(takes, (np.arange(len(takes)), self.pattern), 1.0)
            return np.asarray(takes @ np.maximum(log_report, LOWEST))
        total = np.zeros((self.pattern.shape[1], log_report.shape[1]))
        for member in self.pattern:
            total += log_report[member]
        return total

    @classmethod
    def of(cls, problem: Problem, group: int) -> GroupProblem:
        """Cut a group out of a problem."""
        members = problem.members(group)
        columns, pattern_of = np.unique(problem.statement_of[members], axis=1, return_inverse=True)
        used, pattern = np.unique(columns, return_inverse=True)
        owner = problem.statement_indicator[used]
        return cls(
            members=members,
            used=used,
            statements=problem.statements[used],
            sign=np.where(problem.observed[owner] == PRESENT, 1.0, -1.0),
            reliability=problem.reliability.mean[owner],
            unreliability=problem.reliability.complement[owner],
            pattern=pattern.reshape(columns.shape),
            pattern_of=pattern_of.ravel(),
            correlation=problem.correlation[group : group + 1],
        )
