"""Files of the user's own where a command is to write: refused by name, before anything is computed, and left alone."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from falseflag.cli import main
from falseflag.distributions import Beta
from falseflag.record import read_record
from falseflag.record.codebook import CLASSES, INDICATORS
from falseflag.record.rates import as_json

PRIORS = Path(__file__).parents[2] / "priors"
CASE = """\
title: Boxers
hypotheses: {red: {prior: 2}, blue: {}}
indicators: {glove: {observed: present, likelihood: {red: likely, blue: unlikely}}}
"""
COMMANDS = {
    "sample": ("case.yaml", "--engine", "exact", "--draws", "100"),
    "batch": ("case.yaml", "--engine", "exact", "--draws", "100"),
    "sweep": ("case.yaml", "--vary", "hypotheses.red.prior=1:5:3"),
    "calibrate": ("case.yaml", "--replicates", "10"),
    "backtest": ("resolved_cases.csv", "--quick"),
}
WORK = {
    "sample": "falseflag.terminal.answer.live_sample",
    "batch": "falseflag.batch",
    "sweep": "falseflag.sweep",
    "calibrate": "falseflag.calibrate",
    "backtest": "falseflag.validation.backtest.review",
}
"""What does the work of each command."""


def put_inputs(folder: Path) -> None:
    (folder / "case.yaml").write_text(CASE)
    for name in ("resolved_cases.csv", "resolved_cases_context.csv"):
        shutil.copy(PRIORS / name, folder)


def run(command: str) -> int:
    with pytest.raises(SystemExit) as end:
        main([command, *COMMANDS[command], "--out", "out/thesis"])
    return int(end.value.code or 0)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One output of each command, in folders named after them."""
    home = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patched:
        for command in COMMANDS:
            (home / command).mkdir()
            patched.chdir(home / command)
            put_inputs(home / command)
            assert run(command) in {0, 1}  # ten replicates may fail a check
    return home


def contents(folder: Path) -> dict[Path, bytes | Path]:
    return {
        path: path.readlink() if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def compute(*_arguments: object, **_named: object) -> NoReturn:
    raise AssertionError("it is to be refused before anything is computed")


class Refuses(Protocol):
    def __call__(self, command: str, name: str, content: str, *, wrote: str = "") -> None: ...


@pytest.fixture
def refuses(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refuses:
    """Run a command where another one, maybe, has written and something was put or added by the user."""

    def check(command: str, name: str, content: str, *, wrote: str = "") -> None:
        home = tmp_path / "home"
        if wrote:
            shutil.copytree(finished / wrote, home)
        else:
            home.mkdir()
            put_inputs(home)
        strange = Path(os.path.normpath(home / "out" / "thesis" / name))
        if content:
            strange.parent.mkdir(parents=True, exist_ok=True)
            with strange.open("a") as file:
                file.write(content)
        before = contents(home)
        monkeypatch.chdir(home)
        module, name = WORK[command].rsplit(".", 1)  # `falseflag.sweep` is a function as well
        monkeypatch.setattr(importlib.import_module(module), name, compute)
        assert run(command) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert said.err.startswith(f"{strange}: ")
        assert contents(home) == before

    return check


OWN = [
    ("sample", "posterior.json"),
    ("sample", "posterior.zarr.zip"),
    ("sample", "hypotheses.csv"),
    ("sample", "report.html"),
    ("sample", "plots/holiday.png"),
    ("sample", "case/notes.txt"),
    ("sample", "notes.txt"),
    ("batch", "cases.csv"),
    ("batch", "cases.jsonl"),
    ("sweep", "sweep.csv"),
    ("sweep", "sweep.json"),
    ("sweep", "sweep.jsonl"),
    ("sweep", "sweep.svg"),
    ("sweep", "sweep.png"),
    ("calibrate", "calibration.json"),
    ("calibrate", "calibration/notes.txt"),
    ("calibrate", "replicates.jsonl"),
    ("backtest", "answers.csv"),
    ("backtest", "scores.png"),
    ("backtest", "fits.jsonl"),
    ("backtest", "../thesis.md"),
]


@pytest.mark.parametrize("content", ["mine, without an end", "mine\nand mine\n", '{"mine": 1}\n{"mine"'])
@pytest.mark.parametrize(("command", "name"), OWN)
def test_a_file_of_that_name_is_left_alone(command: str, name: str, content: str, refuses: Refuses) -> None:
    refuses(command, name, content)


@pytest.mark.parametrize(
    ("command", "name"), [("batch", "cases.jsonl"), ("sweep", "sweep.jsonl"), ("calibrate", "replicates.jsonl")]
)
def test_a_link_out_of_the_folder_is_not_written_through(
    command: str, name: str, tmp_path: Path, refuses: Refuses
) -> None:
    def put_link(home: Path, put: Callable[[Path], None] = put_inputs) -> None:
        put(home)
        (home / "out" / "thesis").mkdir(parents=True)
        (home / "out" / "thesis" / name).symlink_to(tmp_path / "outside")

    (tmp_path / "outside").write_text("mine, without an end")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"{__name__}.put_inputs", put_link)
        refuses(command, name, "")
    assert (tmp_path / "outside").read_text() == "mine, without an end"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("sample", "case/case.yaml"),
        ("sample", "posterior.json"),
        ("sample", "plots/holiday.png"),
        ("sample", "notes.txt"),
        ("batch", "cases.csv"),
        ("batch", "cases.jsonl"),
        ("batch", "notes.txt"),
        ("sweep", "sweep.csv"),
        ("sweep", "sweep.json"),
        ("sweep", "sweep.jsonl"),
        ("sweep", "sweep.svg"),
        ("sweep", "sweep.png"),
        ("calibrate", "calibration.json"),
        ("calibrate", "calibration/notes.txt"),
        ("calibrate", "calibration/curves.svg"),
        ("calibrate", "replicates.jsonl"),
        ("backtest", "answers.csv"),
        ("backtest", "scores.svg"),
        ("backtest", "../thesis.md"),
    ],
)
def test_what_was_edited_or_added_in_an_output_is_left_alone(command: str, name: str, refuses: Refuses) -> None:
    refuses(command, name, "# mine", wrote=command)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_output_as_it_was_written_is_replaced(
    finished: Path, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(finished / command, tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    before = contents(tmp_path / "home")
    for path in list(before):
        if path.suffix in {".svg", ".png"}:
            path.unlink()  # so that something has to come back
    assert run(command) in {0, 1}
    after = contents(tmp_path / "home")
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("wrote", "command"), [("sample", "calibrate"), ("sweep", "sample"), ("batch", "sweep"), ("calibrate", "batch")]
)
def test_the_output_of_another_command_is_left_alone(wrote: str, command: str, refuses: Refuses) -> None:
    refuses(command, ".", "", wrote=wrote)


KILLED = """
import os, signal, sys
from falseflag.cli import main
from falseflag.sweep.record import Sweep
Sweep.columns = property(lambda _sweep: os.kill(os.getpid(), signal.SIGKILL))
main(["sweep", *sys.argv[1:]])
"""


def test_a_sweep_that_was_killed_as_it_wrote_leaves_nothing_after_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_inputs(tmp_path)

    ended = subprocess.run([sys.executable, "-c", KILLED, *COMMANDS["sweep"], "--out", "out/thesis"], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list(tmp_path.rglob("*.partial"))
    assert run("sweep") == 0
    assert not list(tmp_path.rglob("*.partial"))
    assert (tmp_path / "out" / "thesis" / "sweep.csv").exists()


def test_rates_of_the_users_own_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_inputs(tmp_path)
    rates = tmp_path / "resolved_cases.hierarchical.json"
    record = read_record(tmp_path / "resolved_cases.csv")
    written = as_json(record, {(name, of): Beta(1.0, 2.0) for name in INDICATORS for of in CLASSES}, {"checks": "é"})
    monkeypatch.setattr("falseflag.hierarchical.model.learned_rates", compute)
    for content in ("", "mine", '{"record_sha256": "mine"}', written.replace("2.0", "2.5", 1), written + " "):
        rates.write_text(content)
        with pytest.raises(SystemExit) as end:
            main(["learn", str(tmp_path / "resolved_cases.csv")])
        assert end.value.code == 2
        assert f"{rates}: was not written by falseflag, or was changed since" in capsys.readouterr().err
        assert rates.read_text() == content
    rates.write_text(written)
    with pytest.raises(SystemExit) as end:
        main(["learn", str(tmp_path / "resolved_cases.csv")])
    assert "it is to be refused" in capsys.readouterr().err  # it goes on to compute
