"""The JSON Schema says of the example files what the loader says; the starting file is a valid case."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from falseflag.case import json_schema, load, load_text, starter, write_starter
from falseflag.errors import RequestError

HERE = Path(__file__).parent
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


class EditorLoader(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 does, 1e-3 among them."""


EditorLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)[eE][-+]?\d+"), list("-+.0123456789")
)


def read(text: str) -> object:
    """Read YAML as editors do, with texts for keys."""
    return _with_text_keys(yaml.load(text, Loader=EditorLoader))  # noqa: S506 (a safe one)


def _with_text_keys(data: object) -> object:
    if isinstance(data, dict):
        return {_key(key): _with_text_keys(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_text_keys(item) for item in data]
    return data if data is None or isinstance(data, str | bool | int | float) else str(data)


def _key(key: object) -> str:
    return {True: "on", False: "no"}[key] if isinstance(key, bool) else str(key)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", sorted((HERE / "positive").glob("*.yaml")), ids=lambda path: path.stem)
def test_valid_files_are_valid_to_editors(path: Path) -> None:
    text = path.read_text(encoding="utf-8-sig").replace("label: ,", "")
    VALIDATOR.validate(read(text))


REFUSED = "count_of empty_required grade grades hypotheses_empty interval mean_strength names observed point_above"
REFUSED += " point_inf point_one point_quoted required_indicator required_top siblings term unknown_keys weights"
REFUSED += " unknown_value_keys wrong_types wrong_types_deeper profile_over"


@pytest.mark.parametrize("name", REFUSED.split())
def test_invalid_files_are_invalid_to_editors(name: str) -> None:
    text = (HERE / "negative" / f"{name}.yaml").read_text(encoding="utf-8")
    assert not VALIDATOR.is_valid(read(text))


def test_profiles_may_hold_any_part_and_null() -> None:
    VALIDATOR.validate(
        read("{extends: a.yaml, indicators: {i: {likelihood: {a: {mean: 0.3}, b: null}}}, sources: null}")
    )
    assert not VALIDATOR.is_valid(read("{extends: a.yaml, indicators: {i: {observd: present}}}"))


def test_descriptions_tell_what_keys_mean() -> None:
    for part in json_schema()["$defs"].values():
        assert part["description"]


def test_the_starting_file_is_a_case() -> None:
    assert load_text(starter("kremlin-2")).title == "kremlin-2"
    VALIDATOR.validate(read(starter("x")))


def test_a_starting_file_is_written_once(tmp_path: Path) -> None:
    path = write_starter(tmp_path, "new_case")
    assert load(path).indicators["claimed"].observed is None
    path.write_text("mine")
    with pytest.raises(RequestError, match="exists already"):
        write_starter(tmp_path, "new_case")
    assert path.read_text() == "mine"
    with pytest.raises(RequestError, match="cannot be written"):
        write_starter(tmp_path / "none", "new_case")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "a.yaml", "x\n", "é", "a" * 200, "-x"])
def test_a_name_that_is_no_safe_file_name_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="a case's name should be"):
        starter(name)
