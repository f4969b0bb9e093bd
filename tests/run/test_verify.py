"""`falseflag verify`: a run that is what it says, and runs that are not."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import run

from falseflag.inference.result import FORMAT, Answer
from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.cli import main
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


def test_other_draws_of_another_version_agree_but_are_not_identical(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_stream(case: Case, engine: Engine, settings: Settings) -> Answer:
        return replace(sample(case, engine, replace(settings, seed=5)), settings=settings)

    monkeypatch.setattr("falseflag.run.verify.sample", other_stream)
    change(copied, lambda content: content["versions"].update(numpy="1.0"))
    found = verify(copied)
    assert (found.verdict, found.draws, found.contradicted) == (Verdict.AGREES, "other", ())


def test_a_seed_that_is_not_that_of_the_draws_is_found_out(copied: Path) -> None:
    change(copied, lambda content: content["settings"].update(seed=5))
    assert verify(copied).verdict is Verdict.DIFFERS


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
        for key in ("format", "machine", "sound"):
            del content[key]

    change(copied, earlier)
    assert verify(copied).verdict is Verdict.IDENTICAL


def test_a_run_without_checksums_is_refused(copied: Path) -> None:
    change(copied, lambda content: content.pop("written"))
    with pytest.raises(RequestError, match="written: has no checksums"):
        verify(copied)


def doubled(content: dict[str, Any]) -> None:
    content["hypotheses"].insert(0, content["hypotheses"][0] | {"posterior": 0.99})


def leaving(content: dict[str, Any]) -> None:
    content["files"][0]["name"] = "../../base.yaml"


@pytest.mark.parametrize("spoil", [doubled, leaving])
def test_what_no_run_says_is_refused(copied: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    change(copied, spoil)
    with pytest.raises(RequestError):
        verify(copied)


FALSE: dict[str, Callable[[dict[str, Any]], object]] = {
    "seed": lambda c: c.update(seed=9),
    "sound": lambda c: c.update(sound=False),
    "title": lambda c: c["case"].update(title="Another"),
    "sha256": lambda c: c["case"].update(sha256="0" * 64),
    "words": lambda c: c["hypotheses"][0].update(words="almost certain"),
    "interval_words": lambda c: c["hypotheses"][0].update(interval_words=["likely"]),
    "label": lambda c: c["hypotheses"][0].update(label="Them"),
    "order": lambda c: c["hypotheses"].reverse(),
    "prior": lambda c: c["hypotheses"][0].update(prior=c["hypotheses"][0]["prior"] + 1e-4),
    "exact": lambda c: c["hypotheses"][0].update(exact=c["hypotheses"][0]["exact"] + 1e-5),
    "interval": lambda c: c["hypotheses"][0]["interval"].__setitem__(1, c["hypotheses"][0]["interval"][1] + 0.05),
    "no checks": lambda c: c["checks"].clear(),
    "failed check": lambda c: c["checks"][0].update(passed=False),
    "value of a check": lambda c: c["checks"][-1].update(value=0.123),
    "message of a check": lambda c: c["checks"][-1].update(message="All is well."),
    "limit of a check": lambda c: c["checks"][-1].update(limit=1e9),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_word_is_found_out(copied: Path, name: str) -> None:
    change(copied, FALSE[name])
    found = verify(copied)
    assert found.verdict is Verdict.DIFFERS
    assert found.contradicted or any(not node.agrees or node.difference for node in found.nodes)


def test_files_that_the_run_did_not_write_are_found_out_and_notes_beside_it_named(copied: Path) -> None:
    (copied / "notes.txt").write_text("mine")
    found = verify(copied)
    assert (found.verdict, found.foreign) == (Verdict.IDENTICAL, ("notes.txt",))
    (copied / "plots" / "more.svg").write_text("<svg/>")
    found = verify(copied)
    assert (found.verdict, found.damaged) == (Verdict.DIFFERS, ("plots/more.svg is not of this run",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["posterior.zarr.zip", "report.html", "posterior.json"])
def test_pipes_are_refused_without_waiting(copied: Path, name: str) -> None:
    (copied / name).unlink()
    os.mkfifo(copied / name)
    with pytest.raises(RequestError, match="no ordinary file"):
        verify(copied)


def test_a_run_that_failed_its_checks_is_said_to_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("falseflag.inference.checks.Z_LIMIT", 0.0)
    folder = written(tmp_path, "exact", Settings(draws=200))
    found = verify(folder)
    assert (found.verdict, found.failed_checks) == (Verdict.IDENTICAL, ("agreement",))
    with pytest.raises(SystemExit) as end:
        main(["verify", str(folder)])
    assert end.value.code == 1


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
