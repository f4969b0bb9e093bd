"""What annotates a field can be hashed: Python 3.12.0 and 3.12.1 do so in every ``Annotated[X, …] | None``."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAliasType, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

import falseflag

PACKAGE = Path(falseflag.__file__).parent


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


def import_all_that_use_pydantic() -> None:
    for path in PACKAGE.rglob("*.py"):
        if re.search(r"^from pydantic", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))


def annotated(model: type[BaseModel]) -> Iterator[object]:
    for hint in get_type_hints(model, include_extras=True).values():
        yield from metadata(hint)


def test_every_annotation_of_a_file_can_be_hashed() -> None:
    import_all_that_use_pydantic()
    ours = [model for model in models() if model.__module__.startswith("falseflag.")]
    found = [item for model in ours for item in annotated(model)]
    assert found
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
