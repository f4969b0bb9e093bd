"""All that explains an answer, in one record: what `falseflag explain` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from falseflag.case.model import Case
from falseflag.exact.draws import Draws
from falseflag.explain.evidence import Evidence
from falseflag.explain.flags import Flags, flag
from falseflag.explain.learned import Blend, blends
from falseflag.explain.shapley import Shapley, ShapleyRow, shapley
from falseflag.explain.weights import Weight, Weights, weigh
from falseflag.explain.without import Without, without_factors, without_members, without_sources
from falseflag.explain.words import flagged, rests_on, rests_on_sources
from falseflag.explain.words_learned import learned_told


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the answer rests on.

    Parameters
    ----------
    weights : Weights
    shapley : Shapley
        Of the node for, against all the rest.
    without, without_members, without_sources : tuple of Without
    flags : Flags
    sentences : tuple of str
        What the conclusion rests on, first; then which sources, what the flags point out, and what was learned.
    learned : tuple of Blend
        Every likelihood that is linked to a record of resolved cases.
    """

    weights: Weights
    shapley: Shapley
    without: tuple[Without, ...]
    without_members: tuple[Without, ...]
    without_sources: tuple[Without, ...]
    flags: Flags
    sentences: tuple[str, ...]
    learned: tuple[Blend, ...] = ()

    @property
    def factors(self) -> list[tuple[Weight, ShapleyRow, Without]]:
        """Each factor's weight, its Shapley value and the answer without it, the heaviest first.

        A group may have the name of an indicator that stands alone: the three go together by place, not by name.
        """
        rows = zip(self.weights.rows, self.shapley.rows, self.without, strict=True)
        return sorted(rows, key=lambda row: -abs(row[0].db))

    def as_dict(self) -> dict[str, Any]:
        """Return what ``explain --json`` prints."""
        return {
            **self.weights.as_dict(),
            "shapley": self.shapley.as_dict(),
            "shapley_exact": self.shapley.is_exact,
            "without": [row.as_dict() for row in self.without],
            "without_members": [row.as_dict() for row in self.without_members],
            "without_sources": [row.as_dict() for row in self.without_sources],
            **self.flags.as_dict(),
            "learned": [row.as_dict() for row in self.learned],
            "sentences": list(self.sentences),
        }


def explain(
    evidence: Evidence,
    case: Case,
    for_: str | None = None,
    against: str | None = None,
    draws: Draws | None = None,
) -> Explanation:
    """Explain an answer.

    Parameters
    ----------
    evidence : Evidence
    case : Case
    for_, against : str, optional
        Nodes that exclude each other; by default the leading leaf and the runner-up.
    draws : Draws, optional
        Draws of φ from the posterior, for the intervals of the weights.
    """
    weights = weigh(evidence, for_, against, draws)
    factors, sources, flags = without_factors(evidence), without_sources(evidence, case), flag(evidence)
    learned = blends(case)
    sentences = (
        rests_on(evidence, case, factors),
        rests_on_sources(evidence, case, sources),
        *flagged(case, flags),
        learned_told(case, learned),
    )
    return Explanation(
        weights=weights,
        shapley=shapley(evidence, weights.for_),
        without=factors,
        without_members=without_members(evidence),
        without_sources=sources,
        flags=flags,
        sentences=tuple(sentence for sentence in sentences if sentence),
        learned=learned,
    )
