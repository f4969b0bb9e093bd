"""Brings a record into a case: linked statements become what judgement and record say together.

With n₁ and n₀ the class's resolved cases in which the indicator was present and absent, weighted by how well their
author is established, a linked statement's Beta(a, b) becomes

    Beta(a + w n₁, b + w n₀),

a power prior of relevance w (Ibrahim and Chen 2000, *Power prior distributions for regression models*, Statistical
Science 15, 46–60). Rates that were fitted by the hierarchical model, Beta(α, β), stand in for the judgement instead:
Beta(w α, w β), of the same mean and less firmly held. A point is held certain and stays. Leaves without a class keep
what was written, and prior weights are never touched: the record says how attacks look, not how often each kind occurs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from falseflag.case.learned import Learned, Learning
from falseflag.case.model import Case, Indicator
from falseflag.case.places import OTHERS, nearest, parts_of, place_at
from falseflag.elicitation import Beta, Judgement, Point
from falseflag.record.counts import Counts, counts_of
from falseflag.record.fitted import HIERARCHICAL, Rates
from falseflag.record.model import Record

START_STRENGTH = 2.0
"""How many observations the start is worth where no judgement is written."""

COUNTS = "counts"


@dataclass(frozen=True)
class Teacher:
    """What a record has to say to one case.

    Parameters
    ----------
    record : Record
    relevance : float
        Weight of a resolved case, in (0, 1].
    rates : mapping, optional
        Fitted rates that stand in for judgements; None for counts that are added to them.
    """

    record: Record
    relevance: float
    rates: Rates | None = None

    def taught(self, case: Case, why: str = "") -> Case:
        """Return the case with its linked statements learned.

        Parameters
        ----------
        case : Case
            Its linked indicators may leave leaves uncovered.
        why : str
            The analyst's reason for learning from this record at this weight.
        """
        counts = counts_of(self.record)
        indicators: dict[str, Indicator] = {}
        rows: list[Learned] = []
        for name, indicator in case.indicators.items():
            link = indicator.like or indicator.unlike
            found = list(self._statements(case, indicator, counts)) if link else []
            rows += [row for _, _, row in found if row is not None]
            likelihood = {place: judgement for place, judgement, _ in found}
            indicators[name] = replace(indicator, likelihood=likelihood) if found else indicator
        learning = Learning(
            path=self.record.path,
            sha256=self.record.sha256,
            incidents=len(self.record),
            model=COUNTS if self.rates is None else HIERARCHICAL,
            relevance=self.relevance,
            why=why,
            statements=tuple(rows),
        )
        return replace(case, indicators=indicators, learning=learning)

    def _statements(
        self, case: Case, indicator: Indicator, counts: Counts
    ) -> Iterator[tuple[str, Judgement, Learned | None]]:
        """Yield the statements of a linked indicator, split by class, each with what it learned if it did."""
        taking = _classes(case, indicator.likelihood)
        for place, judgement in self._started(case, indicator, counts).items():
            classes = taking.get(place, ("",))
            for author_class in classes:
                at = place_at(place, author_class) if len(classes) > 1 else place
                if author_class:
                    row = self._learned(indicator, at, author_class, judgement, counts)
                    yield at, self._judged(row), row
                else:
                    yield at, judgement, None

    def _started(self, case: Case, indicator: Indicator, counts: Counts) -> Mapping[str, Judgement]:
        """Return the statements as written, with a start for leaves that none of them covers."""
        written = dict(indicator.likelihood)
        if all(nearest(leaf.name, written) for leaf in case.leaves):
            return written
        rate = float(counts.overall[self.record.indicators.index(indicator.like or indicator.unlike)])
        rate = 1 - rate if indicator.unlike else rate
        start = Beta(rate * START_STRENGTH, (1 - rate) * START_STRENGTH)
        return written | {OTHERS: Judgement(start, "not stated")}

    def _learned(
        self, indicator: Indicator, place: str, author_class: str, judgement: Judgement, counts: Counts
    ) -> Learned:
        like = indicator.like or indicator.unlike
        at = self.record.indicators.index(like), self.record.classes.index(author_class)
        seen = int(counts.seen_present[at]), int(counts.seen_absent[at])
        said = self._said(float(counts.present[at]), float(counts.absent[at]), like, author_class)
        if indicator.unlike:
            seen, said = seen[::-1], Beta(said.beta, said.alpha)
        return Learned(
            indicator=indicator.name,
            place=place,
            author_class=author_class,
            like=like,
            is_opposite=bool(indicator.unlike),
            judgement=judgement,
            is_elicited=nearest(parts_of(place)[0], indicator.likelihood) != "",
            present=seen[0],
            absent=seen[1],
            record=said,
            both=self._together(judgement, said),
        )

    def _said(self, present: float, absent: float, like: str, author_class: str) -> Beta:
        """Return what the record says alone: its weighted counts after Jeffreys, or the fitted rate."""
        if self.rates is None:
            return Beta(0.5 + self.relevance * present, 0.5 + self.relevance * absent)
        fitted = self.rates[like, author_class]
        return Beta(self.relevance * fitted.alpha, self.relevance * fitted.beta)

    def _together(self, judgement: Judgement, said: Beta) -> Beta | Point:
        before = judgement.distribution
        if isinstance(before, Point):
            return before
        if self.rates is not None:
            return said
        return Beta(before.alpha + said.alpha - 0.5, before.beta + said.beta - 0.5)

    def _judged(self, row: Learned) -> Judgement:
        before, seen = row.judgement, f"{row.present} of {row.present + row.absent}"
        if isinstance(before.distribution, Point):
            return before
        if self.rates is None:
            return Judgement(row.both, f"{before.written}; record {seen}", before.why)
        judged = f"judged {before.written}" if row.is_elicited else "not judged"
        return Judgement(row.both, f"fitted to the record, {seen}; {judged}", before.why)


def _classes(case: Case, written: Mapping[str, Judgement]) -> dict[str, tuple[str, ...]]:
    """Return for each place the classes of the leaves that take their statement there, the first leaf's first."""
    taking: dict[str, dict[str, None]] = {}
    for leaf in case.leaves:
        taking.setdefault(nearest(leaf.name, written) or OTHERS, {})[leaf.author_class] = None
    return {place: tuple(classes) for place, classes in taking.items()}
