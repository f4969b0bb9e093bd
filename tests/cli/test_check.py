"""`falseflag check`: errors on standard error with exit code 2, warnings without one, both as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import run

HEAD = "title: t\nhypotheses: {a: {}, b: {}}\n"
WARNED = HEAD + "notes: Strike #2 hits\nindicators: {}\n"
WRONG = HEAD + "indicators: {i: {observed: presnt, likelihood: {others: 70}}}\n"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {}
    for name, text in {"fine": HEAD + "indicators: {}\n", "warned": WARNED, "wrong": WRONG}.items():
        made[name] = tmp_path / f"{name}.yaml"
        made[name].write_text(text)
    return made


def as_json(*paths: Path) -> tuple[int, list[dict[str, Any]]]:
    done = run("check", "--json", *paths)
    return done.returncode, json.loads(done.stdout)["files"]


def test_a_warning_is_printed_and_changes_no_exit_code(files: dict[str, Path]) -> None:
    done = run("check", files["warned"])
    assert done.returncode == 0
    assert f"{files['warned']}:3: warning: notes: '#2 hits' is a comment to YAML" in done.stderr
    assert done.stdout == f"{files['warned']}: fine (2 hypotheses, 0 indicators)\n"


def test_what_is_in_a_file_is_counted_in_the_right_number(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(
        HEAD + "circumstances: {c: {values: {x: , y: }, probability: {others: 0.5}}}\n"
        "indicators: {i: {observed: present, likelihood: {c=x: 0.7, c=y: 0.2}}}\n"
    )
    assert run("check", file).stdout == f"{file}: fine (2 hypotheses, 1 circumstance, 1 indicator)\n"


def test_all_files_are_listed_as_json(files: dict[str, Path]) -> None:
    exit_code, (fine, warned, wrong) = as_json(*files.values())
    assert exit_code == 2
    assert fine == {"file": str(files["fine"]), "valid": True, "errors": [], "warnings": []}
    assert (warned["valid"], warned["errors"]) == (True, [])
    (warning,) = warned["warnings"]
    assert (warning["file"], warning["line"], warning["path"]) == (str(files["warned"]), 3, "notes")
    assert not wrong["valid"]
    assert [(each["line"], each["path"]) for each in wrong["errors"]] == [
        (3, "indicators.i.observed"),
        (3, "indicators.i.likelihood.others"),
    ]
    assert wrong["errors"][1]["message"] == "Should be in (0, 1) but got 70. Did you mean 0.7 or 70 %?"


def test_json_with_warnings_alone_exits_with_0(files: dict[str, Path]) -> None:
    assert as_json(files["warned"])[0] == 0


@pytest.mark.parametrize("template", ["attack", "cyber", "incident"])
def test_new_writes_a_template_that_check_finds_fine(tmp_path: Path, template: str) -> None:
    done = run("new", "x", "--in", tmp_path, "--template", template)
    assert done.returncode == 0
    exit_code, (row,) = as_json(tmp_path / "x.yaml")
    assert (exit_code, row["warnings"]) == (0, [])
