"""Everything that the report shows, gathered before any of it is laid out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from falseflag import plots
from falseflag.case.conditions import is_at_or_below
from falseflag.case.model import Indicator
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import Confidence
from falseflag.explain.explanation import Explanation
from falseflag.explain.findings import Findings
from falseflag.explain.leave_one_out import LeaveOneOut
from falseflag.explain.replay import Stage
from falseflag.explain.robustness import Robustness, surprised
from falseflag.explain.sentences import Labels, decided, find_out, learned_sentence, replayed, staging_hurts
from falseflag.explain.summary import Summary, summarise, tipped
from falseflag.explain.tipping import Tipping
from falseflag.explain.value_of_information import ExpectedInformation
from falseflag.explain.weights import Weight
from falseflag.inference.result import Answer, Row
from falseflag.plots import Picture
from falseflag.plots.hypotheses import why_nothing_further
from falseflag.plots.robustness import nearest_first
from falseflag.report.evidence import Card, cards
from falseflag.report.whatif import WhatIf
from falseflag.sensitivity import PowerScaling, power_scaling

SECTION_OF = {
    "hypotheses": "hypotheses",
    "densities": "hypotheses",
    "further": "further",
    "weights": "files alone",
    "shapley": "files alone",
    "tornado": "overturn",
    "next": "next",
    "replay": "replay",
    "learned": "record",
    "dependence": "sensitivity",
    "bounds": "sensitivity",
    "matrix": "files alone",
}
"""Where a figure stands, by its name; any other stands with the diagnostics."""

ELSEWHERE = "diagnostics"

MOST_TIPS = 12
"""Tipping points that are listed: those nearest to what was written."""

FLIPS = 3
"""Tipping points between actors that the brief names, the nearest of them at the top."""

STRONGEST = 5
"""Cards of evidence that the brief shows."""

SHOWN = 8
"""Top-level hypotheses that are shown unfolded."""

DOTS = 100

NEAR = 1e-9
"""By so much rounding may have lessened a whole number of dots."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A top-level hypothesis on the first screen.

    Parameters
    ----------
    place : int
        Among all, the most probable first.
    row : Row
    before, after : int
        Dots in a hundred; over all actors they add up to a hundred.
    below : tuple of Row
        All nodes below it.
    blames : str
        Whom it would blame by staging evidence, if it would; else empty.
    """

    place: int
    row: Row
    before: int
    after: int
    below: tuple[Row, ...]
    blames: str


@dataclass(frozen=True)
class Contents:
    """What the report shows.

    Parameters
    ----------
    answer : Answer
    analysis : Analysis
    explanation, robustness, unknowns, stages, confidence
        Records of `falseflag.explain`.
    next_sentence, replay_sentence, learned_sentence, decides_sentence : str
    pictures : mapping from str to list of Picture
        By section.
    numbered : list of (int, Indicator)
        All indicators, as they are numbered in the report.
    summary : Summary
        The answer in three sentences.
    cards : tuple of Card
        The evidence, the strongest first.
    power_scaling : tuple of PowerScaling
        Empty for the exact engine.
    what_if : WhatIf
    """

    answer: Answer
    analysis: Analysis
    explanation: Explanation
    robustness: Robustness
    unknowns: tuple[ExpectedInformation, ...]
    stages: tuple[Stage, ...]
    confidence: Confidence
    next_sentence: str
    replay_sentence: str
    learned_sentence: str
    decides_sentence: str
    pictures: Mapping[str, list[Picture]]
    numbered: list[tuple[int, Indicator]]
    summary: Summary
    cards: tuple[Card, ...]
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

    @cached_property
    def actors(self) -> list[Actor]:
        """The same as dots in a hundred, the most probable first."""
        rows = [self.answer[name] for name in self.analysis.ranked()]
        before, after = (hundredths([getattr(row, which) for row in rows]) for which in ("prior", "exact"))
        labels, deception = Labels(self.answer.case), self.answer.case.deception
        found = []
        for place, row in enumerate(rows):
            below = tuple(each for each in self.answer.rows if each.name.startswith(f"{row.name}."))
            stages = [e.blames.node for e in deception.values() if is_at_or_below(e.node, row.name)]
            blames = labels.node(stages[0]) if stages else ""
            found.append(Actor(place, row, before[place], after[place], below, blames))
        return found

    @property
    def priors(self) -> list[float]:
        """The actors' probabilities before the evidence."""
        return [actor.row.prior for actor in self.actors]

    @property
    def shown(self) -> int:
        """Count the actors that are shown unfolded."""
        return SHOWN

    @property
    def warnings(self) -> list[str]:
        """What robustness and explanations warn of."""
        found = [surprised(self.robustness.surprise), staging_hurts(self.answer.case, self.explanation.planted)]
        return [sentence for sentence in found if sentence]

    @property
    def strongest(self) -> tuple[Card, ...]:
        """The cards of the brief."""
        return self.cards[:STRONGEST]

    @property
    def other_cards(self) -> tuple[Card, ...]:
        """The cards of the appendix."""
        return self.cards[STRONGEST:]

    @property
    def unknown(self) -> list[tuple[int, Indicator]]:
        """Indicators of which nothing is known yet, with their numbers."""
        return [(number, indicator) for number, indicator in self.numbered if not indicator.is_evidence]

    @property
    def flips(self) -> list[str]:
        """The nearest judgements that would put another actor first, one of each kind; the nearest of all is above."""
        found = {(tip.new_leader, tip.kind): tip for tip in reversed(self.summary.tips)}
        rows = sorted(found.values(), key=self.summary.tips.index)
        return [tipped(Labels(self.answer.case), tip) for tip in rows[1:FLIPS]]

    @property
    def actor(self) -> Row:
        """The most probable hypothesis at the top of the tree."""
        return self.answer[self.analysis.leader]

    @property
    def has_further(self) -> bool:
        """Whether there is more to show than hypotheses: propositions, circumstances, staging."""
        return not why_nothing_further(self.answer)

    @property
    def weighed(self) -> list[tuple[Weight, Weight, LeaveOneOut]]:
        """Each item of evidence, the heaviest first: its weight, its share in the whole, the answer without it."""
        shares = {row.factor: row for row in self.explanation.shapley.rows}
        without = {row.name: row for row in self.explanation.without if row.kind in {"indicator", "group"}}
        rows = sorted(self.explanation.weights.rows, key=lambda row: -abs(row.db))
        return [(row, shares[row.factor], without[row.factor]) for row in rows]

    @property
    def without_sources(self) -> list[LeaveOneOut]:
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
    summary : Summary
    cards : tuple of Card
    what_if : WhatIf
    """

    found: Findings
    pictures: tuple[Picture, ...]
    summary: Summary
    cards: tuple[Card, ...]
    what_if: WhatIf


def prepare(found: Findings) -> Prepared:
    """Explain an answer, and draw the figures of what explains it."""
    case, explanation = found.case, found.explanation
    records = (found.analysis, explanation, found.robustness, found.unknowns, found.stages, explanation.learned)
    drawn = tuple(plots.pictures(*records, case))
    for picture in drawn:
        if picture.figure is not None:
            picture.svg  # noqa: B018  (laid out now, which is kept)
    return Prepared(
        found=found,
        pictures=drawn,
        summary=summarise(found.analysis, case, explanation.without, found.unknowns),
        cards=cards(found.analysis, case, explanation.planted),
        what_if=WhatIf.of(case, found.exact.problem),
    )


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
        unknowns=found.unknowns,
        stages=found.stages,
        confidence=found.confidence,
        next_sentence=find_out(case, found.unknowns),
        replay_sentence=replayed(case, found.stages),
        learned_sentence=learned_sentence(case, found.explanation.learned),
        decides_sentence=decided(case, found.explanation.decides),
        pictures=_by_section([*plots.pictures(answer), *prepared.pictures]),
        numbered=list(enumerate(case.indicators.values(), start=1)),
        summary=prepared.summary,
        cards=prepared.cards,
        power_scaling=power_scaling(answer),
        what_if=prepared.what_if,
    )


def _by_section(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    out: dict[str, list[Picture]] = {}
    for picture in pictures:
        out.setdefault(SECTION_OF.get(picture.name, ELSEWHERE), []).append(picture)
    return out


def hundredths(shares: Sequence[float]) -> list[int]:
    """Return shares of one in hundredths that add up to a hundred (largest remainders); none where one is unknown.

    >>> hundredths([1 / 3, 1 / 3, 1 / 3])
    [34, 33, 33]
    """
    if not all(map(math.isfinite, shares)):
        return [0] * len(shares)
    found = [math.floor(DOTS * share + NEAR) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda n: found[n] - DOTS * shares[n])
    for n in by_rest[: DOTS - sum(found)]:
        found[n] += 1
    return found
