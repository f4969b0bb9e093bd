"""Prior weights and strengths: a number, or one with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from falseflag.case.elicited import TAG, Record
from falseflag.case.values import Positive, Text


class ExplainedWeight(Record):
    """A number above 0 with the reason for it."""

    value: Positive
    why: Text = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A number above 0, and why it is that."""

    value: float
    why: str = ""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a number or the explained form."""
        choices = {
            TAG + "number": handler.generate_schema(Positive),
            TAG + "value": handler.generate_schema(ExplainedWeight),
        }
        union = core_schema.tagged_union_schema(choices, discriminator=_tag)
        return core_schema.no_info_after_validator_function(cls._of, union)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """List the two forms as ``anyOf``."""
        return {"anyOf": handler(schema)["oneOf"]}

    @classmethod
    def _of(cls, read: float | ExplainedWeight) -> Weighed:
        return cls(read.value, read.why) if isinstance(read, ExplainedWeight) else cls(read)


def _tag(data: object) -> str:
    return TAG + ("value" if isinstance(data, dict) else "number")
