"""The evidence of a case, factor by factor, and the answer were some reports other than they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from falseflag.case.model import Case
from falseflag.exact.posterior import ExactPosterior, answer_exactly, normalise
from falseflag.explain.group_table import GroupTable, log_alone
from falseflag.problem import UNKNOWN, Floats, Integers, Problem, problem_of

DECIBANS = 10 / np.log(10)
"""Decibans in one unit of natural log odds."""

SMALLEST_LOG = -1e6
"""Log likelihoods are held above this, so that differences of two impossibilities are numbers."""

TIE = 1e-11
"""Log scores nearer than this are equal: it is rounding that tells them apart."""


def leading(log_scores: Floats) -> int:
    """Return the position of the most probable leaf; the first of equals."""
    return int(np.argmax(log_scores > log_scores.max() - TIE))


@dataclass(frozen=True)
class Evidence:
    """A problem with its exact answer; the tables of its groups are made when they are first needed, and kept.

    Parameters
    ----------
    problem : Problem
    exact : ExactPosterior
    """

    problem: Problem
    exact: ExactPosterior
    _tables: dict[tuple[int, bool], GroupTable] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, case: Case | Problem) -> Evidence:
        """Answer a case exactly."""
        problem = problem_of(case) if isinstance(case, Case) else case
        return cls(problem, answer_exactly(problem))

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """Names of the factors (ungrouped reported indicators, and groups), in order."""
        return tuple(factor.name for factor in self.exact.factors)

    @cached_property
    def log_likelihoods(self) -> Floats:
        """Log likelihood of each factor, shape (F, H)."""
        return np.maximum(self.exact.log_likelihoods, SMALLEST_LOG)

    @cached_property
    def log_scores(self) -> Floats:
        """Log of prior times likelihood of each leaf, shape (H,)."""
        return np.asarray(self.exact.log_prior + self.log_likelihoods.sum(axis=0))

    @cached_property
    def groups_present(self) -> dict[int, int]:
        """Position among the factors of each group that has a reported member."""
        numbers = {name: g for g, name in enumerate(self.problem.groups)}
        return {numbers[factor.name]: f for f, factor in enumerate(self.exact.factors) if factor.is_group}

    @property
    def leader(self) -> int:
        """Position of the most probable leaf; the first of equals."""
        return leading(self.log_scores)

    def table(self, group: int, *, for_points: bool = False) -> GroupTable:
        """Return a group laid out on its nodes."""
        key = (group, for_points)
        if key not in self._tables:
            self._tables[key] = GroupTable.of(self.problem, group, for_points=for_points)
        return self._tables[key]

    def log_scores_with(self, reports: Mapping[int, int]) -> Floats:
        """Return `log_scores` with other reports on some indicators (by position), shape (H,)."""
        changed = {i: x for i, x in reports.items() if x != self.problem.observed[i]}
        total = self.log_scores.copy()
        for i, x in changed.items():
            if self.problem.group_of[i] < 0:
                total += self._alone(i, x) - self._alone(i, int(self.problem.observed[i]))
        for group in {int(self.problem.group_of[i]) for i in changed} - {-1}:
            total += self._group_with(group, changed) - self.group_log_likelihood(group)
        return total

    def group_log_likelihood(self, group: int) -> Floats:
        """Return log E[L_{g,h}] as reported, shape (H,); 0 for a group without reports."""
        place = self.groups_present.get(group)
        return np.zeros(len(self.problem.leaves)) if place is None else self.log_likelihoods[place]

    def nodes(self, log_scores: Floats) -> dict[str, float]:
        """Return the probability of each node from log scores of the leaves."""
        values = self.exact.membership @ normalise(log_scores)
        return {name: float(value) for name, value in zip(self.problem.nodes, values, strict=True)}

    def _alone(self, indicator: int, report: int) -> Floats:
        if report == UNKNOWN:
            return np.zeros(len(self.problem.leaves))
        return np.maximum(log_alone(self.problem, indicator, report), SMALLEST_LOG)

    def _group_with(self, group: int, changed: Mapping[int, int]) -> Floats:
        members = np.flatnonzero(self.problem.group_of == group)
        reports: Integers = np.array([changed.get(int(i), int(self.problem.observed[i])) for i in members])
        if (reports == UNKNOWN).all():
            return np.zeros(len(self.problem.leaves))
        if (reports != UNKNOWN).sum() == 1:
            i = int(np.flatnonzero(reports != UNKNOWN)[0])
            return self._alone(int(members[i]), int(reports[i]))
        return np.maximum(self.table(group).log_likelihood(reports), SMALLEST_LOG)
