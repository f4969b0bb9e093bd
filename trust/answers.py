"""The exact engine against brute force on random case files, and against high precision at the extremes."""

from __future__ import annotations

from collections.abc import Sequence

from extremes.figures import BOUND, worst_errors
from oracle.agreement import answers as compared
from oracle.brute_force import BruteForce
from oracle.random_cases import draw

from falseflag.problem import problem_of
from trust.figures import Figure, Section


def answers(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Compare on random cases."""
    worst, answered = worst_difference(20 if quick else 1000)
    extreme = worst_errors(5 if quick else 60, 0)
    return [
        Figure("random cases of the second edition", f"{answered:,}"),
        _error("… largest difference from brute force, in any probability, reliability or number of bits", worst),
        Figure("random cases of extremes, compared with arithmetic in 25 digits", f"{extreme.cases:,}"),
        _error("… largest error in the probability of a leaf", extreme.worst_probability),
        _error("… largest error in the logarithm of a probability, however small", extreme.worst_log_probability),
    ]


def worst_difference(count: int, first: int = 3000) -> tuple[float, int]:
    """Return the largest difference between engine and brute force over random cases, and how many were possible."""
    worst, answered = 0.0, 0
    for seed in range(first, first + count):
        brute = BruteForce(draw(seed).case)
        if sum(brute.weights) > 0:
            answered += 1
            worst = max([worst, *(abs(one - other) for _, (one, other) in compared(problem_of(brute.case), brute))])
    return worst, answered


def _error(what: str, value: float) -> Figure:
    return Figure(what, f"{value:.1e}", f"below {BOUND:g}", value < BOUND)


SECTION = Section(
    "answers",
    "Right answers",
    answers,
    "Random cases over the whole format, against the definition in plain loops; likelihoods of 1e-6 and"
    " 1 − 1e-6, correlations from 0 to 0.999, prior strengths from 0.01 to 10⁶, prior weights from 1e-9 to 10⁹,"
    " against mpmath.",
)
