"""Brings a record into a case: linked statements become what judgement and record say together.

With n₁ and n₀ the class's resolved cases in which the indicator was present and absent, weighted by how well their
author is established, a linked statement's Beta(a, b) becomes

    Beta(a + w n₁, b + w n₀),

a power prior of relevance w (Ibrahim and Chen 2000, *Power prior distributions for regression models*, Statistical
Science 15, 46–60). Rates that were fitted by the hierarchical model, Beta(α, β), stand in for the judgement instead:
Beta(w α, w β), of the same mean and less firmly held. A point is fixed and stays. Leaves without a class keep
what was written, and prior weights are never touched: the record says how attacks look, not how often each kind occurs.

A leaf of class ``any`` is of one of the classes, and nobody says which: what it learns is the mixture, in equal parts,
of what each of them would have learned, as the Beta of that mean and variance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property, partial
from pathlib import PurePath

import numpy as np

from falseflag.case.chain import LEARN, RecordFile
from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.model import Case, Indicator, Learned, Learning
from falseflag.case.sections import Learn, Sections
from falseflag.case.statements import Combination, Combinations
from falseflag.case.states import Outline, states
from falseflag.case.values import Reading
from falseflag.diagnostics import Diagnostics, listed, quoted, suggestion, visible
from falseflag.distributions import Beta, Distribution, Judgement, Point, beta_of_mixture
from falseflag.record.codebook import ANY_CLASS
from falseflag.record.model import Counts, Incident, Record, counts_of
from falseflag.record.rates import FIT, HIERARCHICAL, Rates, read_fitted
from falseflag.record.reader import record_of

MOST_DAYS = 7
MOST_ALIKE = 0.8
"""Days between a case and an incident of the record, and likeness of their titles, by which they may be the same."""
START_STRENGTH = 2.0
"""How many observations the start is worth where no judgement is written."""

COUNTS = "counts"


@dataclass(frozen=True)
class RecordPrior:
    """What a record contributes to one case.

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
    sha256: str = ""
    """Of the file, where the record is a part of it."""

    def updated(self, case: Case, why: str = "") -> Case:
        """Return the case with its linked statements updated.

        Parameters
        ----------
        case : Case
            Its linked indicators may leave leaves uncovered.
        why : str
            The analyst's reason for learning from this record at this weight.
        """
        indicators: dict[str, Indicator] = {}
        rows: list[Learned] = []
        combinations = Combinations(case.outline, all_combinations(case.outline))
        for name, indicator in case.indicators.items():
            link = indicator.like or indicator.unlike
            found = list(self._statements(case.outline, combinations, indicator)) if link else []
            rows += [row for _, _, row in found if row is not None]
            likelihood = {condition: judgement for condition, judgement, _ in found}
            indicators[name] = replace(indicator, likelihood=likelihood) if found else indicator
        learning = Learning(
            path=self.record.path,
            sha256=self.record.sha256 or self.sha256,
            incidents=len(self.record),
            model=COUNTS if self.rates is None else HIERARCHICAL,
            relevance=self.relevance,
            why=why,
            statements=tuple(rows),
        )
        return replace(case, indicators=indicators, learning=learning)

    def reported(self, like: str, author_class: str, *, is_opposite: bool = False) -> Beta:
        """Return what the record gives alone: weighted counts after Jeffreys, or the fitted rate, less firmly held.

        Parameters
        ----------
        like : str
            One of the record's indicators.
        author_class : str
            One of its classes, or ``any``.
        is_opposite : bool
            Whether present here is absent there.
        """
        return self._updated(Beta(0.5, 0.5), like, author_class, is_opposite=is_opposite)

    def combined(
        self, before: Distribution, like: str, author_class: str, *, is_opposite: bool = False
    ) -> Distribution:
        """Return what a judgement becomes; see `reported`. One that is fixed stays."""
        if isinstance(before, Point):
            return before
        return self._updated(before, like, author_class, is_opposite=is_opposite)

    def _updated(self, before: Beta, like: str, author_class: str, *, is_opposite: bool) -> Beta:
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

    def _statements(
        self, outline: Outline, combinations: Combinations, indicator: Indicator
    ) -> Iterator[tuple[Condition, Judgement, Learned | None]]:
        """Yield the statements of a linked indicator, split by class, each with what it learned if it did."""
        started = self._started(combinations, indicator)
        taking = _classes(outline, combinations, started)
        for condition, judgement in started.items():
            classes = taking.get(condition, ("",))
            for author_class in classes:
                at = replace(condition, author_class=author_class) if len(classes) > 1 else condition
                if author_class:
                    row = self._learned(indicator, at, author_class, judgement)
                    yield at, self._judged(row), row
                else:
                    yield at, judgement, None

    def _started(self, combinations: Combinations, indicator: Indicator) -> Mapping[Condition, Judgement]:
        """Return the statements as written, with a start for combinations that none of them covers."""
        written = dict(indicator.likelihood)
        if combinations.gap(list(written)) is None and written:
            return written
        rate = float(self._counts.overall[self.record.indicators.index(indicator.like or indicator.unlike)])
        rate = 1 - rate if indicator.unlike else rate
        start = Beta(rate * START_STRENGTH, (1 - rate) * START_STRENGTH)
        return written | {OTHERS: Judgement(start, "not stated")}

    def _learned(self, indicator: Indicator, condition: Condition, author_class: str, judgement: Judgement) -> Learned:
        like, is_opposite = indicator.like or indicator.unlike, bool(indicator.unlike)
        row = self.record.indicators.index(like)
        of = [self.record.classes.index(name) for name in self._classes(author_class)]
        seen = [int(cells[row, of].sum()) for cells in (self._counts.seen_present, self._counts.seen_absent)]
        present, absent = reversed(seen) if is_opposite else seen
        return Learned(
            indicator=indicator.name,
            condition=condition,
            author_class=author_class,
            like=like,
            is_opposite=is_opposite,
            judgement=judgement,
            is_elicited=condition.base in indicator.likelihood,
            present=present,
            absent=absent,
            record=self.reported(like, author_class, is_opposite=is_opposite),
            both=self.combined(judgement.scalar, like, author_class, is_opposite=is_opposite),
        )

    def _judged(self, row: Learned) -> Judgement:
        before, seen = row.judgement, f"{row.present} of {row.present + row.absent}"
        if isinstance(before.distribution, Point):
            return before
        if self.rates is None:
            return Judgement(row.both, f"{before.written}; record {seen}", before.why)
        judged = f"judged {before.written}" if row.is_elicited else "not judged"
        return Judgement(row.both, f"fitted to the record, {seen}; {judged}", before.why)


def all_combinations(outline: Outline) -> list[Combination]:
    """Return leaves with circumstances: those of the states, then those that staged states are meant to look like."""
    every = list(states(outline))
    plain = [(state.leaf, state.values) for state in every]
    blamed = [outline.blamed(state) for state in every if state.staged]
    return [*plain, *blamed]


def _classes(
    outline: Outline, combinations: Combinations, written: Mapping[Condition, Judgement]
) -> dict[Condition, tuple[str, ...]]:
    """Return for each condition the classes of the leaves that take its statement, the first leaf's first."""
    conditions = list(written)
    taking: dict[Condition, dict[str, None]] = {}
    for (leaf, _), row in zip(combinations.all, combinations.taken(conditions), strict=True):
        if row >= 0:
            taking.setdefault(conditions[row], {})[outline.classes.get(leaf, "")] = None
    return {condition: tuple(classes) for condition, classes in taking.items()}


# the record that a case file asks for


@dataclass(frozen=True)
class Resolved:
    """The record that a case learns from, and the rates fitted to it where the case asks for them."""

    record: Record
    rates: Rates | None


def read_resolved(files: Sequence[RecordFile], diagnostics: Diagnostics) -> Resolved | None:
    """Read the files that a case learns from; None where there are none, or where they have errors."""
    if not files:
        return None
    first, *rest = files
    record = record_of(first.file.content, first.shown, diagnostics)
    if record is None:
        return None
    return Resolved(record, _rates(rest[0], record, diagnostics) if rest else None)


def _rates(file: RecordFile, record: Record, diagnostics: Diagnostics) -> Rates | None:
    try:
        fitted = read_fitted(file.file.content)
        if fitted.is_of(record):
            return fitted.rates
        problem = "its rates were fitted to the record as it was before"
    except ValueError as error:
        problem = str(error)
    name, of = PurePath(file.file.name).name, PurePath(record.path).name
    message = f"{visible(name)} cannot be used: {problem}. {FIT.format(of)} anew"
    diagnostics.add(file.place, (LEARN, "model"), message)
    return None


def without_excluded(resolved: Resolved, learn: Learn, sections: Sections, reading: Reading) -> RecordPrior:
    """Return what the record contributes without the incidents that ``exclude`` and ``before`` leave out.

    An incident that is the case itself, or may be, is reported.
    """
    record = resolved.record
    names = [incident.name for incident in record.incidents]
    for name, spot in learn.exclude.items():
        if name not in names:
            reading.refuse(spot, partial(_unknown_incident, name, names))
    before = learn.before[:10] or "~"  # days of the calendar on both sides, as written
    keep = [each.name not in learn.exclude and each.date < before for each in record.incidents]
    kept = record.only(np.array(keep, bool)) if not all(keep) else record
    _check_itself(kept, learn, sections, reading)
    return RecordPrior(kept, learn.relevance, resolved.rates, record.sha256)


def _unknown_incident(name: str, names: Sequence[str]) -> str:
    return f"Unknown incident {quoted(name)} of the record.{suggestion(name, names)}"


def _check_itself(record: Record, learn: Learn, sections: Sections, reading: Reading) -> None:
    itself = [incident for incident in record.incidents if _may_be(incident, sections)]
    key = learn.spot.at("from")
    if not itself or key is None:
        return
    names = listed((incident.name for incident in itself), limit=50)
    described = listed((f"{incident.title} ({incident.date})" for incident in itself), limit=3)
    message = (
        f"The record holds this case itself, or may: {described}. A case should not learn from its own answer; leave "
        f"it out with 'exclude: [{names}]'"
    )
    report = reading.diagnostics.add if reading.is_second_edition else reading.diagnostics.warn
    report(key.place, key.path, message)


def _may_be(incident: Incident, sections: Sections) -> bool:
    """Return whether an incident's date or title is much like the case's."""
    if re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}", sections.date):
        days = date.fromisoformat(incident.date) - date.fromisoformat(sections.date[:10])
        if abs(days.days) <= MOST_DAYS:
            return True
    return SequenceMatcher(None, incident.title.lower(), sections.title.lower()).ratio() >= MOST_ALIKE
