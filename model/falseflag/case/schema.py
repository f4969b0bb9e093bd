"""The keys that each part of a case file has: what `check` compares a file with and `falseflag schema` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from falseflag.case import elicitation
from falseflag.case.values import (  # fmt: skip
    AUTHOR_CLASS,
    CHANCE,
    CORRELATION,
    DATE,
    GRADE,
    LIKE,
    MODEL,
    NAME,
    NAME_KIND,
    POSITIVE,
    PROBABILITY,
    RELEVANCE,
    RELIABILITY,
    STRENGTH,
    TEXT,
    TIMEZONE,
    Kind,
    Reading,
    Target,
    found,
    is_key,
    number_schema,
)
from falseflag.case.yaml import Mapping as MappingNode
from falseflag.case.yaml import Spot, is_null, is_whole, no_break_space
from falseflag.diagnostics import quoted, suggestion
from falseflag.scales import TERMS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CASE, HYPOTHESIS_NAME = "Case", "Hypothesis"


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """A key of a record: its JSON Schema, what it means, whether it is needed, whether the first edition had it."""

    name: str
    schema: Mapping[str, Any]
    description: str
    is_required: bool = False
    is_new: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A mapping with known keys, of which one that holds nothing counts as not written."""

    name: str
    description: str
    keys: tuple[Key, ...]
    more_schema: Mapping[str, Any]

    def open(self, spot: Spot, reading: Reading) -> dict[str, Spot] | None:
        """Return the values by key; unknown keys, and those that are missing, are reported."""
        if not isinstance(spot.node, MappingNode):
            return reading.refuse(spot, f"Should be a mapping but got {found(spot.node)}")
        if spot.node.is_unread:
            return None
        known = {key.name: key for key in self.keys}
        opened: dict[str, Spot] = {}
        for key, below in spot.below():
            if key not in known:
                reading.refuse_key(below, partial(_unknown_key, key, known))
            elif not is_null(below.node):
                opened[key] = below
                reading.is_second_edition |= known[key].is_new
        for wanted in self.keys:
            if wanted.is_required and wanted.name not in opened and is_whole(spot.node):
                reading.require(spot, wanted.name)
        return opened

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the record."""
        required = [key.name for key in self.keys if key.is_required]
        return {
            "type": "object",
            "description": self.description,
            "properties": {key.name: {**key.schema, "description": key.description} for key in self.keys},
            **({"required": required} if required else {}),
            "additionalProperties": False,
            **self.more_schema,
        }


def _unknown_key(key: str, known: Mapping[str, Key]) -> str:
    return f"Unknown key {quoted(key)}.{suggestion(key, known) or no_break_space(key)[1:]}"


def named(spot: Spot, reading: Reading) -> dict[str, Spot]:
    """Return the values of a mapping by name; what is no mapping, or no name, is reported."""
    if not isinstance(spot.node, MappingNode):
        reading.refuse(spot, f"Should be a mapping but got {found(spot.node)}")
        return {}
    return {key: below for key, below in spot.below() if is_key(NAME_KIND, key, below, reading) or True}


# JSON Schema of values that are not elicited

_REF = "#/$defs/"


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": _REF + name}


def _explained(kind: Kind[Any]) -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": {"value": kind.json_schema, "why": TEXT.json_schema},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [kind.json_schema, form]}


def _names(below: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    return {"type": "object", "patternProperties": {f"^({NAME})$": below}, "additionalProperties": False, **more}


_NODE = rf"{NAME}(\.{NAME})*"
_PART = rf"({_NODE}|{NAME} *= *{NAME})"
CONDITION_PATTERN = rf"^{_PART}( *& *{_PART})*$"


def _by_condition(below: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "patternProperties": {CONDITION_PATTERN: below}, "additionalProperties": False}


def _one_or_by_condition(name: str) -> dict[str, Any]:
    return {"anyOf": [_ref(name), _by_condition(_ref(name))]}


_WEIGHTS = {
    "type": "object",
    "description": "Weights of the values, and how many observations they are worth.",
    "properties": {"strength": STRENGTH.json_schema},
    "patternProperties": {f"^(?!strength$)({NAME})$": {"type": "number", "minimum": 0}},
    "additionalProperties": False,
    "minProperties": 1,
}
_VALUES = {
    "anyOf": [
        {"type": "array", "items": {"type": ["string", "boolean"]}, "minItems": 2, "uniqueItems": True},
        {**_names({"anyOf": [TEXT.json_schema, {"type": "null"}]}), "minProperties": 2},
    ]
}
_EXPLAINED_WEIGHTS = {
    "type": "object",
    "properties": {"value": _WEIGHTS, "why": TEXT.json_schema},
    "required": ["value"],
    "additionalProperties": False,
}
_STATEMENT_OF_VALUES = {"anyOf": [_ref("Chance"), _WEIGHTS, _EXPLAINED_WEIGHTS]}
_ONE_VALUE = {"type": ["string", "boolean"], "pattern": f"^({NAME})$"}
_ROW = {
    "anyOf": [
        *_STATEMENT_OF_VALUES["anyOf"],
        _ONE_VALUE,
        {**_EXPLAINED_WEIGHTS, "properties": {"value": _ONE_VALUE, "why": TEXT.json_schema}},
    ]
}
_OBSERVED = _ONE_VALUE
_CONDITIONS = {"type": "string", "pattern": CONDITION_PATTERN}

_PLAIN_RATIO: dict[str, Any] = {
    "anyOf": [
        POSITIVE.json_schema,
        {"type": "array", "items": POSITIVE.json_schema, "minItems": 2, "maxItems": 2},
    ]
}
_RATIO: dict[str, Any] = {
    "anyOf": [
        *_PLAIN_RATIO["anyOf"],
        {
            "type": "object",
            "properties": {"value": _PLAIN_RATIO, "why": TEXT.json_schema},
            "required": ["value"],
            "additionalProperties": False,
        },
    ]
}

# the records

LABEL = Key("label", TEXT.json_schema, "Name for people; the key if there is none.")
WHY = Key("why", TEXT.json_schema, "The reason, so that the judgement can be argued with.")
SEEN = Key("seen", DATE.json_schema, "When it became known.")
WHERE = Key("where", TEXT.json_schema, "Place in the source, such as a paragraph.")
OWN_RELIABILITY = Key(
    "reliability",
    _one_or_by_condition("Reliability"),
    "P(a report says what is true), of its own; it goes before the source's.",
)

EXPLAINED = Record(
    "Explained",
    "A number with the reason for it.",
    (Key("value", {}, "The number.", is_required=True), WHY),
    {},
)
HYPOTHESIS = Record(
    HYPOTHESIS_NAME,
    "A hypothesis; with children, a branching into more specific ones.",
    (
        LABEL,
        WHY,
        Key("prior", _explained(POSITIVE), "Prior weight relative to its siblings; 1 by default."),
        Key(
            "prior_strength",
            _explained(STRENGTH),
            "How firmly the children's weights are held, worth this many past cases; inherited.",
        ),
        Key(
            "class",
            AUTHOR_CLASS.json_schema,
            "Class of author in a record of resolved cases; inherited by those below.",
        ),
        Key(
            "children",
            _names(_ref(HYPOTHESIS_NAME), minProperties=2),
            "More specific hypotheses, two or more.",
        ),
    ),
    {},
)
CIRCUMSTANCE = Record(
    "Circumstance",
    "What is not the question but what the evidence depends on.",
    (
        LABEL,
        WHY,
        Key("values", _VALUES, "Its values, with labels or as a list; [yes, no] by default."),
        Key(
            "probability",
            {**_by_condition(_ROW), "minProperties": 1},
            "Of the values, given the hypothesis and circumstances written earlier.",
            is_required=True,
        ),
    ),
    {},
)
SOURCE = Record(
    "Source",
    "Where reports come from.",
    (
        LABEL,
        WHY,
        Key("grade", GRADE.json_schema, "Admiralty grade: a letter for the source, a digit for the information."),
        Key(
            "grade_strength",
            _explained(STRENGTH),
            "How many reports the grade is worth; the case's grade_strength by default.",
            is_new=True,
        ),
        Key(
            "reliability",
            _one_or_by_condition("Reliability"),
            "P(a report says what is true); it goes before the grade.",
        ),
    ),
    {},
)
REPORT = Record(
    "Report",
    "What one source says.",
    (Key("says", _OBSERVED, "The value reported.", is_required=True), SEEN, WHERE, OWN_RELIABILITY, WHY),
    {},
)
INDICATOR = Record(
    "Indicator",
    "A fact about the incident, and what was reported of it.",
    (
        LABEL,
        WHY,
        Key("values", _VALUES, "Its values, with labels or as a list; [present, absent] by default.", is_new=True),
        Key("observed", _OBSERVED, "The value reported, or unknown, or silent."),
        Key("source", NAME_KIND.json_schema, "Key of the source; gives the reliability."),
        WHERE,
        SEEN,
        OWN_RELIABILITY,
        Key(
            "reports",
            _names({"anyOf": [_OBSERVED, _ref("Report")]}, minProperties=1),
            "What several sources say, by source; in place of observed, source, reliability, seen and where.",
            is_new=True,
        ),
        Key(
            "detection",
            _one_or_by_condition("Chance"),
            "Of a silent indicator: P(one would have heard of it, if it were so).",
            is_new=True,
        ),
        Key(
            "ratios",
            {**_by_condition(_RATIO), "minProperties": 1},
            "How probable the report as it stands is, up to a common factor; in place of observed and likelihood.",
            is_new=True,
        ),
        Key("like", LIKE.json_schema, "The record's indicator that says the same; a case with 'learn' learns from it."),
        Key("unlike", LIKE.json_schema, "The record's indicator that says the opposite."),
        Key(
            "likelihood",
            {**_by_condition(_STATEMENT_OF_VALUES), "examples": [{"ukraine.message": "likely", "others": [0.1, 0.4]}]},
            "P(first value | condition), or weights of the values; every state must be covered.",
        ),
    ),
    {
        "anyOf": [{"required": [key]} for key in ("likelihood", "like", "unlike", "ratios")],
        "oneOf": [{"required": [key]} for key in ("observed", "reports", "ratios")],
    },
)
DECEPTION = Record(
    "Deception",
    "How the author of a hypothesis may shape the evidence.",
    (
        Key("blames", _CONDITIONS, "The leaf to be blamed, and circumstances to be feigned.", is_required=True),
        Key("attempt", _ref("Chance"), "Chance that evidence is staged at all.", is_required=True),
        Key(
            "reach",
            _names(_ref("Chance")),
            "For each indicator within reach, the chance that staging takes.",
            is_required=True,
        ),
        WHY,
    ),
    {},
)
GROUP = Record(
    "Group",
    "Indicators that are correlated, given the state.",
    (
        LABEL,
        WHY,
        Key(
            "indicators",
            {"type": "array", "items": NAME_KIND.json_schema, "minItems": 1, "uniqueItems": True},
            "Keys of the indicators.",
            is_required=True,
        ),
        Key(
            "correlation",
            _one_or_by_condition("Correlation"),
            "How closely they are correlated: 0 not at all, towards 1 as if one.",
        ),
    ),
    {},
)
PROPOSITION = Record(
    "Proposition",
    "A further question: a set of states.",
    (
        LABEL,
        WHY,
        Key(
            "when",
            {"anyOf": [_CONDITIONS, {"type": "array", "items": _CONDITIONS, "minItems": 1}]},
            "A condition, or a list of which any may hold.",
            is_required=True,
        ),
    ),
    {},
)
LEARN = Record(
    "Learn",
    "A record of resolved cases, which linked likelihoods learn from.",
    (
        Key("from", TEXT.json_schema, "The record, a CSV file; a path relative to this file.", is_required=True),
        Key("relevance", RELEVANCE.json_schema, "What a resolved case counts, compared with one like this; 0.5."),
        Key("model", MODEL.json_schema, "Counts that are added to the judgement, or fitted rates in its place."),
        Key(
            "exclude",
            {"type": "array", "items": TEXT.json_schema, "uniqueItems": True},
            "Incidents of the record that are left out, such as this case itself.",
            is_new=True,
        ),
        Key("before", DATE.json_schema, "Only incidents before this date are learned from.", is_new=True),
        WHY,
    ),
    {},
)
_GRADE_KEYS = "^([A-F](/?[1-6])?|[1-6])$"
CASE_FILE = Record(
    CASE,
    "A contested incident: who may have done it, what is known, and how telling that is.",
    (
        Key("extends", TEXT.json_schema, "Case over which this one is laid key by key; a path relative to this file."),
        Key("title", TEXT.json_schema, "Name of the case.", is_required=True),
        Key("question", TEXT.json_schema, "What the case is to answer."),
        Key("date", DATE.json_schema, "When it happened."),
        Key(
            "timezone", TIMEZONE.json_schema, "In which dates without an offset are read; UTC by default.", is_new=True
        ),
        Key("notes", TEXT.json_schema, "Anything worth saying of the case as a whole."),
        Key(
            "prior_strength",
            _explained(STRENGTH),
            "How firmly the prior weights are held, worth this many past cases; 10 by default.",
        ),
        Key(
            "grade_strength",
            _explained(STRENGTH),
            "How many reports a grade is worth as knowledge of the reliability; 10 by default.",
            is_new=True,
        ),
        Key("learn", _ref("Learn"), "What linked likelihoods learn from; null in a profile switches it off."),
        Key(
            "grades",
            {"type": "object", "patternProperties": {_GRADE_KEYS: _ref("Reliability")}, "additionalProperties": False},
            "Reliability that a grade stands for, by letter, digit, both (A/1) or full grade (B2).",
        ),
        Key(
            "terms",
            {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": number_schema(PROBABILITY),
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
            "The case's own words for probabilities, each an interval.",
            is_new=True,
        ),
        Key(
            "hypotheses",
            _names(_ref(HYPOTHESIS_NAME), minProperties=2),
            "Who may have done it, as a tree; two or more.",
            is_required=True,
        ),
        Key(
            "circumstances",
            _names(_ref("Circumstance")),
            "What is not the question but what the evidence depends on.",
            is_new=True,
        ),
        Key("sources", _names(_ref("Source")), "Where reports come from."),
        Key("indicators", _names(_ref("Indicator")), "The evidence.", is_required=True),
        Key(
            "deception",
            {"type": "object", "patternProperties": {f"^{_NODE}$": _ref("Deception")}, "additionalProperties": False},
            "Whose author shapes the evidence, by hypothesis.",
            is_new=True,
        ),
        Key("dependence", _names(_ref("Group")), "Correlated indicators; each in one group at most."),
        Key("propositions", _names(_ref("Proposition")), "Further answers: sets of states.", is_new=True),
    ),
    {},
)
RECORDS = (
    CASE_FILE, HYPOTHESIS, CIRCUMSTANCE, SOURCE, REPORT, INDICATOR, DECEPTION, GROUP, PROPOSITION, LEARN
)  # fmt: skip
ELICITED: Mapping[str, Target] = {"Chance": CHANCE, "Reliability": RELIABILITY, "Correlation": CORRELATION}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a case file.

    A file that extends another is compared with the same schema with nothing required and null allowed everywhere: it
    may hold any part of a case, and null removes a key. Where a case has terms of its own, or may have them from the
    case that it extends, any words are allowed for an elicited value.
    """
    parts: dict[str, Any] = {record.name: record.json_schema() for record in RECORDS}
    parts |= {
        name: {**elicitation.json_schema(target), "description": _WHAT[name]} for name, target in ELICITED.items()
    }
    with_terms = {f"{name}WithTerms": _variant(part, "WithTerms") for name, part in parts.items()}
    profile = {f"{name}InProfile": _loosened(_variant(part, "InProfile")) for name, part in parts.items()}
    return {
        "$schema": DIALECT,
        "title": "falseflag case",
        "description": "A contested incident, to be attributed among hypotheses. See the case file's documentation.",
        "if": {"required": ["extends"]},
        "then": _ref("CaseInProfile"),
        "else": {"if": {"required": ["terms"]}, "then": _ref("CaseWithTerms"), "else": _ref(CASE)},
        "$defs": parts | with_terms | profile,
    }


_WHAT = {
    "Chance": "A probability, in any elicited form.",
    "Reliability": "P(a report says what is true), in any elicited form.",
    "Correlation": "A tetrachoric correlation, in any elicited form.",
}
_ANY_WORDS = {"type": "string", "pattern": "^[^0-9]"}


def _variant(part: Any, suffix: str) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy of a schema that refers to the parts with `suffix` and allows words of a case's own."""
    if isinstance(part, list):
        return [_variant(item, suffix) for item in part]
    if not isinstance(part, dict):
        return part
    if "enum" in part and part["enum"][0] in TERMS:
        return _ANY_WORDS
    copied = {key: _variant(value, suffix) for key, value in part.items()}
    if "$ref" in part:
        copied["$ref"] = f"{part['$ref']}{suffix}"
    return copied


_REQUIRING = {"required", "minProperties", "oneOf"}


def _loosened(part: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy of a schema that requires nothing and allows null for every key."""
    if isinstance(part, list):
        loose = [_loosened(item) for item in part]
        return [item for item in loose if item != {}]
    if not isinstance(part, dict):
        return part
    loose_part = {key: _loosened(value) for key, value in part.items() if key not in _REQUIRING}
    if loose_part.get("anyOf") == []:
        del loose_part["anyOf"]
    for key in ("properties", "patternProperties"):
        if isinstance(loose_part.get(key), dict):
            loose_part[key] = {name: _or_null(value) for name, value in loose_part[key].items()}
    if isinstance(loose_part.get("additionalProperties"), dict):
        loose_part["additionalProperties"] = _or_null(loose_part["additionalProperties"])
    return loose_part


def _or_null(part: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [part, {"type": "null"}]}
