"""The exact answer: every factor of the posterior integrated on its own, then multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import group_log_likelihood
from falseflag.problem import PRESENT, Floats, Integers, Problem


@dataclass(frozen=True)
class Factor:
    """One independent piece of evidence: an ungrouped reported indicator, or a group with a reported member.

    Parameters
    ----------
    name : str
        The indicator's or the group's.
    log_likelihood : ndarray, shape (H,)
        log E[P(x_i | h)] or log E[L_{g,h}].
    """

    name: str
    is_group: bool
    log_likelihood: Floats


@dataclass(frozen=True)
class ExactPosterior:
    """P(h | x), with the factors that it is the product of.

    Parameters
    ----------
    log_prior : ndarray, shape (H,)
        log E[π_h].
    factors : tuple of Factor
        In the order of the indicators; a group stands where its first reported member does.
    membership : ndarray of bool, shape (V, H)
    """

    log_prior: Floats
    factors: tuple[Factor, ...]
    membership: Floats

    @cached_property
    def log_likelihoods(self) -> Floats:
        """Stack the factors' log likelihoods, shape (F, H)."""
        return np.array([factor.log_likelihood for factor in self.factors]).reshape(-1, len(self.log_prior))

    @cached_property
    def leaves(self) -> Floats:
        """P(h | x) of each leaf, shape (H,)."""
        return normalise(self.log_prior + self.log_likelihoods.sum(axis=0))

    @cached_property
    def nodes(self) -> Floats:
        """Posterior probability of each node, shape (V,)."""
        return self.membership @ self.leaves


def normalise(log_terms: Floats) -> Floats:
    """Turn unnormalised log probabilities into probabilities along the last axis."""
    terms = np.exp(log_terms - log_terms.max(axis=-1, keepdims=True))
    return np.asarray(terms / terms.sum(axis=-1, keepdims=True))


def answer_exactly(problem: Problem) -> ExactPosterior:
    """Compute P(h | x) ∝ E[π_h] · Π_i E[P(x_i | h)] · Π_g E[L_{g,h}]."""
    return ExactPosterior(problem.log_prior, tuple(factors_of(problem)), problem.membership.astype(float))


def factors_of(problem: Problem) -> Sequence[Factor]:
    """List the factors of a problem in the order of its indicators."""
    single = _is_single(problem)
    log_single = log_report(problem, np.flatnonzero(single))
    rows = iter(log_single)
    factors, done = [], set()
    for i in np.flatnonzero(problem.is_reported):
        group = int(problem.group_of[i])
        if group < 0:
            factors.append(Factor(problem.indicators[i], is_group=False, log_likelihood=next(rows)))
        elif group not in done:
            done.add(group)
            values = next(rows) if single[i] else group_log_likelihood(GroupProblem.of(problem, group))
            factors.append(Factor(problem.groups[group], is_group=True, log_likelihood=values))
    return factors


def _is_single(problem: Problem) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which reported indicators stand alone: no group, or the only reported member of theirs."""
    reported = problem.is_reported
    grouped = problem.group_of >= 0
    counts = np.bincount(problem.group_of[reported & grouped], minlength=len(problem.groups) + 1)
    return np.asarray(reported & (~grouped | (counts[problem.group_of] == 1)))


def log_report(problem: Problem, indicators: Integers) -> Floats:
    """Return log E[P(x_i | h)] of indicators taken alone, shape (len(indicators), H)."""
    wanted = problem.statement_of[indicators]
    if wanted.size < len(problem.statements):
        return _log_report_of(problem, wanted)
    return np.asarray(_log_report_of(problem, np.arange(len(problem.statements)))[wanted])


def _log_report_of(problem: Problem, statements: Integers) -> Floats:
    """Return the log probability of the report on each statement's indicator, if the statement holds."""
    values, owner = problem.statements[statements], problem.statement_indicator[statements]
    mean, complement = values.mean, values.complement
    present = problem.observed[owner] == PRESENT
    right, wrong = problem.reliability.mean[owner], problem.reliability.complement[owner]
    true, false = np.where(present, mean, complement), np.where(present, complement, mean)
    with np.errstate(divide="ignore"):  # an impossible report has the log probability −∞
        return np.asarray(np.log(right * true + wrong * false))
