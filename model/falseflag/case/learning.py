"""Brings a record into a case: linked statements become what judgement and record say together.

With n₁ and n₀ the class's resolved cases in which the indicator was present and absent, weighted by how well their
author is established, a linked statement's Beta(a, b) becomes

    Beta(a + w n₁, b + w n₀),

a power prior of relevance w (Ibrahim and Chen 2000, *Power prior distributions for regression models*, Statistical
Science 15, 46–60). Rates that were fitted by the hierarchical model, Beta(α, β), stand in for the judgement instead:
Beta(w α, w β), of the same mean and less firmly held. A point is held certain and stays. Leaves without a class keep
what was written, and prior weights are never touched: the record says how attacks look, not how often each kind occurs.

A leaf of class ``any`` is of one of the classes, and nobody says which: what it learns is the mixture, in equal parts,
of what each of them would have learned, as the Beta of that mean and variance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from falseflag.case.learned import Learned, Learning
from falseflag.case.model import Case, Indicator
from falseflag.case.places import OTHERS, nearest, parts_of, place_at
from falseflag.distributions import Beta, Distribution, Judgement, Point, beta_of_mixture
from falseflag.record.codebook import ANY_CLASS
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
        indicators: dict[str, Indicator] = {}
        rows: list[Learned] = []
        for name, indicator in case.indicators.items():
            link = indicator.like or indicator.unlike
            found = list(self._statements(case, indicator)) if link else []
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

    def says(self, like: str, author_class: str, *, is_opposite: bool = False) -> Beta:
        """Return what the record says alone: weighted counts after Jeffreys, or the fitted rate, less firmly held.

        Parameters
        ----------
        like : str
            One of the record's indicators.
        author_class : str
            One of its classes, or ``any``.
        is_opposite : bool
            Whether present here is absent there.
        """
        return self._taught(Beta(0.5, 0.5), like, author_class, is_opposite=is_opposite)

    def together(
        self, before: Distribution, like: str, author_class: str, *, is_opposite: bool = False
    ) -> Distribution:
        """Return what a judgement becomes; see `says`. One that is held certain stays."""
        if isinstance(before, Point):
            return before
        return self._taught(before, like, author_class, is_opposite=is_opposite)

    def _taught(self, before: Beta, like: str, author_class: str, *, is_opposite: bool) -> Beta:
        start = Beta(before.beta, before.alpha) if is_opposite else before
        both = beta_of_mixture([self._after(start, like, of) for of in self._classes(author_class)])
        return Beta(both.beta, both.alpha) if is_opposite else both

    def _after(self, before: Beta, like: str, author_class: str) -> Beta:
        """Return what a judgement becomes under one class of author."""
        if self.rates is not None:
            fitted = self.rates[like, author_class]
            return Beta(self.relevance * fitted.alpha, self.relevance * fitted.beta)
        at = self.record.indicators.index(like), self.record.classes.index(author_class)
        present, absent = float(self._counts.present[at]), float(self._counts.absent[at])
        return Beta(before.alpha + self.relevance * present, before.beta + self.relevance * absent)

    @cached_property
    def _counts(self) -> Counts:
        return counts_of(self.record)

    def _classes(self, author_class: str) -> Sequence[str]:
        """Return which of the record's classes an author may be of."""
        return self.record.classes if author_class == ANY_CLASS else (author_class,)

    def _statements(self, case: Case, indicator: Indicator) -> Iterator[tuple[str, Judgement, Learned | None]]:
        """Yield the statements of a linked indicator, split by class, each with what it learned if it did."""
        taking = _classes(case, indicator.likelihood)
        for place, judgement in self._started(case, indicator).items():
            classes = taking.get(place, ("",))
            for author_class in classes:
                at = place_at(place, author_class) if len(classes) > 1 else place
                if author_class:
                    row = self._learned(indicator, at, author_class, judgement)
                    yield at, self._judged(row), row
                else:
                    yield at, judgement, None

    def _started(self, case: Case, indicator: Indicator) -> Mapping[str, Judgement]:
        """Return the statements as written, with a start for leaves that none of them covers."""
        written = dict(indicator.likelihood)
        if all(nearest(leaf.name, written) for leaf in case.leaves):
            return written
        rate = float(self._counts.overall[self.record.indicators.index(indicator.like or indicator.unlike)])
        rate = 1 - rate if indicator.unlike else rate
        start = Beta(rate * START_STRENGTH, (1 - rate) * START_STRENGTH)
        return written | {OTHERS: Judgement(start, "not stated")}

    def _learned(self, indicator: Indicator, place: str, author_class: str, judgement: Judgement) -> Learned:
        like, is_opposite = indicator.like or indicator.unlike, bool(indicator.unlike)
        row = self.record.indicators.index(like)
        of = [self.record.classes.index(name) for name in self._classes(author_class)]
        seen = [int(cells[row, of].sum()) for cells in (self._counts.seen_present, self._counts.seen_absent)]
        present, absent = reversed(seen) if is_opposite else seen
        return Learned(
            indicator=indicator.name,
            place=place,
            author_class=author_class,
            like=like,
            is_opposite=is_opposite,
            judgement=judgement,
            is_elicited=nearest(parts_of(place)[0], indicator.likelihood) != "",
            present=present,
            absent=absent,
            record=self.says(like, author_class, is_opposite=is_opposite),
            both=self.together(judgement.distribution, like, author_class, is_opposite=is_opposite),
        )

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
