"""Everything that the report shows, gathered before any of it is laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from falseflag import plots
from falseflag.case.model import Case, Indicator
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import Confidence
from falseflag.explain.explanation import Explanation
from falseflag.explain.findings import Findings
from falseflag.explain.leave_one_out import Without
from falseflag.explain.replay import Stage
from falseflag.explain.robustness import Robustness
from falseflag.explain.sentences import decided, find_out, learned_told, replayed
from falseflag.explain.tipping import Tipping
from falseflag.explain.value_of_information import Prospect
from falseflag.explain.weights import Weight, against_average, by_leaf
from falseflag.inference.result import Answer, Row
from falseflag.plots import Picture
from falseflag.plots.hypotheses import why_nothing_further
from falseflag.plots.robustness import nearest_first
from falseflag.report.whatif import WhatIf
from falseflag.sensitivity import PowerScaling, power_scaling

SECTION_OF = {
    "hypotheses": "hypotheses",
    "densities": "hypotheses",
    "further": "further",
    "weights": "rests",
    "shapley": "rests",
    "tornado": "overturn",
    "next": "next",
    "replay": "replay",
    "learned": "record",
    "dependence": "sensitivity",
    "bounds": "sensitivity",
    "matrix": "files alone",
}
"""Where a figure stands, by its name; any other stands with the diagnostics. The matrix is a table in the report."""

ELSEWHERE = "diagnostics"

MOST_TIPS = 12
"""Tipping points that are listed: those nearest to what was written."""

COLUMNS = 14
"""Columns of one matrix: as many as A4 and a screen hold."""

WEAK_DB, STRONG_DB = 1.0, 3.0
"""Decibans from which evidence speaks for or against a hypothesis, and clearly so."""

type Sign = Literal["++", "+", "·", "−", "−−"]

CLASSES: dict[Sign, str] = {"++": "for2", "+": "for1", "·": "level", "−": "against1", "−−": "against2"}
"""Classes of the matrix's cells in the style sheet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The evidence on one indicator under one hypothesis.

    Parameters
    ----------
    probability : float or None
        P(what was observed | hypothesis), circumstances and staging averaged out; None where only ratios are stated.
    sign : {'++', '+', '·', '−', '−−'}
        Whether it speaks for the hypothesis, compared with the average of all by their prior weights.
    """

    probability: float | None
    sign: Sign

    @property
    def css_class(self) -> str:
        """The class of the cell in the style sheet."""
        return CLASSES[self.sign]


@dataclass(frozen=True, slots=True)
class Block:
    """As many columns of the matrix as can be read beside each other.

    Parameters
    ----------
    columns : tuple of (int, Indicator)
        The evidence, with its numbers in the list of indicators.
    rows : tuple of (str, tuple of Cell)
        Each leaf's name with its cells.
    """

    columns: tuple[tuple[int, Indicator], ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True)
class Contents:
    """What the report shows.

    Parameters
    ----------
    answer : Answer
    analysis : Analysis
    explanation, robustness, prospects, stages, confidence
        Records of `falseflag.explain`.
    next_sentence, replay_sentence, learned_sentence, decides_sentence : str
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
    analysis: Analysis
    explanation: Explanation
    robustness: Robustness
    prospects: tuple[Prospect, ...]
    stages: tuple[Stage, ...]
    confidence: Confidence
    next_sentence: str
    replay_sentence: str
    learned_sentence: str
    decides_sentence: str
    pictures: Mapping[str, list[Picture]]
    numbered: list[tuple[int, Indicator]]
    matrix: tuple[Block, ...]
    power_scaling: tuple[PowerScaling, ...]
    what_if: WhatIf

    @property
    def drawn(self) -> list[Picture]:
        """All figures that apply."""
        every = (picture for section in self.pictures.values() for picture in section)
        return [picture for picture in every if picture.figure is not None]

    @property
    def top_rows(self) -> list[Row]:
        """The rows at the top of the tree: the actors."""
        return [row for row in self.answer.rows if row.depth == 0]

    @property
    def actor(self) -> Row:
        """The most probable hypothesis at the top of the tree."""
        return self.answer[self.analysis.leader]

    @property
    def has_further(self) -> bool:
        """Whether there is more to show than hypotheses: propositions, circumstances, staging."""
        return not why_nothing_further(self.answer)

    @property
    def weighed(self) -> list[tuple[Weight, Weight, Without]]:
        """Each item of evidence, the heaviest first: its weight, its share in the whole, the answer without it."""
        shares = {row.factor: row for row in self.explanation.shapley.rows}
        without = {row.name: row for row in self.explanation.without if row.kind in {"indicator", "group"}}
        rows = sorted(self.explanation.weights.rows, key=lambda row: -abs(row.db))
        return [(row, shares[row.factor], without[row.factor]) for row in rows]

    @property
    def without_sources(self) -> list[Without]:
        """The answer without all that each source reports."""
        return [row for row in self.explanation.without if row.kind == "source"]

    @property
    def facts(self) -> list[tuple[Indicator, list[Row]]]:
        """How probable each value of each indicator is, given all of the evidence."""
        rows: dict[str, list[Row]] = {}
        for row in self.answer.facts:
            rows.setdefault(row.name, []).append(row)
        return [(self.answer.case.indicators[name], found) for name, found in rows.items()]

    @property
    def tips(self) -> list[Tipping]:
        """The judgements that could change the leader, the nearest first."""
        return nearest_first(self.robustness)

    @property
    def nearest_tips(self) -> list[Tipping]:
        """The first of them."""
        return self.tips[:MOST_TIPS]

    @property
    def tips_listed(self) -> str:
        """Say what is not listed."""
        all_, could = len(self.robustness.tipping), len(self.tips)
        more = f" The {MOST_TIPS} nearest are shown." if could > MOST_TIPS else ""
        return f"Of {all_} judgements, {could} could change the leader by themselves, if moved far enough.{more}"

    def is_grouped(self, indicator: str) -> bool:
        """Return whether an indicator stands in a group."""
        return any(indicator in group.indicators for group in self.answer.case.groups.values())


@dataclass(frozen=True)
class Prepared:
    """What of the report follows from the exact answer alone, and can be made while the sampler is at work.

    Parameters
    ----------
    found : Findings
    pictures : tuple of Picture
        The figures of explanations, drawn.
    matrix : tuple of Block
    what_if : WhatIf
    """

    found: Findings
    pictures: tuple[Picture, ...]
    matrix: tuple[Block, ...]
    what_if: WhatIf


def prepare(found: Findings) -> Prepared:
    """Explain an answer, and draw the figures of what explains it."""
    case, explanation = found.case, found.explanation
    records = (found.analysis, explanation, found.robustness, found.prospects, found.stages, explanation.learned)
    drawn = tuple(plots.pictures(*records, case))
    for picture in drawn:
        if picture.figure is not None:
            picture.svg  # noqa: B018  (laid out now, which is kept)
    return Prepared(found, drawn, matrix(found.analysis, case), WhatIf.of(case, found.exact.problem))


def gather(answer: Answer, prepared: Prepared | None = None) -> Contents:
    """Bring together what explains an answer, and draw the figures of the answer itself.

    Parameters
    ----------
    answer : Answer
    prepared : Prepared, optional
        What has been made of its exact answer already.
    """
    case = answer.case
    prepared = prepared or prepare(Findings(case, answer.exact))
    found = prepared.found
    return Contents(
        answer=answer,
        analysis=found.analysis,
        explanation=found.explanation,
        robustness=found.robustness,
        prospects=found.prospects,
        stages=found.stages,
        confidence=found.confidence,
        next_sentence=find_out(case, found.prospects),
        replay_sentence=replayed(case, found.stages),
        learned_sentence=learned_told(case, found.explanation.learned),
        decides_sentence=decided(case, found.explanation.decides),
        pictures=_by_section([*plots.pictures(answer), *prepared.pictures]),
        numbered=list(enumerate(case.indicators.values(), start=1)),
        matrix=prepared.matrix,
        power_scaling=power_scaling(answer),
        what_if=prepared.what_if,
    )


def _by_section(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    out: dict[str, list[Picture]] = {}
    for picture in pictures:
        out.setdefault(SECTION_OF.get(picture.name, ELSEWHERE), []).append(picture)
    return out


def matrix(analysis: Analysis, case: Case) -> tuple[Block, ...]:
    """Lay out how well the evidence on each indicator, taken alone, fits each hypothesis."""
    problem = analysis.problem
    known = np.flatnonzero(problem.is_evidence).tolist()
    if not known:
        return ()
    logs = by_leaf(analysis, np.stack([analysis.alone(i) for i in known]))
    db = against_average(analysis, logs)
    indicators = list(case.indicators.values())
    blocks = []
    for at in range(0, len(known), COLUMNS):
        part = range(at, min(at + COLUMNS, len(known)))
        rows = tuple(
            (name, tuple(_cell(logs[n, h], db[n, h], stated=not problem.has_ratios[known[n]]) for n in part))
            for h, name in enumerate(problem.leaves)
        )
        blocks.append(Block(tuple((known[n] + 1, indicators[known[n]]) for n in part), rows))
    return tuple(blocks)


def _cell(log: float, db: float, *, stated: bool) -> Cell:
    return Cell(float(np.exp(log)) if stated else None, _sign(db))


def _sign(db: float) -> Sign:
    if abs(db) < WEAK_DB:
        return "·"
    if db > 0:
        return "++" if db >= STRONG_DB else "+"
    return "−−" if db <= -STRONG_DB else "−"
