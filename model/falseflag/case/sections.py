"""Reads the sections of a case file into the parts of a `Case`, as far as each could be read.

What is malformed is reported and left out, so that one run finds all errors, those between sections among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from falseflag.case import schema
from falseflag.case.conditions import OTHERS_NAME, Condition, is_at_or_below
from falseflag.case.elicitation import Interval, read_elicited, written
from falseflag.case.model import (
    Circumstance,
    Deception,
    Group,
    Hypothesis,
    Indicator,
    Proposition,
    Source,
)
from falseflag.case.schema import named
from falseflag.case.statements import (
    Scope,
    StatementTable,
    elicited_as,
    read_condition,
    read_statements,
    unknown_hypothesis,
)
from falseflag.case.states import MAX_CIRCUMSTANCES
from falseflag.case.values import (  # fmt: skip
    AUTHOR_CLASS,
    CHANCE,
    DATE,
    MODEL,
    NAME_KIND,
    ONE_WORD_TERMS,
    POSITIVE,
    PROBABILITY,
    RELEVANCE,
    STRENGTH,
    TEXT,
    TIMEZONE,
    Kind,
    Reading,
    Target,
    found,
    read_probability,
)
from falseflag.case.yaml import Mapping as MappingNode
from falseflag.case.yaml import Node, Scalar, Spot, entries, get, is_null, is_whole
from falseflag.case.yaml import Sequence as SequenceNode
from falseflag.diagnostics import Path, listed, quoted, suggestion
from falseflag.distributions import Judgement, Point
from falseflag.record.rates import HIERARCHICAL
from falseflag.scales import TERMS

DEFAULT_STRENGTH = 10.0
"""Of prior weights and of grades, where none is written."""
DEFAULT_RELEVANCE = 0.5
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
    when: list[tuple[Condition, Spot]] = field(default_factory=list)
    """The conditions of propositions, with where they stand."""

    def nodes(self) -> Iterator[Hypothesis]:
        """Yield all hypotheses, parents first."""
        for top in self.hypotheses:
            yield from top.walk()


def read_texts(opened: Mapping[str, Spot], sections: Sections, reading: Reading) -> None:
    """Read the texts at the top of a case."""
    if "extends" in opened:
        TEXT.read(opened["extends"], reading)
    for key, kind in (("title", TEXT), ("question", TEXT), ("notes", TEXT), ("date", DATE), ("timezone", TIMEZONE)):
        if key in opened and (text := kind.read(opened[key], reading)) is not None:
            setattr(sections, key, text)


def read_text(opened: Mapping[str, Spot], key: str, kind: Kind[str], reading: Reading, default: str = "") -> str:
    """Read a text; the default where it is not written or cannot be read."""
    value = kind.read(opened[key], reading) if key in opened else None
    return default if value is None else value


def read_weighed(spot: Spot | None, kind: Kind[float], default: float, reading: Reading) -> tuple[float, str]:
    """Read a number, or ``{value: …, why: …}``, and return both."""
    if spot is None:
        return default, ""
    if not isinstance(spot.node, MappingNode):
        value = kind.read(spot, reading)
        return default if value is None else value, ""
    opened = schema.EXPLAINED.open(spot, reading) or {}
    value = kind.read(opened["value"], reading) if "value" in opened else None
    return default if value is None else value, read_text(opened, "why", TEXT, reading)


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


def read_learn(spot: Spot, reading: Reading) -> Learn | None:
    """Read ``learn``, but for the record itself."""
    opened = schema.LEARN.open(spot, reading)
    if opened is None:
        return None
    read_text(opened, "from", TEXT, reading)
    if read_text(opened, "model", MODEL, reading) == HIERARCHICAL:
        for key in ("exclude", "before"):
            if key in opened:
                text = f"Fitted rates are of the whole record: leave '{key}' out, or write 'model: counts'"
                reading.refuse_key(opened[key], text)
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
        why=read_text(opened, "why", TEXT, reading),
        exclude=exclude,
        before=read_text(opened, "before", DATE, reading),
    )


def check_reserved(name: str, spot: Spot, reading: Reading) -> None:
    """Report the name ``others``."""
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


def read_hypotheses(spot: Spot, strength: float, reading: Reading) -> tuple[Hypothesis, ...]:
    """Read the tree of hypotheses."""
    return tuple(_hypotheses(spot, _Above(strength), reading))


def _hypotheses(spot: Spot, above: _Above, reading: Reading) -> Iterator[Hypothesis]:
    below = named(spot, reading)
    if isinstance(spot.node, MappingNode) and spot.node.whole and len(below) < 2:
        only = f"only {listed(below)}" if below else "none"
        reading.refuse_key(spot, f"Should hold two or more hypotheses but there is {only}")
    for name, entry in below.items():
        check_reserved(name, entry, reading)
        yield _hypothesis(name, entry, above, reading)


def _hypothesis(name: str, spot: Spot, above: _Above, reading: Reading) -> Hypothesis:
    opened = schema.HYPOTHESIS.open(spot, reading) or {}
    weight, weight_why = read_weighed(opened.get("prior"), POSITIVE, 1.0, reading)
    strength, strength_why = read_weighed(opened.get("prior_strength"), STRENGTH, above.strength, reading)
    author_class = read_text(opened, "class", AUTHOR_CLASS, reading) or above.author_class
    below = _Above(strength, f"{above.path}{name}.", author_class)
    return Hypothesis(
        name=above.path + name,
        label=read_text(opened, "label", TEXT, reading) or name,
        weight=weight,
        prior_strength=strength,
        children=tuple(_hypotheses(opened["children"], below, reading)) if "children" in opened else (),
        why=read_text(opened, "why", TEXT, reading),
        weight_why=weight_why,
        prior_strength_why=strength_why,
        author_class=author_class,
    )


def is_known(node: Node | None) -> bool:
    """Return whether all the hypotheses of a mapping, and all those below them, could be read."""
    return is_whole(node) and all(
        is_whole(entry.value) and is_known(get(entry.value, "children")) for entry in entries(node).values()
    )


def scope_of(root: Node, sections: Sections) -> Scope:
    """Return what conditions may name before circumstances are known."""
    nodes = dict.fromkeys(node.name for node in sections.nodes())  # ordered, for the same suggestions in every run
    return Scope(nodes=nodes if nodes and is_known(get(root, "hypotheses")) else None)


# circumstances


def read_circumstances(spot: Spot | None, sections: Sections, reading: Reading) -> None:
    """Read the circumstances, of which later ones may depend on earlier ones."""
    if spot is None:
        sections.scope = Scope(sections.scope.nodes, {})
        return
    below = named(spot, reading)
    if len(below) > MAX_CIRCUMSTANCES:
        reading.refuse_key(spot, f"A case should have at most {MAX_CIRCUMSTANCES} circumstances but has {len(below):,}")
        below = dict(islice(below.items(), MAX_CIRCUMSTANCES))
    opened = {name: schema.CIRCUMSTANCE.open(entry, reading) for name, entry in below.items()}
    values = {name: read_values(parts, YES_NO, reading) for name, parts in opened.items()}
    for name, entry in below.items():
        check_reserved(name, entry, reading)
    earlier: dict[str, tuple[str, ...] | None] = {}
    for name, parts in opened.items():
        later = [other for other in below if other not in earlier]
        scope = Scope(sections.scope.nodes, dict(earlier), later, of=name)
        if parts is not None and "probability" in parts:
            table = _row_table(parts["probability"], name, values[name], scope, reading)
            if table is not None:
                sections.rows[name] = table
        labels = values[name]
        earlier[name] = None if labels is None else tuple(labels)
        sections.circumstances[name] = Circumstance(
            name=name,
            label=read_text(parts or {}, "label", TEXT, reading) or name,
            values=labels or {},
            probability=sections.rows[name].judgements if name in sections.rows else {},
            why=read_text(parts or {}, "why", TEXT, reading),
        )
    is_all = isinstance(spot.node, MappingNode) and spot.node.whole and len(below) == len(spot.node.entries)
    sections.scope = Scope(sections.scope.nodes, earlier if is_all else None)


def _row_table(
    spot: Spot, name: str, values: Mapping[str, str] | None, scope: Scope, reading: Reading
) -> StatementTable | None:
    target = Target(allows_certainty=True, values=tuple(values or ()), of=name, allows_no_weight=True)
    read = partial(elicited_as, target) if values else unreadable
    return read_statements(spot, scope, read, reading, values or ())


def unreadable(spot: Spot, reading: Reading) -> Judgement | None:
    """Pass over a value of which it is not known what values it is about."""
    return reading.refuse(spot, "A value is needed") if is_null(spot.node) else None


def read_values(
    opened: Mapping[str, Spot] | None, default: Mapping[str, str], reading: Reading
) -> Mapping[str, str] | None:
    """Read the values of a circumstance or an indicator with their labels, None where they cannot be read."""
    if opened is None or "values" not in opened:
        return default if opened is not None else None
    spot, before = opened["values"], len(reading.diagnostics)
    if isinstance(spot.node, MappingNode):
        values = _labelled_values(spot, reading)
    elif isinstance(spot.node, SequenceNode):
        values = _listed_values(spot, reading)
    else:
        return reading.refuse(spot, f"Should be a list or a mapping with labels but got {found(spot.node)}")
    if len(reading.diagnostics) > before:
        return None
    if len(values) < 2:
        only = f"only {listed(values)}" if values else "none"
        return reading.refuse_key(spot, f"Should hold two or more values but there is {only}")
    return values


def _labelled_values(spot: Spot, reading: Reading) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, below in named(spot, reading).items():
        _check_value_name(name, below, reading, of_key=True)
        label = name if is_null(below.node) else TEXT.read(below, reading)
        values[name] = label or name
    return values


def _listed_values(spot: Spot, reading: Reading) -> dict[str, str]:
    values: dict[str, str] = {}
    for item in spot.items():
        value = NAME_KIND.read(item, reading)
        if value is None:
            continue
        _check_value_name(value, item, reading, of_key=False)
        if value in values:
            reading.refuse(item, f"{quoted(value)} is named twice: values should be different")
        values[value] = value
    return values


def _check_value_name(name: str, spot: Spot, reading: Reading, *, of_key: bool) -> None:
    if name in RESERVED_VALUES or name in reading.terms:
        refuse = reading.refuse_key if of_key else reading.refuse
        refuse(spot, f"A value cannot be named {quoted(name)}: it means something else in a case file")


# deception


def read_deception(spot: Spot | None, sections: Sections, known: Mapping[str, object] | None, reading: Reading) -> None:
    """Read who may stage evidence; `known` holds all indicators, None where some could not be read."""
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
        if nodes is None or node in nodes:
            _check_apart(node, entry, entries(spot.node), reading)
        blames = _blamed(opened["blames"], node, sections, reading) if "blames" in opened else None
        attempt = read_elicited(opened["attempt"], CHANCE, reading) if "attempt" in opened else None
        reach = _reach(opened["reach"], sections, known, reading) if "reach" in opened else {}
        why = read_text(opened, "why", TEXT, reading)
        if blames is not None and (nodes is None or node in nodes):
            attempted = attempt or Judgement(Point(0.5), "")
            sections.deception[node] = Deception(node, blames, attempted, reach, why)


def _check_apart(node: str, spot: Spot, others: Mapping[str, object], reading: Reading) -> None:
    """Report an entry for a hypothesis that lies below that of another entry."""
    above = node.rpartition(".")[0]
    while above:
        if above in others:
            text = f"{quoted(node)} lies below {quoted(above)}, which has an entry already: one for both of them"
            reading.refuse_key(spot, text)
        above = above.rpartition(".")[0]


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
            reading.refuse_key(below, partial(unknown_name, "indicator", name, known))
        elif name in sections.indicators and sections.indicators[name].ratios:
            text = "An indicator with 'ratios' cannot be in reach: they are of the report as it stands"
            reading.refuse_key(below, text)
        elif judgement is not None:
            reach[name] = judgement
    return reach


def unknown_name(what: str, name: str, known: Mapping[str, object]) -> str:
    """Word that nothing of this name is there."""
    return f"Unknown {what} {quoted(name)}.{suggestion(name, known)}"


# propositions


def read_propositions(spot: Spot | None, sections: Sections, reading: Reading) -> None:
    """Read the further questions."""
    if spot is None:
        return
    for name, entry in named(spot, reading).items():
        check_reserved(name, entry, reading)
        opened = schema.PROPOSITION.open(entry, reading) or {}
        conditions = _when(opened["when"], sections, reading) if "when" in opened else ()
        sections.propositions[name] = Proposition(
            name=name,
            label=read_text(opened, "label", TEXT, reading) or name,
            when=conditions,
            why=read_text(opened, "why", TEXT, reading),
        )


def _when(spot: Spot, sections: Sections, reading: Reading) -> tuple[Condition, ...]:
    if isinstance(spot.node, MappingNode):
        reading.refuse(spot, f"Should be a condition or a list of conditions but got {found(spot.node)}")
        return ()
    if isinstance(spot.node, SequenceNode) and not spot.node.items:
        reading.refuse_key(spot, "Should name one condition or more but is empty")
    conditions: dict[Condition, str] = {}
    for item in [spot] if isinstance(spot.node, Scalar) else spot.items():
        text = TEXT.read(item, reading)
        condition = read_condition(text, item, sections.scope, reading) if text is not None else None
        if condition is None or text is None:
            continue
        if condition in conditions:
            reading.refuse(item, f"{quoted(text)} says the same as {quoted(conditions[condition])}")
        else:
            conditions[condition] = text
            sections.when.append((condition, item))
    return tuple(conditions)
