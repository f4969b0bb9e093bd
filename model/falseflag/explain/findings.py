"""What explains one answer, each record made when it is first asked for, and once for all who show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import Confidence, confidence
from falseflag.explain.explanation import Explanation, explain
from falseflag.explain.leave_one_out import LeaveOneOut, leave_one_out
from falseflag.explain.replay import Stage, replay
from falseflag.explain.robustness import Robustness, robust
from falseflag.explain.tipping import Tipping, nearest, tipping
from falseflag.explain.value_of_information import ExpectedInformation, value_of_information
from falseflag.inference.exact.posterior import ExactPosterior


@dataclass(frozen=True)
class Findings:
    """The explanations of an answer; all of them follow from the exact engine alone.

    Parameters
    ----------
    case : Case
    exact : ExactPosterior
    """

    case: Case
    exact: ExactPosterior

    @cached_property
    def analysis(self) -> Analysis:
        """What every explanation starts from."""
        return Analysis(self.exact.problem, self.exact)

    @cached_property
    def explanation(self) -> Explanation:
        """What the answer rests on."""
        return explain(self.analysis, self.case, tips=self.tipping, without=self.without)

    @cached_property
    def without(self) -> tuple[LeaveOneOut, ...]:
        """The answer without each piece of evidence."""
        return leave_one_out(self.analysis)

    @cached_property
    def tipping(self) -> tuple[Tipping, ...]:
        """The tipping point of every elicited number."""
        return tipping(self.exact, self.case)

    @cached_property
    def robustness(self) -> Robustness:
        """What would overturn the answer."""
        return robust(self.analysis, self.case, tips=self.tipping)

    @cached_property
    def unknowns(self) -> tuple[ExpectedInformation, ...]:
        """What to find out next."""
        return value_of_information(self.analysis)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The answer as evidence came in."""
        return replay(self.analysis, self.case.timezone)

    @cached_property
    def confidence(self) -> Confidence:
        """How sure one may be of the answer."""
        tip = nearest(self.tipping)
        return confidence(self.analysis, None if tip is None else tip.odds_factor)
