"""How much confidence an answer deserves, apart from how probable it makes anything.

ICD 203 asks that the two be kept apart: a likelihood says how probable a hypothesis is, confidence how good the
basis is on which that is said. The rule here is the project's own. Three things are looked at, each is graded, and
the confidence is the lowest of the three grades:

- quality of the sources: the mean reliability of the reports, as the evidence has updated it, each weighted by how much
  evidence (in decibans, the leader against the next top-level hypothesis) it carries by itself. High from 0.85,
  moderate from 0.70. Without any evidence it is low.
- fragility: the nearest tipping point of any one elicited number, as a factor in odds. High from 5, moderate from 2.
  High too if no single number can change the leader. The leaders compared there are leaves.
- width of the 90 % interval of the leader. High up to 20 percentage points, moderate up to 50.

Where the interval of the leader leaves out the answer itself, its probability lies in two heaps, near 0 or near 1, and
the width says nothing: confidence is low. Where that holds for another hypothesis, it is never high.

What is graded is what is shown, rounded, and the interval comes from draws with a seed of their own: one case has one
confidence, whatever command prints it and whatever the seed of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from falseflag.arrays import Floats, Integers
from falseflag.explain.analysis import Analysis, log_sum
from falseflag.explain.sentences import capitalised, listed, times
from falseflag.inference.exact.posterior import reliability_rows
from falseflag.inference.result import DECIBANS
from falseflag.wording import COVERAGE, INTERVAL, percent

type Level = Literal["low", "moderate", "high"]

LEVELS: tuple[Level, ...] = ("low", "moderate", "high")

QUALITY = (0.70, 0.85)
"""Mean reliability from which the sources' quality is moderate, and high."""

FRAGILITY = (2.0, 5.0)
"""Nearest tipping point, as a factor in odds, from which robustness is moderate, and high."""

WIDTH = (50, 20)
"""Width of the 90 % interval, in percentage points, up to which precision is moderate, and high."""

OUTSIDE = 1e-7
"""By so much the answer lies outside its own interval where there are two heaps."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the reasons.

    Parameters
    ----------
    name : {'quality', 'fragility', 'width', 'two_heaps'}
    level : {'low', 'moderate', 'high'}
        The most that it allows.
    value : float or None
        What was measured; None where there is nothing to measure.
    text : str
        For people, to stand in a list or inside a sentence.
    """

    name: str
    level: Level
    value: float | None
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {name: getattr(self, name) for name in Reason.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Confidence:
    """The confidence that an answer deserves, with its reasons."""

    level: Level
    reasons: tuple[Reason, ...]

    @property
    def decided_by(self) -> tuple[Reason, ...]:
        """The reasons for which it is no higher; all of them where it is high."""
        return tuple(reason for reason in self.reasons if reason.level == self.level)

    @property
    def sentence(self) -> str:
        """Say it, and what decided it, without any likelihood term."""
        better = [reason.text for reason in self.reasons if reason.level != self.level]
        although = f", although {listed(better)}" if better else ""
        because = listed([reason.text for reason in self.decided_by])
        return capitalised(f"confidence in this analysis is {self.level} because {because}{although}.")

    @property
    def line(self) -> str:
        """Say it in one line, with what decided it alone."""
        return f"Confidence: {self.level}, because {listed([reason.text for reason in self.decided_by])}."

    def to_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {
            "level": self.level,
            "decided_by": [reason.name for reason in self.decided_by],
            "reasons": [reason.to_dict() for reason in self.reasons],
            "sentence": self.sentence,
        }


def confidence(analysis: Analysis, odds_factor: float | None) -> Confidence:
    """Grade the confidence in an answer.

    Parameters
    ----------
    analysis : Analysis
    odds_factor : float or None
        The nearest tipping point of any one elicited number; None where none changes the leader.
    """
    names = analysis.problem.nodes
    low, high = np.quantile(analysis.draws.of(list(analysis.problem.node_membership)), INTERVAL, axis=0)
    outside = (analysis.exact.nodes < low - OUTSIDE) | (analysis.exact.nodes > high + OUTSIDE)
    leader = names.index(analysis.leader)
    reasons = [*_quality(analysis), _fragility(odds_factor)]
    if outside[leader]:
        text = (
            f"the leader's {COVERAGE} interval leaves out its own probability, which is near 0 or near 1 according to "
            "what the analyst is unsure of"
        )
        reasons.append(Reason("two_heaps", "low", None, text))
    else:
        reasons.append(_width(float(low[leader]), float(high[leader])))
        if outside.any():
            text = f"the {COVERAGE} interval of another hypothesis leaves out its own probability"
            reasons.append(Reason("two_heaps", "moderate", None, text))
    return Confidence(min((r.level for r in reasons), key=LEVELS.index), tuple(reasons))


def _quality(analysis: Analysis) -> list[Reason]:
    """Return the reason that the sources give; none where all evidence is silence or stated as ratios."""
    if not analysis.items:
        return [Reason("quality", "low", None, "there is no evidence yet")]
    value = mean_reliability(analysis)
    if value is None:
        return []
    shown = round(100 * value)
    level = _graded(shown >= round(100 * QUALITY[0]), shown >= round(100 * QUALITY[1]))
    return [Reason("quality", level, value, f"the reports that count are {percent(value)} reliable on average")]


def _fragility(odds_factor: float | None) -> Reason:
    if odds_factor is None:
        return Reason("fragility", "high", None, "no change of a single judgement would let another hypothesis lead")
    shown = round(odds_factor, 1)
    level = _graded(shown >= FRAGILITY[0], shown >= FRAGILITY[1])
    change = f"changed by a factor of {times(odds_factor)} in odds"
    text = f"another single hypothesis would lead {'only ' if level == 'high' else ''}if one judgement were {change}"
    return Reason("fragility", level, odds_factor, text)


def _width(low: float, high: float) -> Reason:
    points = round(100 * (high - low))
    level = _graded(points <= WIDTH[0], points <= WIDTH[1])
    unit = "percentage point" if points == 1 else "percentage points"
    return Reason("width", level, high - low, f"the leader's {COVERAGE} interval is {points} {unit} wide")


def _graded(is_moderate: bool, is_high: bool) -> Level:  # noqa: FBT001
    return "high" if is_high else "moderate" if is_moderate else "low"


def mean_reliability(analysis: Analysis) -> float | None:
    """Return the mean reliability of the reports, weighted by their evidence; None where nothing was reported."""
    reports = analysis.problem.reports
    if not len(reports):
        return None
    carried = _carried(analysis, reports.indicator)
    if carried.sum() == 0:
        carried = np.ones(len(reports))
    return float(carried @ believed(analysis) / carried.sum())


def _carried(analysis: Analysis, indicator: Integers) -> Floats:
    """Return how many decibans each report's indicator carries by itself, whichever way, shared among its reports."""
    problem = analysis.problem
    first, second = (problem.membership[name] for name in analysis.ranked()[:2])
    prior = problem.log_prior
    before = log_sum(prior, first) - log_sum(prior, second)
    db = {}
    for fact in np.unique(indicator).tolist():
        scores = np.maximum(prior + analysis.alone(fact), -1e6)
        db[fact] = DECIBANS * abs(float(log_sum(scores, first) - log_sum(scores, second) - before))
    return np.array([db[i] / (indicator == i).sum() for i in indicator.tolist()])


def believed(analysis: Analysis) -> Floats:
    """Return the mean reliability of each report given the evidence, shape (J,)."""
    problem, states = analysis.problem, analysis.exact.states
    mean = problem.reliability.mean.copy()
    for number in reliability_rows(problem):
        updated = analysis.exact.reliability(number)
        if np.isfinite(updated):
            mean[number] = updated
    return np.asarray(mean[problem.reports.reliability_of] @ states)
