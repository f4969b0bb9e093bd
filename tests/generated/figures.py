"""The exact engine against brute force on random case files: the figures the project states."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from oracle import leaf_posterior

from falseflag.case import load_text
from falseflag.case.model import Case
from falseflag.exact.posterior import answer_exactly
from falseflag.problem import problem_of
from generated.documents import Document, as_yaml, documents


@dataclass(frozen=True, slots=True)
class Differences:
    """How far the exact engine was from brute force, over so many random files.

    Parameters
    ----------
    cases : int
    worst : float
        Largest difference in the probability of a leaf.
    """

    cases: int
    worst: float


def posterior(case: Case) -> dict[str, float]:
    """Return the exact engine's answer by leaf."""
    problem = problem_of(case)
    return dict(zip(problem.leaves, answer_exactly(problem).leaves.tolist(), strict=True))


def difference(document: Document) -> float:
    """Return how far the engine is from brute force on a written case."""
    case = load_text(as_yaml(document))
    ours, right = posterior(case), leaf_posterior(case)
    return max(abs(ours[leaf] - right[leaf]) for leaf in right)


def worst_difference(cases: int, number: int) -> Differences:
    """Compare on that many random files; `number` is the seed."""
    found: list[float] = []

    @seed(number)
    @settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents())
    def compare(document: Document) -> None:
        found.append(difference(document))

    compare()
    return Differences(len(found), max(found))
