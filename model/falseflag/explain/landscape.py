r"""The leaves' scores as functions of all likelihood statements at once, with their slopes.

A statement's mean is moved in log odds by u of its own elicited standard deviations,

    logit m(u) = logit m + u √(ψ₁(α) + ψ₁(β)),

and keeps its strength α + β. Outside groups the score depends on the mean alone and is exact. Groups are near enough to
find directions by; a correction for each leaf, renewed at the points that matter, makes the scores there exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import group_log_likelihood
from falseflag.explain.evidence import SMALLEST_LOG, Evidence
from falseflag.explain.group_surface import GroupSurface
from falseflag.problem import PRESENT, Distributions, Floats, Integers, Problem

FAR = 7.0
"""Log odds beyond which a moved statement may need other nodes than the group's table has."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Likelihood statements and how they move.

    Parameters
    ----------
    logit, deviation, strength : ndarray, shape (S,)
        Log odds of the mean, elicited standard deviation of the log odds (0 for a point), α + β.
    """

    logit: Floats
    deviation: Floats
    strength: Floats

    @classmethod
    def of(cls, values: Distributions) -> Moved:
        """Take statements as they are written."""
        spread = np.sqrt(special.polygamma(1, values.alpha) + special.polygamma(1, values.beta))
        return cls(
            np.log(values.mean) - np.log(values.complement),
            np.where(values.is_point, 0.0, spread),
            values.alpha + values.beta,
        )

    def at(self, u: Floats) -> Floats:
        """Return the log odds of the means after a move by u deviations."""
        return np.asarray(self.logit + self.deviation * u)

    def problem(self, problem: Problem, u: Floats) -> Problem:
        """Return the problem with the moved statements in it; those with u = 0 stay as they are, to the last digit."""
        moves = (u != 0) & (self.deviation > 0)
        logit = self.at(u)
        values = problem.statements
        alpha = np.where(moves, self.strength * special.expit(logit), values.alpha)
        beta = np.where(moves, self.strength * special.expit(-logit), values.beta)
        return replace(problem, statements=Distributions(alpha, beta, values.point))


@dataclass(frozen=True)
class Landscape:
    """Log scores of the leaves at any move u of the statements.

    Parameters
    ----------
    evidence : Evidence
    moved : Moved
    surfaces : tuple of GroupSurface
        One for each group with at least two reported members.
    correction : ndarray, shape (groups with a surface, H)
        What is added to a surface's log likelihoods.
    """

    evidence: Evidence
    moved: Moved
    surfaces: tuple[GroupSurface, ...]
    correction: Floats

    @classmethod
    def of(cls, evidence: Evidence) -> Landscape:
        """Make the landscape, exact where nothing is moved."""
        problem = evidence.problem
        numbers = [g for g in evidence.groups_present if len(problem.members(g)) > 1]
        surfaces = tuple(GroupSurface.of(problem, g) for g in numbers)
        rough = cls(evidence, Moved.of(problem.statements), surfaces, np.zeros((len(surfaces), len(problem.leaves))))
        return rough.corrected(np.zeros(len(problem.statements)))

    @cached_property
    def _alone(self) -> Integers:
        """Statements of indicators that count by themselves."""
        problem = self.evidence.problem
        in_surfaces = np.isin(problem.group_of, [surface.number for surface in self.surfaces])
        return np.flatnonzero((problem.is_reported & ~in_surfaces)[problem.statement_indicator])

    @cached_property
    def _takes(self) -> Floats:
        """Which of them each leaf takes, shape (H, S'')."""
        problem = self.evidence.problem
        takes = problem.statement_of[problem.statement_indicator[self._alone]] == self._alone[:, None]
        return np.asarray(takes.T, dtype=float)

    @cached_property
    def _unmoved(self) -> Floats:
        """Log likelihoods of the groups where nothing is moved, shape (groups with a surface, H)."""
        logit = self.moved.logit
        rows = [self._surface(n, logit) for n in range(len(self.surfaces))]
        return np.array(rows).reshape(-1, len(self.evidence.problem.leaves))

    def scores(self, u: Floats) -> Floats:
        """Return the log scores, shape (H,)."""
        logit = self.moved.at(u)
        scores = self.evidence.exact.log_prior + self._takes @ self._alone_at(logit)[0]
        for n, surface in enumerate(self.surfaces):
            still = not u[surface.group.used].any()
            scores = scores + (self._unmoved[n] if still else self._surface(n, logit)) + self.correction[n]
        return np.asarray(scores)

    def slopes(self, u: Floats, free: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return first and second derivatives of the log scores in u, shape (H, S) each; 0 where not `free`."""
        logit, deviation = self.moved.at(u), np.where(free, self.moved.deviation, 0.0)
        first, second = np.zeros((2, len(self.evidence.problem.leaves), len(u)))
        _, rise, bend = self._alone_at(logit)
        first[:, self._alone] = self._takes * rise * deviation[self._alone]
        second[:, self._alone] = self._takes * bend * deviation[self._alone] ** 2
        for surface in self.surfaces:
            used = surface.group.used
            if deviation[used].any():
                parts = surface.slopes(logit[used], self.moved.strength[used], deviation[used])
                first[:, used], second[:, used] = (part[surface.group.pattern_of] for part in parts)
        return first, second

    def _surface(self, number: int, logit: Floats) -> Floats:
        group = self.surfaces[number].group
        values = self.surfaces[number].values(logit[group.used], self.moved.strength[group.used])
        return np.asarray(values[group.pattern_of])

    def _alone_at(self, logit: Floats) -> tuple[Floats, Floats, Floats]:
        """Return log probabilities of the reports and their first and second derivatives in log odds."""
        problem, s = self.evidence.problem, self._alone
        owner = problem.statement_indicator[s]
        sign = np.where(problem.observed[owner] == PRESENT, 1.0, -1.0)
        right, wrong = problem.reliability.mean[owner], problem.reliability.complement[owner]
        true, false = special.expit(sign * logit[s]), special.expit(-sign * logit[s])
        report = np.maximum(right * true + wrong * false, 1e-304)
        rise = (right - wrong) * true * false / report
        return np.log(report), sign * rise, rise * (false - true) - rise**2

    def corrected(self, u: Floats) -> Landscape:
        """Return the landscape with corrections that make it exact at u."""
        problem, logit = self.moved.problem(self.evidence.problem, u), self.moved.at(u)
        correction = np.zeros((len(self.surfaces), len(problem.leaves)))
        for n, surface in enumerate(self.surfaces):
            moved = surface.group.used[u[surface.group.used] != 0]
            if len(moved) == 0:
                exact = self.evidence.group_log_likelihood(surface.number)
            elif np.abs(logit[moved]).max() < FAR:
                exact = self.evidence.table(surface.number).with_statements(problem.statements, moved)
            else:
                exact = group_log_likelihood(GroupProblem.of(problem, surface.number))
            correction[n] = np.maximum(exact, SMALLEST_LOG) - self._surface(n, logit)
        return replace(self, correction=correction)
