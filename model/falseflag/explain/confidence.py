"""How much confidence an answer deserves, apart from how probable it makes anything.

ICD 203 asks that the two be kept apart: a likelihood says how probable a hypothesis is, confidence how good the ground
is on which that is said. The rule here is the project's own. Three things are looked at, each is graded, and the
confidence is the lowest of the three grades:

- quality of the sources: the mean reliability of the reports, each weighed by how much evidence (in decibans, the
  leading leaf against the runner-up) it carries; a group's evidence is shared out among its members in proportion to
  what each would weigh alone. High from 0.85 (grade B), moderate from 0.70 (grade C). Without any report it is low.
- fragility: the nearest tipping point of any one prior weight or likelihood, as a factor in odds. High from 5, moderate
  from 2. High too if no single judgement can change the leader.
- width of the 90 % interval of the leading leaf. High up to 20 percentage points, moderate up to 50.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.group_table import log_alone
from falseflag.explain.labels import capitalised, listed, percent, times
from falseflag.explain.sides import choose_sides
from falseflag.explain.tipping import Tipping, nearest

type Level = Literal["low", "moderate", "high"]

LEVELS: tuple[Level, ...] = ("low", "moderate", "high")

QUALITY = (0.70, 0.85)
"""Mean reliability from which the sources' quality is moderate, and high."""

FRAGILITY = (2.0, 5.0)
"""Nearest tipping point, as a factor in odds, from which robustness is moderate, and high."""

WIDTH = (0.5, 0.2)
"""Width of the 90 % interval up to which precision is moderate, and high."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the three grounds.

    Parameters
    ----------
    name : {'quality', 'fragility', 'width'}
    level : {'low', 'moderate', 'high'}
    value : float or None
        What was measured; None where there is nothing to measure.
    text : str
        For people, to stand in a list or inside a sentence.
    """

    name: str
    level: Level
    value: float | None
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {name: getattr(self, name) for name in Reason.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Confidence:
    """The confidence that an answer deserves, with its three reasons."""

    level: Level
    reasons: tuple[Reason, ...]

    @property
    def sentence(self) -> str:
        """Say it, without any likelihood term."""
        return capitalised(f"confidence in this analysis is {self.level}: {listed([r.text for r in self.reasons])}.")

    def as_dict(self) -> dict[str, Any]:
        """Return it for ``--json``."""
        return {"level": self.level, "reasons": [r.as_dict() for r in self.reasons], "sentence": self.sentence}


def confidence(evidence: Evidence, tips: Sequence[Tipping], interval: tuple[float, float]) -> Confidence:
    """Grade the confidence in an answer.

    Parameters
    ----------
    evidence : Evidence
    tips : sequence of Tipping
        Of `falseflag.explain.tipping.tipping`.
    interval : (float, float)
        90 % interval of the leading leaf.
    """
    reasons = (_quality(evidence), _fragility(tips), _width(interval))
    return Confidence(min((r.level for r in reasons), key=LEVELS.index), reasons)


def _quality(evidence: Evidence) -> Reason:
    value = mean_reliability(evidence)
    if value is None:
        return Reason("quality", "low", None, "nothing has been reported yet")
    level = _graded(value >= QUALITY[0], value >= QUALITY[1])
    return Reason("quality", level, value, f"the reports that count are {percent(value)} reliable on average")


def _fragility(tips: Sequence[Tipping]) -> Reason:
    tip = nearest(tuple(tips))
    if tip is None or tip.odds_factor is None:
        return Reason("fragility", "high", None, "no change of a single judgement would change the leader")
    level = _graded(tip.odds_factor >= FRAGILITY[0], tip.odds_factor >= FRAGILITY[1])
    text = f"the leader changes if one judgement is changed by a factor of {times(tip.odds_factor)} in odds"
    return Reason("fragility", level, tip.odds_factor, text)


def _width(interval: tuple[float, float]) -> Reason:
    value = interval[1] - interval[0]
    level = _graded(value <= WIDTH[0], value <= WIDTH[1])
    return Reason("width", level, value, f"the 90 % interval of the leader is {100 * value:.0f} percentage points wide")


def _graded(is_moderate: bool, is_high: bool) -> Level:  # noqa: FBT001
    return "high" if is_high else "moderate" if is_moderate else "low"


def mean_reliability(evidence: Evidence) -> float | None:
    """Return the mean reliability of the reports, weighed by their evidence; None where nothing was reported."""
    problem = evidence.problem
    reported = np.flatnonzero(problem.is_reported)
    if len(reported) == 0:
        return None
    carried = _evidence_carried(evidence)
    weight = np.array([carried.get(int(i), 0.0) for i in reported])
    if weight.sum() == 0:
        weight = np.ones(len(reported))
    return float(weight @ problem.reliability.mean[reported] / weight.sum())


def _evidence_carried(evidence: Evidence) -> dict[int, float]:
    """Return for each reported indicator how many decibans it carries, whichever way, leader against runner-up."""
    problem = evidence.problem
    first, second = (problem.leaves.index(name) for name in choose_sides(evidence, None, None))
    carried: dict[int, float] = {}
    for factor, logs in zip(evidence.exact.factors, evidence.log_likelihoods, strict=True):
        db = DECIBANS * abs(float(logs[first] - logs[second]))
        if factor.is_group:
            members = problem.members(problem.groups.index(factor.name)).tolist()
        else:
            members = [problem.indicators.index(factor.name)]
        alone = np.array([_alone(evidence, i, first, second) for i in members])
        share = alone / alone.sum() if alone.sum() > 0 else np.full(len(members), 1 / len(members))
        carried |= dict(zip(members, (db * share).tolist(), strict=True))
    return carried


def _alone(evidence: Evidence, indicator: int, first: int, second: int) -> float:
    logs = log_alone(evidence.problem, indicator, int(evidence.problem.observed[indicator]))
    return abs(float(logs[first] - logs[second]))
