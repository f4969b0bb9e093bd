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
import xarray as xr
from commands import run

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.cli import main
from falseflag.errors import RequestError
from falseflag.inference.result import Answer
from falseflag.run_folder.replace import SUMS
from falseflag.run_folder.stored import DRAWS, damaged_files, read_draws, read_run, write_draws
from falseflag.run_folder.verify import Verdict, verify
from falseflag.run_folder.write import write_run
from falseflag.sampling import sample
from falseflag.settings import DEFAULTS, FORMAT, Engine, Settings

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

    monkeypatch.setattr("falseflag.run_folder.verify.sample", other_stream)
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


def test_a_run_without_checksums_is_refused(copied: Path) -> None:
    change(copied, lambda content: content.pop("written"))
    with pytest.raises(RequestError, match="written: has no checksums"):
        verify(copied)


def leaving(content: dict[str, Any]) -> None:
    content["files"][0]["name"] = "../../base.yaml"


def twice(content: dict[str, Any]) -> None:
    content["files"].append(content["files"][0])


def no_engine(content: dict[str, Any]) -> None:
    content["engine"] = "guess"


@pytest.mark.parametrize("spoil", [leaving, twice, no_engine])
def test_what_cannot_be_answered_again_is_refused(copied: Path, spoil: Callable[[dict[str, Any]], None]) -> None:
    change(copied, spoil)
    with pytest.raises(RequestError, match="the file was changed, so run the case again"):
        verify(copied)


type Edit = Callable[[dict[str, Any]], object]


def row(**changed: Any) -> Edit:  # noqa: ANN401  (whatever JSON holds)
    return lambda content: content["hypotheses"][0].update(changed)


def check(**changed: Any) -> Edit:  # noqa: ANN401
    return lambda content: content["checks"][-1].update(changed)


def moved(key: str, by: float) -> Edit:
    return lambda content: content["hypotheses"][0].update({key: content["hypotheses"][0][key] + by})


def without(*keys: str | int) -> Edit:
    """Remove what a path leads to."""

    def edit(content: Any) -> None:  # noqa: ANN401
        for key in keys[:-1]:
            content = content[key]
        del content[keys[-1]]

    return edit


FALSE: dict[str, tuple[str, Edit]] = {
    "seed": ("seed is 9", lambda c: c.update(seed=9)),
    "sound": ("sound is false", lambda c: c.update(sound=False)),
    "title": ('case.title is "Another"', lambda c: c["case"].update(title="Another")),
    "sha256": ("case.sha256 is", lambda c: c["case"].update(sha256="0" * 64)),
    "words": ("hypotheses[a].words is", row(words="almost certain")),
    "interval_words": ("hypotheses[a].interval_words", row(interval_words=["likely"])),
    "label": ("hypotheses[a].label is", row(label="Them")),
    "order": ("hypotheses[a].name is", lambda c: c["hypotheses"].reverse()),
    "one more": ("hypotheses has 4 entries", lambda c: c["hypotheses"].append(c["hypotheses"][0])),
    "none": ("hypotheses has 0 entries", lambda c: c["hypotheses"].clear()),
    "prior": ("hypotheses[a].prior is", moved("prior", 1e-4)),
    "last digits": ("hypotheses[a].exact is", moved("exact", 1e-12)),
    "interval": ("hypotheses[a].interval[1] is", lambda c: c["hypotheses"][0]["interval"].__setitem__(1, 0.99)),
    "an end more": ("hypotheses[a].interval has 3", lambda c: c["hypotheses"][0]["interval"].append(1.0)),
    "no checks": ("checks has 0 entries", lambda c: c["checks"].clear()),
    "failed check": ("checks[agreement].passed is false", check(passed=False)),
    "value of a check": ("checks[agreement].value is 0.123", check(value=0.123)),
    "message of a check": ("checks[agreement].message is", check(message="All is well.")),
    "limit of a check": ("checks[agreement].limit is", check(limit=1e9)),
    "tune": (f"posterior.zarr.zip: tune is {DEFAULTS.tune}, answered", lambda c: c["settings"].update(tune=999)),
    "tune as a text": ('settings.tune is "1000"', lambda c: c["settings"].update(tune="1000")),
    "text for a number": ('hypotheses[a].posterior is "0.5"', row(posterior="0.5")),
    "its own digits as a text": ("hypotheses[a].exact is", lambda c: row(exact=str(c["hypotheses"][0]["exact"]))(c)),
    "false for a number": ("hypotheses[a].mcse is false", row(mcse=False)),
    "text for a value": ("checks[agreement].value is", check(value="0.1")),
    "true for a format": ("format is true", lambda c: c.update(format=True)),
    "nothing for an interval": ("hypotheses[a].interval is null", row(interval=None)),
    "a number for a row": ("hypotheses[a] is 3", lambda c: c["hypotheses"].__setitem__(0, 3)),
    "a number for all rows": ("hypotheses is 3", lambda c: c.update(hypotheses=3)),
    "a text for checks": ('checks is "passed"', lambda c: c.update(checks="passed")),
    "a huge number": ("hypotheses[a].posterior is 1000", row(posterior=10**400)),
    "no passed": ("checks[agreement].passed is missing", without("checks", -1, "passed")),
    "no sound": ("sound is missing", without("sound")),
    "no machine": ("machine is missing", without("machine")),
    "no format": ("format is missing", without("format")),
    "no tune": ("settings.tune is missing", without("settings", "tune")),
    "no settings": ("settings is missing", without("settings")),
    "no versions": ("versions.numpy is missing", lambda c: c.update(versions={})),
    "a list of versions": ("versions is []", lambda c: c.update(versions=[])),
    "a version as a number": ("versions.numpy is 2", lambda c: c["versions"].update(numpy=2)),
    "a machine as a number": ("machine is 2", lambda c: c.update(machine=2)),
    "a path as a number": ("case.path is 2", lambda c: c["case"].update(path=2)),
    "more": ("confidence is not in the new answer", lambda c: c.update(confidence="high")),
    "another file": ("files[base.yaml].sha256 is", lambda c: c["files"][1].update(sha256="0" * 64)),
}


@pytest.mark.parametrize("name", FALSE)
def test_whatever_is_edited_is_found_out_with_its_path(copied: Path, name: str) -> None:
    where, edit = FALSE[name]
    change(copied, edit)
    found = verify(copied)
    assert (found.verdict, found.edited) == (Verdict.DIFFERS, True)
    assert any(sentence.startswith(where) for sentence in found.contradicted), found.contradicted
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("elsewhere", [{"machine": "Plan9 sparc"}, {"versions": {"numpy": "1.0"}}])
def test_another_machine_is_told_in_words_and_everything_compared_all_the_same(
    copied: Path, elsewhere: dict[str, Any]
) -> None:
    def moved_on(content: dict[str, Any]) -> None:
        content.update(elsewhere | {"versions": content["versions"] | elsewhere.get("versions", {})})

    change(copied, moved_on)
    found = verify(copied)
    assert (found.verdict, found.contradicted) == (Verdict.IDENTICAL, ())
    (pair,) = found.other_versions.values()
    assert pair[0] in {"Plan9 sparc", "1.0"}
    for name in ("value of a check", "message of a check", "sound", "last digits"):
        change(copied, FALSE[name][1])
        assert any(sentence.startswith(FALSE[name][0]) for sentence in verify(copied).contradicted)


@pytest.mark.parametrize("other", ["hypotheses", "probabilities", "group", "draws"])
def test_draws_of_something_else_are_found_out(copied: Path, other: str) -> None:
    tree = read_draws(copied / DRAWS)
    posterior = tree["posterior"].to_dataset()
    changed = {
        "hypotheses": posterior.assign_coords(hypothesis=["a", "b", "z"]),
        "probabilities": posterior.drop_vars("probability"),
        "group": None,
        "draws": posterior.assign(probability=posterior["probability"] * 0.999),
    }[other]
    groups = {name: tree[name].to_dataset() for name in tree.children if name != "posterior"}
    made = xr.DataTree.from_dict(groups | ({} if changed is None else {"posterior": changed}))
    made.attrs = tree.attrs
    write_draws(made, copied / DRAWS)
    found = verify(copied)
    assert (found.verdict, found.draws) == (Verdict.DIFFERS, "other")
    assert f"{DRAWS} holds other draws than the numbers were drawn from" in found.contradicted
    assert {
        "hypotheses": f"{DRAWS} holds the probabilities of other hypotheses",
        "draws": next(line for line in found.contradicted if other != "draws" or "but its draws give" in line),
    }.get(other, f"{DRAWS} holds no probabilities") in found.contradicted


def test_files_that_the_run_did_not_write_are_found_out_and_notes_beside_it_named(copied: Path) -> None:
    (copied / "notes.txt").write_text("mine")
    found = verify(copied)
    assert (found.verdict, found.foreign) == (Verdict.IDENTICAL, ("notes.txt",))
    (copied / "plots" / "more.svg").write_text("<svg/>")
    found = verify(copied)
    assert (found.verdict, found.damaged) == (Verdict.DIFFERS, ("plots/more.svg is not of this run",))


def test_the_list_of_files_is_a_part_of_the_run(copied: Path) -> None:
    listed = (copied / SUMS).read_bytes()
    (copied / SUMS).write_bytes(listed.replace(b"  report.html", b"  rapport.html"))
    assert verify(copied).damaged == ("SHA256SUMS lists other files, or other checksums, than posterior.json",)
    (copied / SUMS).unlink()
    assert verify(copied).damaged == ("SHA256SUMS is missing",)


def test_files_larger_than_any_runs_are_refused_before_they_are_read(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("falseflag.run_folder.stored.file_digest", None)
    os.truncate(copied / "report.html", 3 << 30)  # sparse
    with pytest.raises(RequestError, match="larger than the 256 MiB"):
        damaged_files(copied, read_run(copied).model_copy(update={"written": {"report.html": ""}, "files": []}))
    os.truncate(copied / "posterior.zarr.zip", 3 << 30)
    with pytest.raises(RequestError, match=r"posterior\.zarr\.zip: cannot be read \(it is larger than"):
        verify(copied)
    os.truncate(copied / "posterior.json", 3 << 30)
    with pytest.raises(RequestError, match="is not what a run writes"):
        verify(copied)


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
