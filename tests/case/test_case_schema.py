"""The JSON Schema says of the example files what the loader says; the starting file is a valid case."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from falseflag.case import json_schema, load, load_text, starter, write_starter
from falseflag.case.starter import TEMPLATES, slug
from falseflag.errors import RequestError

HERE = Path(__file__).parent
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


class EditorLoader(yaml.SafeLoader):
    """Reads numbers as YAML 1.2 does: 1e-3 is one, 12:30 is none."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as PyYAML has it)
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in {"int", "float"}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


NUMBERS = {"int": r"[-+]?\d+", "float": r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?"}
for kind, pattern in NUMBERS.items():
    first = list("-+.0123456789")
    EditorLoader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"^({pattern})$"), first)


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
REFUSED += " strengths many_valued silent reports propositions ratios two_errors_in_one_value"
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


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_starting_file_is_a_case_without_warnings(template: str) -> None:
    case = load_text(starter("kremlin-2", template))
    assert (case.title, case.warnings) == ("kremlin-2", ())
    assert case.deception
    VALIDATOR.validate(read(starter("x", template)))


def test_a_template_that_is_none_is_refused() -> None:
    with pytest.raises(RequestError, match="a template should be attack, cyber, incident but got 'war'"):
        starter("x", "war")


def test_a_title_is_quoted() -> None:
    title = 'He said: "x" \\ #2'
    assert load_text(starter("x", title=title)).title == title


def test_what_a_title_cannot_hold_becomes_a_space() -> None:
    for title in ("a\udcff b", "a\x07b", "a\n---\nb"):
        assert load_text(starter("x", title=title)).title.split()[-1] == "b"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Przewodów missile, 15 November 2022", "przewodow_missile_15_november_2022"),
        ("Łódź – Straße", "lodz_strasse"),
        ("  A  ", "a"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_title_gives_a_file_name(title: str, name: str) -> None:
    assert slug(title) == name
    starter(name)


@pytest.mark.parametrize("title", ["", "…", "Кремль"])
def test_a_title_without_latin_letters_gives_none(title: str) -> None:
    with pytest.raises(RequestError, match="a case's name should have letters a to z or digits"):
        slug(title)


def test_a_starting_file_is_written_once(tmp_path: Path) -> None:
    path = write_starter(tmp_path, "new_case")
    assert not load(path).indicators["claimed"].is_evidence
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
