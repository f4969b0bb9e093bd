"""What `explain`, `next` and `replay` return: what the answer rests on, what to find out next, how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import Confidence, confidence
from falseflag.explain.deception import Planted, planted
from falseflag.explain.learned import Blend, blends
from falseflag.explain.leave_one_out import LeaveOneOut, leave_one_out
from falseflag.explain.replay import Stage, replay
from falseflag.explain.sentences import (
    decided,
    find_out,
    flagged,
    learned_sentence,
    replayed,
    rests_on,
    rests_on_sources,
    staging_hurts,
)
from falseflag.explain.tipping import Tipping, nearest, tipping
from falseflag.explain.value_of_information import ExpectedInformation, value_of_information
from falseflag.explain.weights import Flags, Weights, flag, weigh
from falseflag.inference.checks import Check
from falseflag.inference.result import Decides, decides
from falseflag.results import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Result):
    """What an answer rests on.

    Parameters
    ----------
    case : Case
    weights : Weights
        For one set of states against another.
    shapley : Weights
        For the first of them against all the rest.
    without : tuple of LeaveOneOut
        The answer without each item, each member of a group, each source.
    flags : Flags
    planted : tuple of Planted
    decides : Decides
    learned : tuple of Blend
    checks : tuple of Check
        Of the draws behind intervals, compared with the exact answer.
    confidence : Confidence
        That the answer deserves.
    sentences : tuple of str
        All of it in words, but for confidence.
    """

    case: Case
    weights: Weights
    shapley: Weights
    without: tuple[LeaveOneOut, ...]
    flags: Flags
    planted: tuple[Planted, ...]
    decides: Decides
    learned: tuple[Blend, ...]
    checks: tuple[Check, ...]
    confidence: Confidence
    sentences: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def frame(self) -> pd.DataFrame:
        """The weights of evidence, an item a row."""
        from falseflag.tables import weights_frame  # noqa: PLC0415

        return weights_frame(self)

    def in_words(self) -> Sequence[str]:
        """Return the sentences, confidence last."""
        return (*self.sentences, self.confidence.sentence)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``explain --json`` prints."""
        return {
            "for": self.weights.for_,
            "against": self.weights.against,
            "prior_db": self.weights.prior_db,
            "posterior_db": self.weights.posterior_db,
            "weights": [row.to_dict() for row in self.weights.rows],
            "weights_exact": self.weights.is_exact,
            "shapley": [row.to_dict() for row in self.shapley.rows],
            "shapley_exact": self.shapley.is_exact,
            "without": [row.to_dict() for row in self.without],
            "planted": [row.to_dict() for row in self.planted],
            "decides": self.decides.to_dict(),
            **self.flags.to_dict(),
            "learned": [row.to_dict() for row in self.learned],
            "sound": self.is_sound,
            "checks": [check.to_dict() for check in self.checks],
            "sentences": list(self.sentences),
            "confidence": self.confidence.to_dict(),
        }


def explain(  # noqa: PLR0913
    analysis: Analysis,
    case: Case,
    for_: str | None = None,
    against: str | None = None,
    *,
    tips: Sequence[Tipping] | None = None,
    without: tuple[LeaveOneOut, ...] | None = None,
) -> Explanation:
    """Explain an answer.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    for_, against : str, optional
        Nodes, propositions or conditions that exclude each other; by default the two most probable top-level
        hypotheses.
    tips : sequence of Tipping, optional
        The tipping points of the case, where they are known already.
    without : tuple of LeaveOneOut, optional
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
        learned_sentence(case, learned),
    )
    tip = nearest(tipping(analysis.exact, case) if tips is None else tips)
    return Explanation(
        case=case,
        weights=weights,
        shapley=shapley,
        without=rows,
        flags=flags,
        planted=plants,
        decides=between,
        learned=learned,
        checks=analysis.checks,
        confidence=confidence(analysis, None if tip is None else tip.odds_factor),
        sentences=tuple(sentence for sentence in sentences if sentence),
    )


@dataclass(frozen=True, slots=True, repr=False)
class ValueOfInformation(Result):
    """What to find out next.

    Parameters
    ----------
    case : Case
    rows : tuple of ExpectedInformation
        Unknown indicators and circumstances, the most informative first.
    """

    case: Case
    rows: tuple[ExpectedInformation, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each outcome."""
        from falseflag.tables import outcomes_frame  # noqa: PLC0415

        return outcomes_frame(self.rows)

    def in_words(self) -> Sequence[str]:
        """Return what to find out first, and what would follow."""
        return (find_out(self.case, self.rows),)

    def to_dict(self) -> dict[str, Any]:
        """Return the rows that ``next --json`` prints."""
        return {"rows": [row.to_dict() for row in self.rows]}


def rank_unknowns(analysis: Analysis, case: Case, about: str | None = None) -> ValueOfInformation:
    """Rank what is not known by the information expected from it, see `value_of_information`."""
    return ValueOfInformation(case, value_of_information(analysis, about))


@dataclass(frozen=True, slots=True, repr=False)
class History(Result):
    """The answer as evidence came in.

    Parameters
    ----------
    case : Case
    stages : tuple of Stage
        The start, then each date on which something became known.
    """

    case: Case
    stages: tuple[Stage, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each date, a column for each node."""
        from falseflag.tables import stages_frame  # noqa: PLC0415

        return stages_frame(self.stages)

    def in_words(self) -> Sequence[str]:
        """Return who led when."""
        return (replayed(self.case, self.stages),)

    def to_dict(self) -> dict[str, Any]:
        """Return the stages that ``replay --json`` prints."""
        return {"stages": [stage.to_dict() for stage in self.stages]}


def history(analysis: Analysis, case: Case) -> History:
    """Answer a case as of each date on which something became known, see `replay`."""
    return History(case, replay(analysis, case.timezone))
