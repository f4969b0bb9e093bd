"""What the answer rests on: weights of evidence, Shapley values, the answer without each piece, in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.deception import Planted, planted
from falseflag.explain.learned import Blend, blends
from falseflag.explain.leave_one_out import Without, leave_one_out
from falseflag.explain.sentences import (
    decided,
    flagged,
    learned_told,
    rests_on,
    rests_on_sources,
    staging_hurts,
)
from falseflag.explain.weights import Flags, Weights, flag, weigh
from falseflag.inference.checks import Check
from falseflag.inference.result import Decides, decides


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an answer rests on.

    Parameters
    ----------
    weights : Weights
        For one set of states against another.
    shapley : Weights
        For the first of them against all the rest.
    without : tuple of Without
        The answer without each item, each member of a group, each source.
    flags : Flags
    planted : tuple of Planted
    decides : Decides
    learned : tuple of Blend
    checks : tuple of Check
        Of the draws behind intervals, compared with the exact answer.
    sentences : tuple of str
        All of it in words.
    """

    weights: Weights
    shapley: Weights
    without: tuple[Without, ...]
    flags: Flags
    planted: tuple[Planted, ...]
    decides: Decides
    learned: tuple[Blend, ...]
    checks: tuple[Check, ...]
    sentences: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return what ``explain --json`` prints, but for confidence."""
        return {
            "for": self.weights.for_,
            "against": self.weights.against,
            "prior_db": self.weights.prior_db,
            "posterior_db": self.weights.posterior_db,
            "weights": [row.as_dict() for row in self.weights.rows],
            "weights_exact": self.weights.is_exact,
            "shapley": [row.as_dict() for row in self.shapley.rows],
            "shapley_exact": self.shapley.is_exact,
            "without": [row.as_dict() for row in self.without],
            "planted": [row.as_dict() for row in self.planted],
            "decides": self.decides.as_dict(),
            **self.flags.as_dict(),
            "learned": [row.as_dict() for row in self.learned],
            "sound": self.is_sound,
            "checks": [{"name": c.name, "passed": c.passed, "message": c.message} for c in self.checks],
            "sentences": list(self.sentences),
        }


def explain(
    analysis: Analysis,
    case: Case,
    for_: str | None = None,
    against: str | None = None,
    without: tuple[Without, ...] | None = None,
) -> Explanation:
    """Explain an answer.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    for_, against : str, optional
        Nodes, propositions or conditions that exclude each other; by default the two most probable top-level
        hypotheses.
    without : tuple of Without, optional
        The answer without each piece of evidence, where it is known already.
    """
    contrast = analysis.contrast(for_, against)
    weights, shapley = weigh(analysis, [contrast, contrast.against_all_the_rest])
    rows = leave_one_out(analysis) if without is None else without
    flags, plants = flag(analysis), planted(analysis, case)
    between, learned = decides(analysis.problem, analysis.exact), blends(case)
    sentences = (
        rests_on(analysis, case, rows),
        decided(case, between) if analysis.items else "",
        rests_on_sources(analysis, case, rows),
        *flagged(case, flags),
        staging_hurts(case, plants),
        learned_told(case, learned),
    )
    return Explanation(
        weights=weights,
        shapley=shapley,
        without=rows,
        flags=flags,
        planted=plants,
        decides=between,
        learned=learned,
        checks=analysis.checks,
        sentences=tuple(sentence for sentence in sentences if sentence),
    )
