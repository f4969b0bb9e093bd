"""The exact engine against brute force on random case files, and against high precision at the extremes."""

from __future__ import annotations

from collections.abc import Sequence

from extremes.figures import BOUND, worst_errors
from generated.figures import worst_difference

from trust.figures import Figure, Section


def answers(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Compare on random cases."""
    random = worst_difference(50 if quick else 1000, 1)
    extreme = worst_errors(5 if quick else 60, 0)
    return [
        Figure("random case files, written out and answered", f"{random.cases:,}"),
        _error("… largest difference to brute force in the probability of a leaf", random.worst),
        Figure("random cases of extremes, held against arithmetic in 25 digits", f"{extreme.cases:,}"),
        _error("… largest error in the probability of a leaf", extreme.worst_probability),
        _error("… largest error in the logarithm of a probability, however small", extreme.worst_log_probability),
    ]


def _error(what: str, value: float) -> Figure:
    return Figure(what, f"{value:.1e}", f"below {BOUND:g}", value < BOUND)


SECTION = Section(
    "answers",
    "Right answers",
    answers,
    "Files over the whole format by Hypothesis, against the definition in plain loops; likelihoods of 1e-6 and"
    " 1 − 1e-6, correlations from 0 to 0.999, prior strengths from 0.01 to 10⁶, prior weights from 1e-9 to 10⁹,"
    " against mpmath.",
)
