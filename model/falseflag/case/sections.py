"""Reads the sections of a case file into the parts of a `Case`, as far as each could be read.

What is malformed is reported and left out, so that one run finds all errors, those between sections among them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from falseflag.case import schema
from falseflag.case.conditions import OTHERS, OTHERS_NAME, Condition, is_at_or_below
from falseflag.case.elicitation import (
    CHANCE,
    CORRELATION,
    PROBABILITY,
    RELIABILITY,
    Interval,
    Target,
    read_elicited,
    read_probability,
    read_ratio,
    written,
)
from falseflag.case.model import (
    ABSENT,
    PRESENT,
    PRESENT_ABSENT,
    Circumstance,
    Deception,
    Group,
    Hypothesis,
    Indicator,
    Proposition,
    Report,
    Source,
    Statements,
)
from falseflag.case.schema import named, require
from falseflag.case.statements import (
    Scope,
    StatementTable,
    read_condition,
    read_one_or_by_condition,
    read_statements,
    unknown_hypothesis,
)
from falseflag.case.values import (
    AUTHOR_CLASS,
    DATE,
    GRADE,
    GRADE_KEY,
    LIKE,
    MODEL,
    NAME_KIND,
    ONE_WORD_TERMS,
    POSITIVE,
    RELEVANCE,
    STRENGTH,
    TEXT,
    TIMEZONE,
    Kind,
    Reading,
    found,
    is_key,
    near_choice,
)  # fmt: skip
from falseflag.case.yaml import Mapping as MappingNode
from falseflag.case.yaml import Node, Scalar, Spot, entries, get, is_null, is_whole
from falseflag.case.yaml import Sequence as SequenceNode
from falseflag.diagnostics import Path, Place, did_you_mean, listed, quoted, suggestion
from falseflag.distributions import AnyDistribution, Beta, Judgement, Point
from falseflag.scales import GRADES, TERMS

DEFAULT_STRENGTH = 10.0
"""Of prior weights and of grades, where none is written."""
DEFAULT_RELEVANCE = 0.5
UNSTATED_CORRELATION = Judgement(Beta(1, 1), "not stated")
"""Of a group without a correlation: nothing is said of how closely its indicators are correlated."""
SILENT, UNKNOWN = "silent", "unknown"
YES_NO = {"yes": "yes", "no": "no"}
RESERVED_VALUES = frozenset({OTHERS_NAME, UNKNOWN, SILENT, "strength", "value", "why", "says"}) | ONE_WORD_TERMS


@dataclass(frozen=True, slots=True)
class Learn:
    """The ``learn`` section, with where its keys stand."""

    spot: Spot
    relevance: float = DEFAULT_RELEVANCE
    why: str = ""
    exclude: Mapping[str, Spot] = field(default_factory=dict)
    before: str = ""


@dataclass(slots=True)
class Sections:
    """Everything that a case file says, as far as it could be read."""

    title: str = ""
    question: str = ""
    date: str = ""
    timezone: str = "UTC"
    notes: str = ""
    prior_strength: float = DEFAULT_STRENGTH
    prior_strength_why: str = ""
    learn: Learn | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    circumstances: dict[str, Circumstance] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    indicators: dict[str, Indicator] = field(default_factory=dict)
    deception: dict[str, Deception] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    propositions: dict[str, Proposition] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    tables: list[tuple[Path, StatementTable]] = field(default_factory=list)
    """Every mapping by condition but those of circumstances, with the path to it."""
    rows: dict[str, StatementTable] = field(default_factory=dict)
    """The probabilities of circumstances."""

    def nodes(self) -> Iterator[Hypothesis]:
        """Yield all hypotheses, parents first."""
        for top in self.hypotheses:
            yield from top.walk()


def read_sections(root: Spot, sections: Sections, reading: Reading) -> None:
    """Read a case file from its root into `sections`."""
    opened = schema.CASE_FILE.open(root, reading) or {}
    _read_texts(opened, sections, reading)
    strength, why = _weighed(opened.get("prior_strength"), STRENGTH, DEFAULT_STRENGTH, reading)
    sections.prior_strength, sections.prior_strength_why = strength, why
    reading.strength = strength
    sections.learn = _learn(opened["learn"], reading) if "learn" in opened else None
    if "hypotheses" in opened:
        sections.hypotheses = _read_hypotheses(opened["hypotheses"], strength, reading)
    sections.scope = _scope(root.node, sections)
    _read_circumstances(opened.get("circumstances"), sections, reading)
    grade_strength, _ = _weighed(opened.get("grade_strength"), STRENGTH, DEFAULT_STRENGTH, reading)
    grades = _read_grades(opened.get("grades"), reading)
    _read_sources(opened.get("sources"), sections, grades, grade_strength, reading)
    known_sources = entries(get(root.node, "sources")) if _is_whole_section(root.node, "sources") else None
    if "indicators" in opened:
        IndicatorReader(
            sections, reading, known_sources, is_learning="learn" in opened or not is_whole(root.node)
        ).read(opened["indicators"])
    known = entries(get(root.node, "indicators")) if _is_whole_section(root.node, "indicators") else None
    _read_deception(opened.get("deception"), sections, known, reading)
    _read_groups(opened.get("dependence"), sections, known, reading)
    _read_propositions(opened.get("propositions"), sections, reading)


def _is_whole_section(root: Node, section: str) -> bool:
    """Return whether all the names in a section could be read."""
    here = get(root, section)
    return is_whole(root if here is None else here)


def _read_texts(opened: Mapping[str, Spot], sections: Sections, reading: Reading) -> None:
    if "extends" in opened:
        TEXT.read(opened["extends"], reading)
    for key, kind in (("title", TEXT), ("question", TEXT), ("notes", TEXT), ("date", DATE), ("timezone", TIMEZONE)):
        if key in opened and (text := kind.read(opened[key], reading)) is not None:
            setattr(sections, key, text)


def _read(opened: Mapping[str, Spot], key: str, kind: Kind[str], reading: Reading, default: str = "") -> str:
    """Read a text; the default where it is not written or cannot be read."""
    value = kind.read(opened[key], reading) if key in opened else None
    return default if value is None else value


def _weighed(spot: Spot | None, kind: Kind[float], default: float, reading: Reading) -> tuple[float, str]:
    """Read a number, or ``{value: …, why: …}``, and return both."""
    if spot is None:
        return default, ""
    if not isinstance(spot.node, MappingNode):
        value = kind.read(spot, reading)
        return default if value is None else value, ""
    opened = schema.EXPLAINED.open(spot, reading) or {}
    value = kind.read(opened["value"], reading) if "value" in opened else None
    return default if value is None else value, _read(opened, "why", TEXT, reading)


def read_terms(root: Node, reading: Reading) -> None:
    """Read the case's own words for probabilities, which elicited values may use."""
    terms = get(root, "terms")
    if terms is None or is_null(terms):
        return None
    entry = entries(root)["terms"]
    spot = Spot(terms, entry.place, ("terms",), root)
    if not isinstance(terms, MappingNode):
        return reading.refuse(spot, f"Should be a mapping but got {found(terms)}")
    for word, below in spot.below():
        if word in TERMS:
            reading.refuse_key(below, f"{quoted(word)} is an ICD 203 term; a word of your own should be another one")
        elif not word.strip() or word[0] in "+-.0123456789" or word in {"certain", "impossible", OTHERS_NAME}:
            reading.refuse_key(below, f"{quoted(word)} cannot be a term: it means something else")
        elif ends := _term_interval(below, reading):
            reading.terms[word] = ends
    return None


def _term_interval(spot: Spot, reading: Reading) -> Interval | None:
    if not isinstance(spot.node, SequenceNode) or len(spot.node.items) != 2:
        return reading.refuse(spot, f"A term should stand for an interval, [low, high], but got {found(spot.node)}")
    low, high = (read_probability(item, PROBABILITY, reading) for item in spot.items())
    if low is None or high is None:
        return None
    if low >= high:
        got = written(spot.node)
        return reading.refuse(spot, f"An interval should be [low, high] with low < high but got {got}")
    return low, high


def _learn(spot: Spot, reading: Reading) -> Learn | None:
    opened = schema.LEARN.open(spot, reading)
    if opened is None:
        return None
    for key, kind in (("from", TEXT), ("model", MODEL)):
        _read(opened, key, kind, reading)
    relevance = RELEVANCE.read(opened["relevance"], reading) if "relevance" in opened else DEFAULT_RELEVANCE
    exclude: dict[str, Spot] = {}
    if "exclude" in opened:
        if not isinstance(opened["exclude"].node, SequenceNode):
            reading.refuse(opened["exclude"], f"Should be a list but got {found(opened['exclude'].node)}")
        for item in opened["exclude"].items():
            name = TEXT.read(item, reading)
            if name is not None:
                exclude[name] = item
    return Learn(
        spot=spot,
        relevance=DEFAULT_RELEVANCE if relevance is None else relevance,
        why=_read(opened, "why", TEXT, reading),
        exclude=exclude,
        before=_read(opened, "before", DATE, reading),
    )


def _check_reserved(name: str, spot: Spot, reading: Reading) -> None:
    if name == OTHERS_NAME:
        text = f"The name '{OTHERS_NAME}' is reserved: in a likelihood it stands for all the rest"
        reading.refuse_key(spot, text)


# hypotheses


@dataclass(frozen=True, slots=True)
class _Above:
    """What a hypothesis has from the one above it: the prior strength, the beginning of its name, the class."""

    strength: float
    path: str = ""
    author_class: str = ""


def _read_hypotheses(spot: Spot, strength: float, reading: Reading) -> tuple[Hypothesis, ...]:
    return tuple(_hypotheses(spot, _Above(strength), reading))


def _hypotheses(spot: Spot, above: _Above, reading: Reading) -> Iterator[Hypothesis]:
    below = named(spot, reading)
    if isinstance(spot.node, MappingNode) and spot.node.whole and len(below) < 2:
        only = f"only {listed(below)}" if below else "none"
        reading.refuse_key(spot, f"Should hold two or more hypotheses but there is {only}")
    for name, entry in below.items():
        _check_reserved(name, entry, reading)
        yield _hypothesis(name, entry, above, reading)


def _hypothesis(name: str, spot: Spot, above: _Above, reading: Reading) -> Hypothesis:
    opened = schema.HYPOTHESIS.open(spot, reading) or {}
    weight, weight_why = _weighed(opened.get("prior"), POSITIVE, 1.0, reading)
    strength, strength_why = _weighed(opened.get("prior_strength"), STRENGTH, above.strength, reading)
    author_class = _read(opened, "class", AUTHOR_CLASS, reading) or above.author_class
    below = _Above(strength, f"{above.path}{name}.", author_class)
    return Hypothesis(
        name=above.path + name,
        label=_read(opened, "label", TEXT, reading) or name,
        weight=weight,
        prior_strength=strength,
        children=tuple(_hypotheses(opened["children"], below, reading)) if "children" in opened else (),
        why=_read(opened, "why", TEXT, reading),
        weight_why=weight_why,
        prior_strength_why=strength_why,
        author_class=author_class,
    )


def is_known(node: Node | None) -> bool:
    """Return whether all the hypotheses of a mapping, and all those below them, could be read."""
    return is_whole(node) and all(
        is_whole(entry.value) and is_known(get(entry.value, "children")) for entry in entries(node).values()
    )


def _scope(root: Node, sections: Sections) -> Scope:
    nodes = dict.fromkeys(node.name for node in sections.nodes())  # ordered, for the same suggestions in every run
    return Scope(nodes=nodes if nodes and is_known(get(root, "hypotheses")) else None)


# circumstances


def _read_circumstances(spot: Spot | None, sections: Sections, reading: Reading) -> None:
    if spot is None:
        sections.scope = Scope(sections.scope.nodes, {})
        return
    below = named(spot, reading)
    opened = {name: schema.CIRCUMSTANCE.open(entry, reading) for name, entry in below.items()}
    values = {name: _values(parts, YES_NO, name, reading) for name, parts in opened.items()}
    for name, entry in below.items():
        _check_reserved(name, entry, reading)
    earlier: dict[str, tuple[str, ...] | None] = {}
    for name, parts in opened.items():
        later = [other for other in below if other not in earlier]
        scope = Scope(sections.scope.nodes, dict(earlier), later)
        if parts is not None and "probability" in parts:
            table = _row_table(parts["probability"], name, values[name], scope, reading)
            if table is not None:
                sections.rows[name] = table
        labels = values[name]
        earlier[name] = None if labels is None else tuple(labels)
        sections.circumstances[name] = Circumstance(
            name=name,
            label=_read(parts or {}, "label", TEXT, reading) or name,
            values=labels or {},
            probability=sections.rows[name].judgements if name in sections.rows else {},
            why=_read(parts or {}, "why", TEXT, reading),
        )
    is_all = isinstance(spot.node, MappingNode) and spot.node.whole
    sections.scope = Scope(sections.scope.nodes, earlier if is_all else None)


def _row_table(
    spot: Spot, name: str, values: Mapping[str, str] | None, scope: Scope, reading: Reading
) -> StatementTable | None:
    target = Target(allows_certainty=True, values=tuple(values or ()), of=name, allows_no_weight=True)
    read = partial(_elicited_as, target) if values else _unreadable
    return read_statements(spot, scope, read, reading)


def _elicited_as(target: Target, spot: Spot, reading: Reading) -> Judgement | None:
    return read_elicited(spot, target, reading)


def _unreadable(spot: Spot, reading: Reading) -> Judgement | None:
    """Pass over a value of which it is not known what values it is about."""
    return reading.refuse(spot, "A value is needed") if is_null(spot.node) else None


def _values(
    opened: Mapping[str, Spot] | None, default: Mapping[str, str], of: str, reading: Reading
) -> Mapping[str, str] | None:
    """Read the values of a circumstance or an indicator with their labels, None where they cannot be read."""
    if opened is None:
        return None
    if "values" not in opened:
        return default
    spot = opened["values"]
    before = len(reading.diagnostics)
    values: dict[str, str] = {}
    if isinstance(spot.node, MappingNode):
        for name, below in named(spot, reading).items():
            _check_value_name(name, below, reading, of_key=True)
            label = name if is_null(below.node) else TEXT.read(below, reading)
            values[name] = label or name
    elif isinstance(spot.node, SequenceNode):
        for item in spot.items():
            value = NAME_KIND.read(item, reading)
            if value is None:
                continue
            _check_value_name(value, item, reading, of_key=False)
            if value in values:
                reading.refuse(item, f"{quoted(value)} is named twice: values should be different")
            values[value] = value
    else:
        return reading.refuse(spot, f"Should be a list or a mapping with labels but got {found(spot.node)}")
    if len(reading.diagnostics) > before:
        return None
    if len(values) < 2:
        only = f"only {listed(values)}" if values else "none"
        return reading.refuse(spot, f"Should hold two or more values but there is {only}")
    return values


def _check_value_name(name: str, spot: Spot, reading: Reading, *, of_key: bool) -> None:
    if name in RESERVED_VALUES or name in reading.terms:
        refuse = reading.refuse_key if of_key else reading.refuse
        refuse(spot, f"A value cannot be named {quoted(name)}: it means something else in a case file")


# sources


def _read_grades(spot: Spot | None, reading: Reading) -> dict[str, Judgement]:
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


def _read_sources(
    spot: Spot | None, sections: Sections, grades: Mapping[str, Judgement], strength: float, reading: Reading
) -> None:
    if spot is None:
        return
    for name, entry in named(spot, reading).items():
        _check_reserved(name, entry, reading)
        opened = schema.SOURCE.open(entry, reading) or {}
        grade = _read(opened, "grade", GRADE, reading)
        own_strength, _ = _weighed(opened.get("grade_strength"), STRENGTH, strength, reading)
        own = _read_reliability(opened, sections, reading)
        graded = {OTHERS: reliability_of(grade, grades, own_strength)} if grade else None
        sections.sources[name] = Source(
            name=name,
            label=_read(opened, "label", TEXT, reading) or name,
            grade=grade,
            reliability=own if own is not None else graded,
            why=_read(opened, "why", TEXT, reading),
        )


def _read_reliability(opened: Mapping[str, Spot], sections: Sections, reading: Reading) -> Statements | None:
    return _read_conditional(opened, "reliability", RELIABILITY, sections, reading)


def _read_conditional(
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
            _check_reserved(name, entry, self._reading)
            opened = schema.INDICATOR.open(entry, self._reading)
            if opened is not None:
                self._sections.indicators[name] = self._indicator(name, entry, opened)

    def _indicator(self, name: str, spot: Spot, opened: Mapping[str, Spot]) -> Indicator:
        reading = self._reading
        values = _values(opened, PRESENT_ABSENT, name, reading)
        self._check_together(opened, spot)
        observed = self._observed(opened, spot, values)
        source, where, seen = (_read(opened, "source", NAME_KIND, reading), _read(opened, "where", TEXT, reading),
                               _read(opened, "seen", DATE, reading))  # fmt: skip
        if source and "source" in opened:
            self._check_source(source, opened["source"])
        reliability = _read_reliability(opened, self._sections, reading)
        reports = self._reports(opened, values)
        if observed not in {"", UNKNOWN, SILENT}:
            reports = (Report(source, observed, reliability, seen, where),)
            source, where, seen, reliability = "", "", "", None
        return Indicator(
            name=name,
            label=_read(opened, "label", TEXT, reading) or name,
            likelihood=self._likelihood(opened, name, values),
            values=values or PRESENT_ABSENT,
            reports=reports,
            detection=_read_conditional(opened, "detection", CHANCE, self._sections, reading) or {},
            ratios=self._ratios(opened),
            source=source,
            reliability=reliability,
            seen=seen,
            where=where,
            why=_read(opened, "why", TEXT, reading),
            like=_read(opened, "like", LIKE, reading),
            unlike=_read(opened, "unlike", LIKE, reading),
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
            require(spot, "observed", self._reading)
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
            require(spot, "likelihood", self._reading, only)

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
        return self._value(observed, values, also=(UNKNOWN, SILENT)) or ""

    def _check_silent(self, opened: Mapping[str, Spot], spot: Spot) -> None:
        self._reading.is_second_edition = True
        if "values" in opened:
            text = f"Only an indicator without values of its own, {PRESENT} or {ABSENT}, can be '{SILENT}'"
            self._reading.refuse(opened["observed"], text)
        for key in ("source", "reliability"):
            self._refuse_with(opened, key, f"'{SILENT}' takes no '{key}': nobody reported anything")
        if "detection" not in opened and is_whole(spot.node):
            more = f": '{SILENT}' needs the probability that one would have heard of it"
            require(spot, "detection", self._reading, more)

    def _value(self, spot: Spot, values: Mapping[str, str] | None, also: tuple[str, ...] = ()) -> str | None:
        """Read one of an indicator's values."""
        if values is None:
            return None
        text = spot.node.text if isinstance(spot.node, Scalar) else ""
        if text in values:
            return text
        choices = (*values, *also)
        near = did_you_mean(near_choice(text, choices)) if text else ""
        what = f"{', '.join(choices[:-1])} or {choices[-1]}"
        return self._reading.refuse(spot, f"Should be {what} but got {found(spot.node)}{'.' + near if near else ''}")

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
                texts = {key: _read(parts, key, DATE if key == "seen" else TEXT, self._reading)
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
        read = partial(_elicited_as, target) if values else _unreadable
        table = read_statements(opened["likelihood"], self._sections.scope, read, self._reading)
        if table is None:
            return {}
        if not (self._is_learning and ("like" in opened or "unlike" in opened)):
            self._sections.tables.append((opened["likelihood"].path, table))
        else:
            self._sections.tables.append(
                (opened["likelihood"].path, StatementTable(table.spot, table.rows, is_whole=False))
            )
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


# deception


def _read_deception(
    spot: Spot | None, sections: Sections, known: Mapping[str, object] | None, reading: Reading
) -> None:
    if spot is None:
        return
    if not isinstance(spot.node, MappingNode):
        reading.refuse(spot, f"Should be a mapping but got {found(spot.node)}")
        return
    nodes = sections.scope.nodes
    for node, entry in spot.below():
        opened = schema.DECEPTION.open(entry, reading) or {}
        if nodes is not None and node not in nodes:
            reading.refuse_key(entry, partial(unknown_hypothesis, node, nodes))
        for other in sections.deception:
            if is_at_or_below(node, other) or is_at_or_below(other, node):
                text = f"{quoted(node)} and {quoted(other)} lie one below the other: one entry for both of them"
                reading.refuse_key(entry, text)
        blames = _blamed(opened["blames"], node, sections, reading) if "blames" in opened else None
        attempt = read_elicited(opened["attempt"], CHANCE, reading) if "attempt" in opened else None
        reach = _reach(opened["reach"], sections, known, reading) if "reach" in opened else {}
        why = _read(opened, "why", TEXT, reading)
        if blames is not None and (nodes is None or node in nodes):
            attempted = attempt or Judgement(Point(0.5), "")
            sections.deception[node] = Deception(node, blames, attempted, reach, why)


def _blamed(spot: Spot, node: str, sections: Sections, reading: Reading) -> Condition | None:
    if not isinstance(spot.node, Scalar):
        return reading.refuse(spot, f"Should be a condition, such as 'ukraine', but got {found(spot.node)}")
    condition = read_condition(spot.node.text, spot, sections.scope, reading)
    if condition is None:
        return None
    if not condition.node:
        return reading.refuse(spot, f"Should name the hypothesis to be blamed but got {quoted(spot.node.text)}")
    if is_at_or_below(condition.node, node):
        return reading.refuse(
            spot, f"Should blame a hypothesis outside {quoted(node)} but got {quoted(condition.node)}"
        )
    below = [each.name for each in sections.nodes() if each.name == condition.node and each.children]
    if below:
        leaves = [
            each.name
            for each in sections.nodes()
            if not each.children and is_at_or_below(each.name, condition.node) and not is_at_or_below(each.name, node)
        ]
        text = f"Should blame one leaf but {quoted(condition.node)} has others below it: {listed(leaves)}"
        return reading.refuse(spot, text)
    return condition


def _reach(
    spot: Spot, sections: Sections, known: Mapping[str, object] | None, reading: Reading
) -> dict[str, Judgement]:
    reach: dict[str, Judgement] = {}
    for name, below in named(spot, reading).items():
        judgement = read_elicited(below, CHANCE, reading)
        if known is not None and name not in known and not is_null(below.node):
            reading.refuse_key(below, partial(_unknown, "indicator", name, known))
        elif name in sections.indicators and sections.indicators[name].ratios:
            text = "An indicator with 'ratios' cannot be in reach: they are of the report as it stands"
            reading.refuse_key(below, text)
        elif judgement is not None:
            reach[name] = judgement
    return reach


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    return f"Unknown {what} {quoted(name)}.{suggestion(name, known)}"


# dependence


def _read_groups(spot: Spot | None, sections: Sections, known: Mapping[str, object] | None, reading: Reading) -> None:
    if spot is None:
        return
    first: dict[str, tuple[str, Place]] = {}
    for name, entry in named(spot, reading).items():
        _check_reserved(name, entry, reading)
        opened = schema.GROUP.open(entry, reading) or {}
        members = (
            _members(opened["indicators"], name, first, known, sections, reading) if "indicators" in opened else ()
        )
        correlation = _read_conditional(opened, "correlation", CORRELATION, sections, reading)
        sections.groups[name] = Group(
            name=name,
            label=_read(opened, "label", TEXT, reading) or name,
            indicators=members,
            correlation={OTHERS: UNSTATED_CORRELATION} if correlation is None else correlation,
            why=_read(opened, "why", TEXT, reading),
        )


def _members(
    spot: Spot,
    group: str,
    first: dict[str, tuple[str, Place]],
    known: Mapping[str, object] | None,
    sections: Sections,
    reading: Reading,
) -> tuple[str, ...]:
    if not isinstance(spot.node, SequenceNode):
        reading.refuse(spot, f"Should be a list but got {found(spot.node)}")
        return ()
    if not spot.node.items:
        reading.refuse_key(spot, "Should name one indicator or more but is empty")
    members: list[str] = []
    for item in spot.items():
        name = NAME_KIND.read(item, reading)
        if name is None:
            continue
        members.append(name)
        if name in first:
            _refuse_repeated(name, item, group, first[name], reading)
        elif known is not None and name not in known:
            reading.refuse(item, partial(_unknown, "indicator", name, known))
        elif name in sections.indicators:
            _check_member(sections.indicators[name], item, reading)
        first.setdefault(name, (group, item.place))
    return tuple(members)


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


# propositions


def _read_propositions(spot: Spot | None, sections: Sections, reading: Reading) -> None:
    if spot is None:
        return
    for name, entry in named(spot, reading).items():
        _check_reserved(name, entry, reading)
        opened = schema.PROPOSITION.open(entry, reading) or {}
        conditions = _when(opened["when"], sections.scope, reading) if "when" in opened else ()
        sections.propositions[name] = Proposition(
            name=name,
            label=_read(opened, "label", TEXT, reading) or name,
            when=conditions,
            why=_read(opened, "why", TEXT, reading),
        )


def _when(spot: Spot, scope: Scope, reading: Reading) -> tuple[Condition, ...]:
    if isinstance(spot.node, MappingNode):
        reading.refuse(spot, f"Should be a condition or a list of conditions but got {found(spot.node)}")
        return ()
    if isinstance(spot.node, SequenceNode) and not spot.node.items:
        reading.refuse_key(spot, "Should name one condition or more but is empty")
    conditions: dict[Condition, str] = {}
    for item in [spot] if isinstance(spot.node, Scalar) else spot.items():
        text = TEXT.read(item, reading)
        condition = read_condition(text, item, scope, reading) if text is not None else None
        if condition is None or text is None:
            continue
        if condition in conditions:
            reading.refuse(item, f"{quoted(text)} says the same as {quoted(conditions[condition])}")
        conditions.setdefault(condition, text)
    return tuple(conditions)
