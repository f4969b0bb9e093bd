"""Every example in docs/case-format.md is a case without errors or warnings, and a bound there is the program's."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from falseflag.case import chain, elicitation, json_schema, load_text, statements, states, yaml
from falseflag.case.states import MAX_CELLS

PAGE = Path(__file__).parents[2] / "docs" / "case-format.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n")[0].removeprefix("title: "))
def test_an_example_is_a_case(example: str) -> None:
    assert load_text(example).warnings == ()


def test_all_examples_were_found() -> None:
    assert len(EXAMPLES) == TEXT.count("```") // 2 > 7


def test_lines_are_short() -> None:
    assert max(map(len, TEXT.split("\n"))) <= 120


def test_bounds_are_those_of_the_program() -> None:
    text = " ".join(TEXT.split())
    for bound, what in [
        (elicitation.MAX_INTERVALS, "different intervals"),
        (elicitation.MAX_FITS, "values given by quantiles"),
        (states.MAX_STATES, "states"),
        (states.MAX_CIRCUMSTANCES, "circumstances"),
        (MAX_CELLS, "states × indicators"),
        (statements.MAX_CONDITIONS, "conditions"),
        (yaml.MAX_NODES, "keys and values"),
        (chain.MAX_FILES, "files"),
    ]:
        assert f"{bound:,} {what}" in text


def test_the_schema_describes_every_key_that_the_page_names() -> None:
    keys = {key for part in json_schema()["$defs"].values() for key in part.get("properties", {})}
    for key in sorted(keys - {"says"}):
        assert re.search(rf"\b{key}\b", TEXT), key
    jsonschema.Draft202012Validator.check_schema(json_schema())
