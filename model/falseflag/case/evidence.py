"""Reads the evidence of a case file: sources with their grades, indicators with their reports, and dependence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from falseflag.case import schema
from falseflag.case.conditions import OTHERS
from falseflag.case.elicitation import Explained, form_of, read_elicited, unknown_key, written
from falseflag.case.model import (
    ABSENT,
    PRESENT,
    PRESENT_ABSENT,
    Group,
    Indicator,
    Report,
    Source,
    Statements,
)
from falseflag.case.schema import named
from falseflag.case.sections import (
    SILENT,
    UNKNOWN,
    Sections,
    check_reserved,
    read_text,
    read_values,
    read_weighed,
    unknown_name,
    unreadable,
)  # fmt: skip
from falseflag.case.statements import (
    elicited_as,
    read_one_or_by_condition,
    read_statements,
)
from falseflag.case.values import (  # fmt: skip
    CHANCE,
    CORRELATION,
    DATE,
    GRADE,
    GRADE_KEY,
    LIKE,
    NAME_KIND,
    POSITIVE,
    RELIABILITY,
    STRENGTH,
    TEXT,
    Reading,
    Target,
    found,
    is_key,
    near_choice,
)
from falseflag.case.yaml import Mapping as MappingNode
from falseflag.case.yaml import Scalar, Spot, is_null, is_whole, no_break_space
from falseflag.case.yaml import Sequence as SequenceNode
from falseflag.diagnostics import Place, did_you_mean, quoted, suggestion
from falseflag.distributions import AnyDistribution, Beta, Judgement, LogNormal, Point
from falseflag.scales import GRADES

UNSTATED_CORRELATION = Judgement(Beta(1, 1), "not stated")
"""Of a group without a correlation: nothing is said of how closely its indicators are correlated."""


# sources


def read_grades(spot: Spot | None, reading: Reading) -> dict[str, Judgement]:
    """Return the reliability by letter, digit and full grade; what is said of ``A/1`` holds for A and for 1."""
    table = {key: Judgement(Point(value), str(value)) for key, value in GRADES.items()}
    if spot is None:
        return table
    if not isinstance(spot.node, MappingNode):
        reading.refuse(spot, f"Should be a mapping but got {found(spot.node)}")
        return table
    judged: dict[str, Judgement] = {}
    for key, below in spot.below():
        is_fit = is_key(GRADE_KEY, key, below, reading)
        judgement = read_elicited(below, RELIABILITY, reading)
        if is_fit and judgement is not None:
            judged[key] = judgement
    table |= {part: value for key, value in judged.items() if "/" in key for part in key.split("/")}
    return table | {key: value for key, value in judged.items() if "/" not in key}


def reliability_of(grade: str, table: Mapping[str, Judgement], strength: float) -> Judgement:
    """Return the reliability of a full grade: its own, else the digit's, or the letter's where the digit is 6.

    A mean gets the spread of so many reports; one that is 1, or has a spread already, stays as it is.
    """
    letter, digit = grade[0], grade[1]
    judged = table.get(grade) or table[letter if digit == "6" else digit]
    distribution: AnyDistribution = judged.distribution
    if isinstance(distribution, Point) and distribution.value < 1 and not math.isinf(strength):
        distribution = Beta(strength * distribution.value, strength * (1 - distribution.value))
    return Judgement(distribution, grade, judged.why)


def read_sources(
    spot: Spot | None, sections: Sections, grades: Mapping[str, Judgement], strength: float, reading: Reading
) -> None:
    """Read the sources into `sections`, graded ones with the spread of so many reports."""
    if spot is None:
        return
    for name, entry in named(spot, reading).items():
        check_reserved(name, entry, reading)
        opened = schema.SOURCE.open(entry, reading) or {}
        grade = read_text(opened, "grade", GRADE, reading)
        own_strength, _ = read_weighed(opened.get("grade_strength"), STRENGTH, strength, reading)
        own = _read_reliability(opened, sections, reading)
        graded = {OTHERS: reliability_of(grade, grades, own_strength)} if grade else None
        sections.sources[name] = Source(
            name=name,
            label=read_text(opened, "label", TEXT, reading) or name,
            grade=grade,
            reliability=own if own is not None else graded,
            why=read_text(opened, "why", TEXT, reading),
        )


def _read_reliability(opened: Mapping[str, Spot], sections: Sections, reading: Reading) -> Statements | None:
    return read_conditional(opened, "reliability", RELIABILITY, sections, reading)


def read_conditional(
    opened: Mapping[str, Spot], key: str, target: Target, sections: Sections, reading: Reading
) -> Statements | None:
    """Read one value or a mapping by condition, to be covered; None where it is not written or cannot be read."""
    if key not in opened:
        return None
    table = read_one_or_by_condition(opened[key], sections.scope, target, reading)
    if table is None:
        return None
    sections.tables.append((opened[key].path, table))
    return table.judgements


# indicators


class IndicatorReader:
    """Reads the indicators, whose keys depend on one another."""

    def __init__(
        self,
        sections: Sections,
        reading: Reading,
        sources: Mapping[str, object] | None,
        *,
        is_learning: bool,
    ) -> None:
        self._sections = sections
        self._reading = reading
        self._sources = sources
        self._is_learning = is_learning

    def read(self, spot: Spot) -> None:
        """Read the section ``indicators``."""
        for name, entry in named(spot, self._reading).items():
            check_reserved(name, entry, self._reading)
            opened = schema.INDICATOR.open(entry, self._reading)
            if opened is not None:
                self._sections.indicators[name] = self._indicator(name, entry, opened)

    def _indicator(self, name: str, spot: Spot, opened: Mapping[str, Spot]) -> Indicator:
        reading = self._reading
        values = read_values(opened, PRESENT_ABSENT, reading)
        self._check_together(opened, spot)
        observed = self._observed(opened, spot, values)
        source = read_text(opened, "source", NAME_KIND, reading)
        where, seen = read_text(opened, "where", TEXT, reading), read_text(opened, "seen", DATE, reading)
        if source and "source" in opened:
            self._check_source(source, opened["source"])
        reliability = _read_reliability(opened, self._sections, reading)
        reports = self._reports(opened, values)
        if observed not in {"", UNKNOWN, SILENT}:
            reports = (Report(source, observed, reliability, seen, where),)
            source, where, seen, reliability = "", "", "", None
        return Indicator(
            name=name,
            label=read_text(opened, "label", TEXT, reading) or name,
            likelihood=self._likelihood(opened, name, values),
            values=values or PRESENT_ABSENT,
            reports=reports,
            detection=read_conditional(opened, "detection", CHANCE, self._sections, reading) or {},
            ratios=self._ratios(opened),
            source=source,
            reliability=reliability,
            seen=seen,
            where=where,
            why=read_text(opened, "why", TEXT, reading),
            like=read_text(opened, "like", LIKE, reading),
            unlike=read_text(opened, "unlike", LIKE, reading),
        )

    def _check_together(self, opened: Mapping[str, Spot], spot: Spot) -> None:
        """Report keys that do not go together, and those that are missing."""
        if "ratios" in opened:
            for key in ("observed", "reports", "likelihood", "values", "detection", "reliability", "like", "unlike"):
                self._refuse_with(opened, key, "'ratios' stands alone: it says how probable the report as it stands is")
            return
        self._check_links(opened, spot)
        if "reports" in opened:
            for key in ("observed", "source", "reliability", "seen", "where"):
                self._refuse_with(opened, key, f"'reports' stands in place of '{key}'{_REPORTED.get(key, '')}")
        elif "observed" not in opened and is_whole(spot.node):
            self._reading.require(spot, "observed")
        if "detection" in opened and "observed" in opened and not _is_text(opened["observed"], SILENT):
            text = f"'detection' is only for what is '{SILENT}': write 'observed: {SILENT}', or leave it out"
            self._reading.refuse_key(opened["detection"], text)
        if "detection" in opened and "reports" in opened:
            self._reading.refuse_key(opened["detection"], f"'detection' is only for what is '{SILENT}'")

    def _refuse_with(self, opened: Mapping[str, Spot], key: str, message: str) -> None:
        if key in opened:
            self._reading.refuse_key(opened[key], message)

    def _check_links(self, opened: Mapping[str, Spot], spot: Spot) -> None:
        links = [key for key in ("like", "unlike") if key in opened]
        if len(links) > 1:
            text = "An indicator is like one of the record or unlike one, not both"
            self._reading.refuse_key(opened["unlike"], text)
        for key in links:
            if "values" in opened:
                self._reading.refuse_key(opened[key], "Only an indicator without values of its own can learn")
        if "likelihood" not in opened and is_whole(spot.node) and not (links and self._is_learning):
            only = "; only in a case with 'learn' can a link stand in for it" if links else ""
            self._reading.require(spot, "likelihood", only)

    def _observed(self, opened: Mapping[str, Spot], spot: Spot, values: Mapping[str, str] | None) -> str:
        """Read the value reported, or ``unknown`` or ``silent``; nothing where neither is written."""
        if "observed" not in opened:
            return ""
        observed = opened["observed"]
        if _is_text(observed, SILENT):
            self._check_silent(opened, spot)
            return SILENT
        if _is_text(observed, UNKNOWN):
            return UNKNOWN
        also = (UNKNOWN,) if "values" in opened else (UNKNOWN, SILENT)
        return self._value(observed, values, also) or ""

    def _check_silent(self, opened: Mapping[str, Spot], spot: Spot) -> None:
        self._reading.is_second_edition = True
        if "values" in opened:
            text = f"Only an indicator without values of its own, {PRESENT} or {ABSENT}, can be '{SILENT}'"
            self._reading.refuse(opened["observed"], text)
        for key in ("source", "reliability"):
            self._refuse_with(opened, key, f"'{SILENT}' takes no '{key}': nobody reported anything")
        if "detection" not in opened and is_whole(spot.node):
            more = f": '{SILENT}' needs the probability that one would have heard of it"
            self._reading.require(spot, "detection", more)

    def _value(self, spot: Spot, values: Mapping[str, str] | None, also: tuple[str, ...] = ()) -> str | None:
        """Read one of an indicator's values."""
        if values is None:
            return None
        text = spot.node.text if isinstance(spot.node, Scalar) else ""
        if text in values:
            return text
        choices = (*values, *also)
        near = did_you_mean(near_choice(text, choices)) if text else ""
        hint = no_break_space(text) or (f".{near}" if near else "")
        what = f"{', '.join(choices[:-1])} or {choices[-1]}"
        return self._reading.refuse(spot, f"Should be {what} but got {found(spot.node)}{hint}")

    def _reports(self, opened: Mapping[str, Spot], values: Mapping[str, str] | None) -> tuple[Report, ...]:
        if "reports" not in opened:
            return ()
        reports: list[Report] = []
        below = named(opened["reports"], self._reading)
        if not below and isinstance(opened["reports"].node, MappingNode) and opened["reports"].node.whole:
            self._reading.refuse_key(opened["reports"], "Should hold one report or more but is empty")
        for source, spot in below.items():
            self._check_source(source, spot, of_key=True)
            if isinstance(spot.node, MappingNode):
                parts = schema.REPORT.open(spot, self._reading) or {}
                says = self._value(parts["says"], values) if "says" in parts else None
                reliability = _read_reliability(parts, self._sections, self._reading)
                texts = {key: read_text(parts, key, DATE if key == "seen" else TEXT, self._reading)
                         for key in ("seen", "where", "why")}  # fmt: skip
                reports.append(Report(source, says or "", reliability, **texts))
            else:
                reports.append(Report(source, self._value(spot, values) or ""))
        return tuple(reports)

    def _check_source(self, name: str, spot: Spot, *, of_key: bool = False) -> None:
        if self._sources is None or name in self._sources or (of_key and is_null(spot.node)):
            return
        refuse = self._reading.refuse_key if of_key else self._reading.refuse
        refuse(spot, partial(_unknown_source, name, self._sources))

    def _likelihood(self, opened: Mapping[str, Spot], name: str, values: Mapping[str, str] | None) -> Statements:
        if "likelihood" not in opened:
            return {}
        target = Target(allows_certainty=True, values=tuple(values or ()), of=name)
        read = partial(elicited_as, target) if values else unreadable
        table = read_statements(opened["likelihood"], self._sections.scope, read, self._reading, values or ())
        if table is None:
            return {}
        is_linked = self._is_learning and ("like" in opened or "unlike" in opened)
        kept = replace(table, is_whole=False) if is_linked else table
        self._sections.tables.append((opened["likelihood"].path, kept))
        return table.judgements

    def _ratios(self, opened: Mapping[str, Spot]) -> Statements:
        if "ratios" not in opened:
            return {}
        table = read_statements(opened["ratios"], self._sections.scope, read_ratio, self._reading)
        if table is None:
            return {}
        self._sections.tables.append((opened["ratios"].path, table))
        return table.judgements


_REPORTED = {
    "observed": "",
    "source": ": its keys are the sources",
    "reliability": ": write it with each report",
    "seen": ": write it with each report",
    "where": ": write it with each report",
}


def _is_text(spot: Spot, text: str) -> bool:
    return isinstance(spot.node, Scalar) and spot.node.text == text


def _unknown_source(name: str, known: Mapping[str, object]) -> str:
    declared = f" Sources are declared under 'sources', as in 'sources: {{{name}: {{label: …}}}}'"
    return f"Unknown source {quoted(name)}.{suggestion(name, known)}{declared if len(name) < 60 else ''}"


# dependence


def read_groups(spot: Spot | None, sections: Sections, known: Mapping[str, object] | None, reading: Reading) -> None:
    """Read the groups of ``dependence``; `known` holds all indicators, None where some could not be read."""
    if spot is None:
        return
    first: dict[str, tuple[str, Place]] = {}
    for name, entry in named(spot, reading).items():
        check_reserved(name, entry, reading)
        opened = schema.GROUP.open(entry, reading) or {}
        items = _members(opened["indicators"], reading) if "indicators" in opened else []
        for item, member in items:
            if member in first:
                _refuse_repeated(member, item, name, first[member], reading)
            elif known is not None and member not in known:
                reading.refuse(item, partial(unknown_name, "indicator", member, known))
            elif member in sections.indicators:
                _check_member(sections.indicators[member], item, reading)
            first.setdefault(member, (name, item.place))
        correlation = read_conditional(opened, "correlation", CORRELATION, sections, reading)
        sections.groups[name] = Group(
            name=name,
            label=read_text(opened, "label", TEXT, reading) or name,
            indicators=tuple(member for _, member in items),
            correlation={OTHERS: UNSTATED_CORRELATION} if correlation is None else correlation,
            why=read_text(opened, "why", TEXT, reading),
        )


def _members(spot: Spot, reading: Reading) -> list[tuple[Spot, str]]:
    if not isinstance(spot.node, SequenceNode):
        reading.refuse(spot, f"Should be a list but got {found(spot.node)}")
        return []
    if not spot.node.items:
        reading.refuse_key(spot, "Should name one indicator or more but is empty")
    named_items = ((item, NAME_KIND.read(item, reading)) for item in spot.items())
    return [(item, name) for item, name in named_items if name is not None]


def _check_member(indicator: Indicator, spot: Spot, reading: Reading) -> None:
    name = quoted(indicator.name)
    if indicator.ratios:
        reading.refuse(spot, f"{name} has 'ratios', which cannot be in a group: they are of the report as it stands")
    elif len(indicator.values) > 2:
        text = f"{name} has {len(indicator.values)} values, and only what has two can be in a group"
        reading.refuse(spot, text)


def _refuse_repeated(name: str, spot: Spot, group: str, before: tuple[str, Place], reading: Reading) -> None:
    other, place = before
    where = f"{quoted(other)} on line {place.line}"
    twice = f"{quoted(name)} stands in this group twice"
    both = f"{quoted(name)} stands in {quoted(group)} and, already, in {where}: one group at most"
    reading.refuse(spot, twice if other == group else both)


# ratios


def read_ratio(spot: Spot, reading: Reading) -> Judgement | None:
    """Read how probable a report is, up to a common factor: a number above 0 or an interval, or either explained."""
    match spot.node:
        case MappingNode(entries=below):
            form = form_of(below)
            if isinstance(form, Explained):
                return _explained_ratio(form, spot, reading)
            return reading.refuse(spot, "Should be a number above 0, [low, high] or {value, why} but got a mapping")
        case SequenceNode():
            return _ratio_interval(spot, reading)
        case Scalar(text=text):
            value = POSITIVE.read(spot, reading)
            return None if value is None else Judgement(Point(value), text)


def _ratio_interval(spot: Spot, reading: Reading) -> Judgement | None:
    items = list(spot.items())
    if len(items) != 2:
        return reading.refuse(spot, f"An interval should have two ends, [low, high], but got {len(items)}")
    low, high = (POSITIVE.read(item, reading) for item in items)
    if low is None or high is None:
        return None
    if not low < high:
        got = f"[{low:.15g}, {high:.15g}]"
        return reading.refuse(spot, f"An interval should be [low, high] with low < high but got {got}")
    return Judgement(LogNormal.from_interval(low, high), written(spot.node))


def _explained_ratio(form: Explained, spot: Spot, reading: Reading) -> Judgement | None:
    spots = dict(spot.below())
    for key, below in spots.items():
        if key not in form.keys:
            reading.refuse_key(below, partial(unknown_key, key, form.keys))
    if "value" not in spots or is_null(spots["value"].node):
        reading.require(spot, "value")
        return None
    why = TEXT.read(spots["why"], reading) if "why" in spots and not is_null(spots["why"].node) else ""
    judgement = read_ratio(spots["value"], reading)
    return judgement and replace(judgement, why=why or "")
