"""The exact engine against arithmetic in 25 digits, over random cases of extremes: the figures the project states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from extremes.cases import random_extreme
from extremes.reference import log_posterior
from falseflag.arrays import Floats
from falseflag.case.model import Case
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of

BOUND = 1e-6
"""Error in any probability that the exact engine keeps below."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Largest errors over some cases.

    Parameters
    ----------
    cases : int
    worst_probability : float
        Of the probability of any leaf.
    worst_log_probability : float
        Of its logarithm, however small the probability is.
    """

    cases: int
    worst_probability: float
    worst_log_probability: float


def exact_log_posterior(case: Case) -> dict[str, float]:
    """Return log P(h | x) by the exact engine, any floating-point trouble an error."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        problem = problem_of(case)
        scores = ExactPosterior.of(problem).log_scores  # the states are the leaves
        logs: Floats = scores - np.logaddexp.reduce(scores)
    return dict(zip(problem.leaves, logs.tolist(), strict=True))


def errors_of(case: Case) -> tuple[float, float]:
    """Return the largest error of a leaf's probability, and of its logarithm."""
    ours, reference = exact_log_posterior(case), log_posterior(case)
    got, right = np.array([ours[leaf] for leaf in reference]), np.array(list(reference.values()))
    return float(np.abs(np.exp(got) - np.exp(right)).max()), float(np.abs(got - right).max())


def worst_errors(cases: int, seed: int) -> Errors:
    """Hold the exact engine against mpmath on that many random cases of extremes, about a second each."""
    found = np.array([errors_of(random_extreme(seed + number)) for number in range(cases)])
    return Errors(cases, *(float(worst) for worst in found.max(axis=0)))
