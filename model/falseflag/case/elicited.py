"""Elicited values as they are written in a case file, and what they stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from falseflag.case.forms import form_of
from falseflag.case.intervals import MAX_INTERVALS, Interval, Solved
from falseflag.case.nodes import Data
from falseflag.case.values import (
    CORRELATION,
    INSIDE,
    LARGEST,
    RELIABILITY,
    SMALLEST,
    Count,
    Inside,
    Parsed,
    Positive,
    Term,
    Text,
    broken,
    kind,
)  # fmt: skip
from falseflag.elicitation import Beta, Judgement, Point, beta_from_interval
from falseflag.scales import TERMS

TAG = "\0"
"""Begins the names of forms where pydantic mixes them with keys; no key can hold it."""


class Record(BaseModel):
    """A mapping with known keys, of which one that holds nothing counts as not written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        known = cls.keys()
        return {key: value for key, value in data.items() if value is not None or key not in known}

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the keys as they are written in a file."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


class MeanStrength(Record):
    """A mean, and how many observations it is worth: Beta(mean × strength, (1 − mean) × strength)."""

    mean: Inside
    strength: Positive

    def distribution(self) -> Beta:
        """Return the Beta distribution."""
        return Beta(self.mean * self.strength, (1 - self.mean) * self.strength)


class Shape(Record):
    """The two parameters of a Beta distribution."""

    alpha: Positive
    beta: Positive

    def distribution(self) -> Beta:
        """Return the Beta distribution."""
        return Beta(self.alpha, self.beta)


class CountOf(Record):
    """So many of so many like cases: Beta(½ + count, ½ + of − count), after Jeffreys."""

    count: Count
    of: Count

    @model_validator(mode="after")
    def _count_within(self) -> CountOf:
        if self.count > self.of:
            raise broken(f"'count' should be at most 'of' but got {self.count:g} of {self.of:g}")
        return self

    def distribution(self) -> Beta:
        """Return the Beta distribution."""
        return Beta(0.5 + self.count, 0.5 + self.of - self.count)


def _interval(ends: Interval, solved: Solved | None) -> Beta:
    low, high = ends
    if not low < high:
        raise broken(f"An interval should be [low, high] with low < high but got [{low:.15g}, {high:.15g}]")
    solved = solved if solved is not None else {ends: beta_from_interval(low, high)}
    if ends not in solved:
        raise broken(f"A case should have at most {MAX_INTERVALS:,} different intervals")
    beta = solved[ends]
    if beta is None:
        raise broken(f"[{low:.15g}, {high:.15g}] is too narrow or too extreme for a Beta distribution")
    return _bounded(beta)


@dataclass(frozen=True, slots=True, eq=False)
class Elicited:
    """Reads an elicited value of any form as a `Judgement`.

    Parameters
    ----------
    point : Parsed
        The rule for a value held certain.
    explained : type of Record, optional
        The form ``{value: …, why: …}``; None inside of it.
    """

    point: Parsed
    explained: type[Record] | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Choose among the forms by what is written, so that mistakes are those of the form that was meant."""
        forms: dict[str, Any] = {
            "number": Annotated[float, self.point],
            "term": Term,
            "interval": Annotated[list[Inside], Field(min_length=2, max_length=2)],
            "mean": MeanStrength,
            "shape": Shape,
            "count": CountOf,
        }
        if self.explained:
            forms["value"] = self.explained
        choices = {TAG + name: handler.generate_schema(form) for name, form in forms.items()}
        union = core_schema.tagged_union_schema(choices, discriminator=_tag)
        return core_schema.with_info_wrap_validator_function(self._judge, union)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """List the forms as ``anyOf``, which editors complete best."""
        return {"anyOf": handler(schema)["oneOf"]}

    def _judge(self, data: Data, handler: Callable[[Data], Any], info: core_schema.ValidationInfo) -> Judgement:
        self._check_form(data)
        match handler(data):
            case float(value):
                return Judgement(Point(value), _written(data))
            case str(term):
                return Judgement(beta_from_interval(TERMS[term].low, TERMS[term].high), term)
            case [low, high]:
                return Judgement(_interval((low, high), info.context), _written(data))
            case MeanStrength() | Shape() | CountOf() as form:
                return Judgement(_bounded(form.distribution()), _written(data))
            case explained:
                return Judgement(explained.value.distribution, explained.value.written, explained.why)

    def _check_form(self, data: Data) -> None:
        tag = _tag(data)
        if tag is None or (tag == TAG + "value" and not self.explained):
            raise broken(
                f"Should be a number, an ICD 203 term, [low, high], {{mean, strength}}, {{alpha, beta}} or "
                f"{{count, of}} but got {kind(data)}"
            )
        if isinstance(data, list) and len(data) != 2:
            hint = ". Decimals are written with a point" if any(str(end).isdigit() for end in data) else ""
            raise broken(f"An interval should have two ends, [low, high], but got {len(data)}{hint}")


def _tag(data: Data) -> str | None:
    match data:
        case str():
            return TAG + ("number" if data[:1] in set("+-.0123456789") and data else "term")
        case list():
            return TAG + "interval"
        case dict() if form := form_of(data):
            return TAG + form
    return None


def _written(data: Data) -> str:
    if isinstance(data, dict):
        return f"{{{', '.join(f'{key}: {value}' for key, value in data.items() if value is not None)}}}"
    return f"[{', '.join(str(end) for end in data)}]" if isinstance(data, list) else str(data)


def _bounded(beta: Beta) -> Beta:
    if not SMALLEST <= min(beta.alpha, beta.beta) <= max(beta.alpha, beta.beta) <= LARGEST:
        raise broken(
            f"This is Beta({beta.alpha:g}, {beta.beta:g}); both parameters should be from {SMALLEST:g} to {LARGEST:g}"
        )
    return beta


class ExplainedProbability(Record):
    """A probability with the reason for it."""

    value: Annotated[Judgement, Elicited(INSIDE)]
    why: Text = ""


class ExplainedReliability(Record):
    """A reliability with the reason for it."""

    value: Annotated[Judgement, Elicited(RELIABILITY)]
    why: Text = ""


class ExplainedCorrelation(Record):
    """A correlation with the reason for it."""

    value: Annotated[Judgement, Elicited(CORRELATION)]
    why: Text = ""


Probability = Annotated[Judgement, Elicited(INSIDE, ExplainedProbability)]
Reliability = Annotated[Judgement, Elicited(RELIABILITY, ExplainedReliability)]
Correlation = Annotated[Judgement, Elicited(CORRELATION, ExplainedCorrelation)]
