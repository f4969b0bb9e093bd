"""The format of a case file: what `check` holds a file against and what `falseflag schema` prints for editors."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from falseflag.case.elicited import Correlation, CountOf, MeanStrength, Probability, Record, Reliability, Shape
from falseflag.case.forms import form_of, is_elicited
from falseflag.case.values import (
    AuthorClass,
    Date,
    Grade,
    GradeKey,
    Like,
    Model,
    Name,
    NodePath,
    Observed,
    Relevance,
    Text,
)
from falseflag.case.weights import ExplainedWeight, Weighed
from falseflag.distributions import Beta, Judgement

DEFAULT_PRIOR_STRENGTH = 10.0
DEFAULT_RELEVANCE = 0.5
EMPTY: Final[dict[str, Any]] = {}
UNSTATED_CORRELATION = Judgement(Beta(1, 1), "not stated")
"""Of a group without a correlation: nothing is said of how closely its indicators hang together."""

Label = Annotated[Text, Field(description="Name for people; the key if there is none.")]
Why = Annotated[Text, Field(description="The reason, so that the judgement can be argued with.")]


class HypothesisEntry(Record):
    """A hypothesis; with children, a branching into more special ones."""

    label: Label = ""
    why: Why = ""
    prior: Annotated[Weighed, Field(description="Prior weight relative to its siblings; 1 by default.")] = Weighed(1)
    prior_strength: Annotated[
        Weighed | None,
        Field(description="How firmly the children's weights are held, worth this many past cases; inherited."),
    ] = None
    author_class: Annotated[
        AuthorClass | None,
        Field(alias="class", description="Class of author in a record of resolved cases; inherited by those below."),
    ] = None
    children: Annotated[
        dict[Name, HypothesisEntry] | None,
        Field(description="More special hypotheses, two or more.", json_schema_extra={"minProperties": 2}),
    ] = None


class SourceEntry(Record):
    """Where reports come from."""

    label: Label = ""
    why: Why = ""
    grade: Annotated[
        Grade | None, Field(description="Admiralty grade: a letter for the source, a digit for the information.")
    ] = None
    reliability: Annotated[
        Reliability | None, Field(description="P(a report says what is true); it goes before the grade.")
    ] = None


class IndicatorEntry(Record):
    """A statement that is true or false of the incident, and what was reported of it."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [key]} for key in ("likelihood", "like", "unlike")]}
    )

    label: Label = ""
    observed: Annotated[Observed, Field(description="Whether it was reported present or absent, or is unknown.")]
    source: Annotated[Name | None, Field(description="Key of the source; gives the reliability.")] = None
    where: Annotated[Text, Field(description="Place in the source, such as a paragraph.")] = ""
    seen: Annotated[Date, Field(description="When it became known.")] = ""
    why: Why = ""
    reliability: Annotated[
        Reliability | None, Field(description="P(the report says what is true); it goes before the source's.")
    ] = None
    like: Annotated[
        Like | None, Field(description="The record's indicator that says the same; a case with 'learn' learns from it.")
    ] = None
    unlike: Annotated[Like | None, Field(description="The record's indicator that says the opposite.")] = None
    likelihood: Annotated[
        dict[NodePath, Probability],
        Field(
            description="P(truly present | hypothesis) by hypothesis or 'others'; every leaf must be covered.",
            json_schema_extra={"examples": [{"ukraine.message": "likely", "others": [0.1, 0.4]}]},
        ),
    ] = EMPTY


class GroupEntry(Record):
    """Indicators that hang together, given the hypothesis."""

    label: Label = ""
    why: Why = ""
    indicators: Annotated[
        list[Name],
        Field(description="Keys of the indicators.", json_schema_extra={"minItems": 1, "uniqueItems": True}),
    ]
    correlation: Annotated[
        Correlation, Field(description="How closely they hang together: 0 not at all, towards 1 as if one.")
    ] = UNSTATED_CORRELATION


class LearnEntry(Record):
    """A record of resolved cases, which linked likelihoods learn from."""

    from_: Annotated[Text, Field(alias="from", description="The record, a CSV file; a path relative to this file.")]
    relevance: Annotated[
        Relevance, Field(description="What a resolved case counts for, against one like this; 0.5 by default.")
    ] = DEFAULT_RELEVANCE
    model: Annotated[
        Model, Field(description="Counts that are added to the judgement, or fitted rates that stand in for it.")
    ] = "counts"
    why: Why = ""


class CaseFile(Record):
    """A contested incident: who may have done it, what is known, and how telling that is."""

    extends: Annotated[
        Text, Field(description="Case over which this one is laid key by key; a path relative to this file.")
    ] = ""
    title: Annotated[Text, Field(description="Name of the case.")]
    question: Annotated[Text, Field(description="What the case is to answer.")] = ""
    date: Annotated[Date, Field(description="When it happened.")] = ""
    notes: Annotated[Text, Field(description="Anything worth saying of the case as a whole.")] = ""
    prior_strength: Annotated[
        Weighed, Field(description="How firmly the prior weights are held, worth this many past cases; 10 by default.")
    ] = Weighed(DEFAULT_PRIOR_STRENGTH)
    learn: Annotated[
        LearnEntry | None, Field(description="What linked likelihoods learn from; null in a profile switches it off.")
    ] = None
    grades: Annotated[
        dict[GradeKey, Reliability],
        Field(description="Reliability that a grade stands for, by letter, digit, both (A/1) or full grade (B2)."),
    ] = EMPTY
    hypotheses: Annotated[
        dict[Name, HypothesisEntry],
        Field(description="Who may have done it, as a tree; two or more.", json_schema_extra={"minProperties": 2}),
    ]
    sources: Annotated[dict[Name, SourceEntry], Field(description="Where reports come from.")] = EMPTY
    indicators: Annotated[dict[Name, IndicatorEntry], Field(description="The evidence.")]
    dependence: Annotated[
        dict[Name, GroupEntry], Field(description="Indicators that hang together; each in one group at most.")
    ] = EMPTY


_ENTRIES: dict[str, type[Record]] = {"sources": SourceEntry, "indicators": IndicatorEntry, "dependence": GroupEntry}


def record_at(path: tuple[str, ...], keys: tuple[str, ...]) -> type[Record]:
    """Return the format of the mapping with `keys` that stands at `path`, to suggest keys of it."""
    if is_elicited(path):
        forms: dict[str, type[Record]] = {"mean": MeanStrength, "shape": Shape, "count": CountOf}
        return forms.get(form_of(keys), ExplainedWeight)
    if len(path) < 2:
        return LearnEntry if path == ("learn",) else CaseFile
    if len(path) == 2 and path[0] in _ENTRIES:
        return _ENTRIES[path[0]]
    return ExplainedWeight if path[-1] in {"prior", "prior_strength"} else HypothesisEntry


class _Generator(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: object) -> bool:
        """Leave titles out: they only repeat the keys."""
        del schema
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> dict[str, Any]:
        """Allow no names but those of the pattern."""
        return {"additionalProperties": False, **super().dict_schema(schema)}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Leave defaults out: they are what the program holds, not what a file would say."""
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a case file.

    A file that extends another is held against the same schema with nothing required and null everywhere
    allowed: it may hold any part of a case, and null removes a key.
    """
    case = CaseFile.model_json_schema(schema_generator=_Generator)
    parts = case.pop("$defs")
    parts["Case"] = case
    profile = {f"{name}InProfile": _loosened(part) for name, part in parts.items()}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "falseflag case",
        "description": "A contested incident, to be attributed among hypotheses. See the case file's documentation.",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/CaseInProfile"},
        "else": {"$ref": "#/$defs/Case"},
        "$defs": parts | profile,
    }


def _loosened(part: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a copy of a schema that requires nothing and allows null for every key."""
    if isinstance(part, list):
        return [_loosened(item) for item in part]
    if not isinstance(part, dict):
        return part
    loose = {key: _loosened(value) for key, value in part.items() if key not in {"required", "minProperties"}}
    if "$ref" in part:
        loose["$ref"] = f"{part['$ref']}InProfile"
    if isinstance(properties := loose.get("properties"), dict):
        loose["properties"] = {key: _or_null(value) for key, value in properties.items()}
    if isinstance(loose.get("additionalProperties"), dict):
        loose["additionalProperties"] = _or_null(loose["additionalProperties"])
    if isinstance(loose.get("patternProperties"), dict):
        loose["patternProperties"] = {key: _or_null(value) for key, value in loose["patternProperties"].items()}
    return loose


def _or_null(part: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [part, {"type": "null"}]}
