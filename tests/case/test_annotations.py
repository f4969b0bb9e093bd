"""What annotates a field can be hashed: Python 3.12.0 and 3.12.1 do so in every ``Annotated[X, …] | None``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAliasType, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

import falseflag.run.stored  # noqa: F401  (its models count too)
from falseflag.case import json_schema


def models(of: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for model in of.__subclasses__():
        yield model
        yield from models(model)


def metadata(hint: Any) -> Iterator[object]:  # noqa: ANN401 (an annotation can be anything)
    if isinstance(hint, TypeAliasType):
        hint = hint.__value__
    if get_origin(hint) is Annotated:
        yield from hint.__metadata__
    for part in get_args(hint):
        yield from metadata(part)


def annotated(model: type[BaseModel]) -> Iterator[object]:
    for hint in get_type_hints(model, include_extras=True).values():
        yield from metadata(hint)


def test_every_annotation_of_a_file_can_be_hashed() -> None:
    json_schema()  # imports whatever reads a case
    ours = [model for model in models() if model.__module__.startswith("falseflag.")]
    found = [item for model in ours for item in annotated(model)]
    assert len(found) > 50
    for item in found:
        hash(item)


def test_a_rule_that_holds_a_mapping_is_noticed() -> None:
    @dataclass(frozen=True)
    class Rule:
        schema: dict[str, str]

    class Entry(BaseModel):
        field: Annotated[str, Rule({})]

    Entry.__annotations__["field"] = Annotated[str, Rule({})]  # as it stands where annotations are not postponed
    with pytest.raises(TypeError, match="unhashable"):
        [hash(item) for item in annotated(Entry)]
