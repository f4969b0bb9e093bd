"""Everything that the report shows, gathered before any of it is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from falseflag import plots
from falseflag.case.model import Indicator
from falseflag.explain.collection import Prospect, prospects
from falseflag.explain.confidence import Confidence, confidence
from falseflag.explain.evidence import Evidence
from falseflag.explain.explanation import Explanation, explain
from falseflag.explain.replay import Stage, replay
from falseflag.explain.robustness import Robustness, robust
from falseflag.explain.tipping import Tipping
from falseflag.explain.words import find_out, replayed
from falseflag.explain.words_learned import learned_told
from falseflag.inference.result import Answer, Row
from falseflag.plots import Picture
from falseflag.report.matrix import Block, matrix
from falseflag.report.whatif import WhatIf
from falseflag.sensitivity import PowerScaling, power_scaling

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SECTION_OF = {
    "hypotheses": "hypotheses",
    "densities": "hypotheses",
    "weights": "rests",
    "shapley": "rests",
    "tornado": "overturn",
    "next": "next",
    "replay": "replay",
    "likelihoods": "evidence",
    "learned": "record",
    "dependence": "sensitivity",
    "bounds": "sensitivity",
}
"""Where a figure stands, by its name; any other stands with the diagnostics."""

ELSEWHERE = "diagnostics"

MOST_TIPS = 12
"""Tipping points that are listed: those nearest to what was written."""


@dataclass(frozen=True)
class Contents:
    """What the report shows.

    Parameters
    ----------
    answer : Answer
    evidence : Evidence
    explanation, robustness, prospects, stages, confidence
        Records of `falseflag.explain`.
    next_sentence, replay_sentence, learned_sentence : str
    pictures : mapping from str to list of Picture
        By section.
    numbered : list of (int, Indicator)
        All indicators, as they are numbered in the report.
    matrix : tuple of Block
    power_scaling : tuple of PowerScaling
        Empty for the exact engine.
    what_if : WhatIf
    """

    answer: Answer
    evidence: Evidence
    explanation: Explanation
    robustness: Robustness
    prospects: tuple[Prospect, ...]
    stages: tuple[Stage, ...]
    confidence: Confidence
    next_sentence: str
    replay_sentence: str
    learned_sentence: str
    pictures: Mapping[str, list[Picture]]
    numbered: list[tuple[int, Indicator]]
    matrix: tuple[Block, ...]
    power_scaling: tuple[PowerScaling, ...]
    what_if: WhatIf

    @property
    def drawn(self) -> list[tuple[str, Figure]]:
        """All figures that apply, with their names."""
        every = (picture for section in self.pictures.values() for picture in section)
        return [(picture.name, picture.figure) for picture in every if picture.figure is not None]

    @property
    def top_rows(self) -> list[Row]:
        """The rows at the top of the tree: the actors."""
        return [row for row in self.answer.rows if row.depth == 0]

    @property
    def actor(self) -> Row:
        """The actor to whom the leading leaf belongs."""
        return self.answer[self.answer.leader.name.partition(".")[0]]

    @property
    def tips(self) -> list[Tipping]:
        """The judgements that could change who leads, the nearest first."""
        rows = [row for row in self.robustness.tipping if row.odds_factor is not None]
        return sorted(rows, key=lambda row: row.odds_factor or 1.0)

    @property
    def nearest_tips(self) -> list[Tipping]:
        """The first of them."""
        return self.tips[:MOST_TIPS]

    @property
    def tips_told(self) -> str:
        """Say what is not listed."""
        all_, could = len(self.robustness.tipping), len(self.tips)
        more = f" The {MOST_TIPS} nearest are shown." if could > MOST_TIPS else ""
        return f"Of {all_} judgements, {could} could change who leads by themselves, if moved far enough.{more}"

    def is_grouped(self, indicator: str) -> bool:
        """Tell whether an indicator stands in a group."""
        return any(indicator in group.indicators for group in self.answer.case.groups.values())


def gather(answer: Answer) -> Contents:
    """Explain an answer and draw its figures."""
    case, evidence = answer.case, Evidence(answer.problem, answer.exact)
    explanation = explain(evidence, case, draws=answer.draws if answer.is_complete else None)
    robustness, nexts, stages = robust(evidence, case), prospects(evidence), replay(evidence, case)
    numbered = list(enumerate(case.indicators.values(), start=1))
    return Contents(
        answer=answer,
        evidence=evidence,
        explanation=explanation,
        robustness=robustness,
        prospects=nexts,
        stages=stages,
        confidence=confidence(evidence, robustness.tipping, answer.leader.interval),
        next_sentence=find_out(case, nexts),
        replay_sentence=replayed(case, stages),
        learned_sentence=learned_told(case, explanation.learned),
        pictures=_by_section(answer, explanation, robustness, nexts, stages, explanation.learned),
        numbered=numbered,
        matrix=tuple(matrix(evidence, numbered)),
        power_scaling=power_scaling(answer),
        what_if=WhatIf.of(case, answer.problem),
    )


def _by_section(*records: object) -> dict[str, list[Picture]]:
    out: dict[str, list[Picture]] = {}
    for picture in plots.pictures(*records):
        out.setdefault(SECTION_OF.get(picture.name, ELSEWHERE), []).append(picture)
    return out
