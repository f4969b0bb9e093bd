"""`falseflag verify`: a run that is what it says, and runs that are not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import run

from falseflag.answer import FORMAT
from falseflag.case.loader import load
from falseflag.errors import RequestError
from falseflag.run.verify import Verdict, verify
from falseflag.run.write import write_run
from falseflag.sampling import sample
from falseflag.settings import Engine, Settings

BASE = """\
title: To be verified
hypotheses: {a: {prior: 2}, b: {prior: 1}, c: {prior: 1}}
indicators:
  i: {observed: present, likelihood: {a: likely, others: unlikely}}
  j: {observed: absent, reliability: 0.8, likelihood: {a: [0.2, 0.6], others: 0.3}}
  k: {observed: present, likelihood: {b: very likely, others: roughly even chance}}
dependence: {g: {indicators: [i, k], correlation: [0.3, 0.7]}}
"""
PROFILE = "extends: base.yaml\nhypotheses: {a: {prior: 3}}\n"


def written(folder: Path, engine: Engine, settings: Settings) -> Path:
    (folder / "base.yaml").write_text(BASE)
    (folder / "profile.yaml").write_text(PROFILE)
    write_run(sample(load(folder / "profile.yaml"), engine, settings), folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("original"), "exact", Settings(draws=200))


@pytest.fixture
def copied(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "run"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / "posterior.json").read_text())
    edit(content)
    (folder / "posterior.json").write_text(json.dumps(content))


def test_a_run_is_reproduced_from_its_folder(copied: Path) -> None:
    found = verify(copied)
    assert found.verdict is Verdict.IDENTICAL
    assert (found.damaged, found.other_versions, found.draws) == ((), {}, "identical")
    assert [node.difference for node in found.nodes] == [0.0] * 3


def test_from_the_command_line(copied: Path) -> None:
    result = run("verify", copied, "--json")
    assert (result.returncode, json.loads(result.stdout)["verdict"]) == (0, "identical")
    (copied / "hypotheses.csv").write_text("")
    result = run("verify", copied)
    assert result.returncode == 1
    assert "hypotheses.csv was changed." in result.stdout


def test_draws_that_were_not_kept_are_no_damage(copied: Path) -> None:
    (copied / "posterior.zarr.zip").unlink()
    found = verify(copied)
    assert (found.verdict, found.draws) == (Verdict.IDENTICAL, "absent")


def test_another_seed_agrees_but_is_not_identical(copied: Path) -> None:
    change(copied, lambda content: content["settings"].update(seed=5))
    found = verify(copied)
    assert (found.verdict, found.draws) == (Verdict.AGREES, "other")


def test_other_versions_are_named(copied: Path) -> None:
    change(copied, lambda content: content["versions"].update(numpy="1.0"))
    assert verify(copied).other_versions["numpy"][0] == "1.0"


def shift_posterior(content: dict[str, Any]) -> None:
    content["hypotheses"][0]["posterior"] += 1e-5


def shift_interval(content: dict[str, Any]) -> None:
    content["hypotheses"][0]["interval"][0] -= 0.1


def rename_node(content: dict[str, Any]) -> None:
    content["hypotheses"][0]["name"] = "z"


@pytest.mark.parametrize("edit", [shift_posterior, shift_interval, rename_node])
def test_a_run_that_says_another_thing_differs(copied: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    change(copied, edit)
    assert verify(copied).verdict is Verdict.DIFFERS


def test_the_recorded_error_does_not_excuse_another_answer(copied: Path) -> None:
    (copied / "posterior.zarr.zip").unlink()
    change(copied, lambda content: content["hypotheses"][0].update(posterior=1 / 3, mcse=0.5))
    assert verify(copied).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("settings", [{"draws": 0}, {"draws": -5}, {"chains": 0}, {"seed": -1}, {"draws": 10**12}])
def test_settings_that_no_run_can_have_are_refused(copied: Path, settings: dict[str, int]) -> None:
    change(copied, lambda content: content["settings"].update(settings))
    with pytest.raises(RequestError):
        verify(copied)


def test_nothing_that_a_run_says_drives_the_terminal(copied: Path) -> None:
    def hostile(content: dict[str, Any]) -> None:
        content["written"]["\x1b[2J"] = content["versions"]["\udc80\u202e"] = "\x1b]0;owned\x07"

    change(copied, hostile)
    result = run("verify", copied)
    assert (result.returncode, result.stderr) == (1, "")
    assert not set("\x1b\x07\u202e") & set(result.stdout)


@pytest.mark.parametrize("name", ["case/base.yaml", "case/profile.yaml"])
def test_a_changed_case_is_named(copied: Path, name: str) -> None:
    (copied / name).write_text((copied / name).read_text() + "# later\n")
    found = verify(copied)
    assert found.verdict is Verdict.DIFFERS
    assert found.damaged == (f"{name} was changed",)


def test_a_lost_file_is_named(copied: Path) -> None:
    (copied / "plots" / "hypotheses.svg").unlink()
    assert verify(copied).damaged == ("plots/hypotheses.svg is missing",)


def test_a_later_format_names_the_version_that_reads_it(copied: Path) -> None:
    def later(content: dict[str, Any]) -> None:
        content["format"] = FORMAT + 1
        content["versions"]["falseflag"] = "9.9"

    change(copied, later)
    with pytest.raises(RequestError, match=r"written by falseflag 9\.9, which reads it"):
        verify(copied)


def test_a_run_of_before_formats_were_recorded_is_read(copied: Path) -> None:
    def earlier(content: dict[str, Any]) -> None:
        for key in ("format", "machine", "written"):
            del content[key]

    change(copied, earlier)
    assert verify(copied).verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        "{}",
        "[" * 100_000,
        '{"format": {}}',
        '{"engine": "exact"}',
        "\0",
        '{"format": 9, "versions": [1]}',
    ],
)
def test_what_is_no_run_is_refused(copied: Path, content: str) -> None:
    (copied / "posterior.json").write_text(content)
    with pytest.raises(RequestError, match=r"posterior\.json"):
        verify(copied)


def test_a_pipe_does_not_make_it_wait(copied: Path) -> None:
    (copied / "posterior.json").unlink()
    os.mkfifo(copied / "posterior.json")
    with pytest.raises(RequestError):
        verify(copied)


def test_a_case_that_is_gone_is_refused(copied: Path) -> None:
    shutil.rmtree(copied / "case")
    with pytest.raises(RequestError, match="cannot be read"):
        verify(copied)


@pytest.mark.slow
def test_a_sampled_run_is_reproduced_from_its_folder(tmp_path: Path) -> None:
    assert verify(written(tmp_path, "nuts", Settings(draws=300, tune=300))).verdict is Verdict.IDENTICAL
