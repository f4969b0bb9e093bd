"""The commands as a user meets them: exit codes, what goes where, and what is not imported."""

from __future__ import annotations

import csv
import json
import os
import platform
import re
import resource
import shlex
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from commands import GUARD, call, imported_by, run, run_here

from falseflag.case import load
from falseflag.case.states import MAX_STATES
from falseflag.run_folder.replace import SUMS
from falseflag.run_folder.stored import FILES, FOLDERS, MARK

PRIORS = Path(__file__).parents[2] / "priors"
CASE = """\
title: Two boxers
hypotheses:
  red: {prior: 2}
  blue: {}
indicators:
  glove: {observed: present, reliability: 0.9, likelihood: {red: 0.8, blue: unlikely}}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "boxers.yaml"
    path.write_text(CASE)
    return path


def test_check_passes_all_priors_and_imports_nothing_heavy() -> None:
    files = sorted(PRIORS.glob("*.yaml"))
    assert call("check", *files).returncode == 0
    learning = {path for path in files if "record" in path.stem}
    assert imported_by("check", *(path for path in files if path not in learning)) == set()
    assert imported_by("check", *learning) == {"pandas"}


def test_check_tells_every_mistake_of_every_file(tmp_path: Path, case: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(CASE.replace("observed", "observd").replace("unlikely", "unlikly"))
    result = call("check", bad, case, tmp_path / "none.yaml")
    assert result.returncode == 2
    assert f"{bad}:6: indicators.glove.observd: Unknown key 'observd'. Did you mean 'observed'?" in result.stderr
    assert "Did you mean 'unlikely'" in result.stderr
    assert "none.yaml" in result.stderr
    assert f"{case}: fine" in result.stdout
    assert "Traceback" not in result.stderr


def test_check_refuses_what_is_too_large_to_be_answered(tmp_path: Path) -> None:
    leaves = ", ".join(f"h{n}: {{}}" for n in range(MAX_STATES + 1))
    large = tmp_path / "large.yaml"
    large.write_text(f"title: t\nhypotheses: {{{leaves}}}\nindicators: {{}}\n")
    result = call("check", large)
    assert result.returncode == 2
    assert str(large) in result.stderr
    assert "at most 2,000 states" in result.stderr


def test_exact_json_is_alone_on_standard_output_and_lean(case: Path) -> None:
    result = run("sample", case, "--engine", "exact", "--json")
    assert result.returncode == 0
    content = json.loads(result.stdout)
    red = 2 / 3 * (0.9 * 0.8 + 0.1 * 0.2)
    mean = content["hypotheses"][0]
    assert mean["name"] == "red"
    assert mean["posterior"] == mean["exact"]
    assert mean["mcse"] == 0
    assert content["sound"] is True
    assert mean["prior"] == pytest.approx(2 / 3)
    assert mean["posterior"] > red
    assert mean["interval"][0] < mean["posterior"] < mean["interval"][1]
    assert content["case"]["path"] == str(case)
    assert imported_by("sample", case, "--engine", "exact", "--json") == set()


def test_version_names_what_answers_depend_on_and_imports_none_of_it() -> None:
    lines = call("--version").stdout.splitlines()
    assert lines[0] == f"falseflag {version('falseflag')}"
    assert f"python {platform.python_version()}" in lines
    assert {f"{name} {version(name)}" for name in ("numpy", "pymc", "arviz")} < set(lines)
    assert imported_by("--version") == set()


@pytest.mark.parametrize(("words", "wanted"), [("falseflag samp", "sample"), ("falseflag sample --eng", "--engine")])
def test_a_shell_can_complete(words: str, wanted: str) -> None:
    asked = {"_FALSEFLAG_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-m", "falseflag"]
    result = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=True)
    assert result.stdout.split() == [wanted]


def test_schema_is_json() -> None:
    assert json.loads(call("schema").stdout)["$schema"].startswith("https://json-schema.org/draft/2020-12")
    assert imported_by("schema") == set()


def test_new_writes_a_valid_case_and_never_over_one(tmp_path: Path) -> None:
    assert run("new", "mine", cwd=tmp_path).returncode == 0
    assert call("check", tmp_path / "mine.yaml").returncode == 0
    before = (tmp_path / "mine.yaml").read_bytes()
    again = run("new", "mine", cwd=tmp_path)
    assert again.returncode == 2
    assert (tmp_path / "mine.yaml").read_bytes() == before


def test_each_next_step_that_new_names_is_a_command_that_works(tmp_path: Path) -> None:
    folder = tmp_path / "my cases"
    folder.mkdir()
    told = run_here("new", "mine", "--in", folder).stdout
    steps = [shlex.split(re.split(r"  +", line)[1]) for line in told.splitlines() if line.startswith("  ")]
    names = [step[1] for step in steps]
    assert names == ["check", "sample", "explain", "robust", "serve", "sample"]
    for _, name, file, *options in steps:
        assert file == str(folder / "mine.yaml")
        if name != "serve":  # which does not end
            exact = ["--engine", "exact"] if name == "sample" and "--engine" not in options else []
            assert call(name, file, *options, *exact).returncode == 0
    assert (folder / "mine" / "report.html").exists()


def test_new_takes_a_title_and_names_the_file_after_it(tmp_path: Path) -> None:
    title = 'Przewodów "missile" – 2022'
    assert run_here("new", title, "--in", tmp_path).code == 0
    assert load(tmp_path / "przewodow_missile_2022.yaml").title == title
    assert "letters a to z" in run_here("new", "克里姆林宫", "--in", tmp_path).stderr


def test_new_leaves_nothing_where_there_is_no_room(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        ended = run_here("new", "mine", "--in", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (ended.code, list(tmp_path.iterdir())) == (2, [])
    assert "mine.yaml cannot be written: File too large" in ended.stderr


def test_the_terminal_shows_the_answer(case: Path) -> None:
    result = call("sample", case, "--engine", "exact")
    assert result.returncode == 0
    for words in ("Two boxers", "red", "blue", "prior", "posterior", "likely", "passed"):
        assert words in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [["sample"], ["sample", "none.yaml"], ["nonsense"], ["sample", "none.yaml", "--draws", "ten"]],
)
def test_bad_requests_end_with_two(arguments: list[str]) -> None:
    result = call(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_an_unwritable_folder_is_refused_before_anything_is_computed(case: Path) -> None:
    result = call("sample", case, "--engine", "exact", "--out", case / "below")
    assert result.returncode == 2
    assert "--out should name a folder" in result.stderr


def test_exact_run_leaves_all_files_and_prints_what_it_wrote(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = call("sample", case, "--engine", "exact", "--out", out, "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == json.loads((out / "posterior.json").read_text())
    assert {path.name for path in out.iterdir()} == {MARK, SUMS, *FILES, *FOLDERS}
    assert (out / "case" / "boxers.yaml").read_bytes() == case.read_bytes()


@pytest.mark.slow
def test_sampled_run_of_the_default_case(tmp_path: Path) -> None:
    out = tmp_path / "kremlin"
    result = run("sample", PRIORS / "skeptic.yaml", "--out", out)
    assert result.returncode == 0, result.stderr
    content = json.loads((out / "posterior.json").read_text())
    assert all(check["passed"] for check in content["checks"])
    for row in content["hypotheses"]:
        assert abs(row["posterior"] - row["exact"]) < 4 * row["mcse"] + 1e-6
    assert {path.name for path in (out / "case").iterdir()} == {"skeptic.yaml", "kremlin.yaml"}
    names = {path.name for path in (out / "plots").iterdir()}
    assert {name for name in names if not name.endswith(".svg")} == {"hypotheses.png"}


def test_every_figure_is_written_as_png_too_on_request(case: Path, tmp_path: Path) -> None:
    assert (
        call("sample", case, "--engine", "exact", "--draws", "100", "--png", "--out", tmp_path / "out").returncode == 0
    )
    names = {path.name for path in (tmp_path / "out" / "plots").iterdir()}
    assert names == {f"{name.rpartition('.')[0]}.{form}" for name in names for form in ("svg", "png")}


def test_too_few_draws_fail_their_checks_and_say_so(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("sample", case, "--draws", "100", "--chains", "1", "--out", out)
    assert result.returncode == 1
    assert "not to be relied on" in result.stdout
    assert not all(check["passed"] for check in json.loads((out / "posterior.json").read_text())["checks"])
    assert "not to be relied on" in (out / "report.html").read_text()
    for name in ("hypotheses.csv", "indicators.csv"):
        with (out / name).open(newline="") as file:
            assert {row["sound"] for row in csv.DictReader(file)} == {"False"}
    result = run("sample", case, "--draws", "100", "--chains", "1", "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["sound"] is False
    assert "do not rely on this answer" in result.stderr


SIGNALLED = """
import os, sys
from falseflag.cli import main
from falseflag.inference.nuts.apart import SamplerProcess
wait = SamplerProcess.wait
def interrupted(apart, _progress):
    print(apart.pid, flush=True)
    return wait(apart, lambda stage, _share: stage == "sampling" and os.kill(os.getpid(), int(sys.argv[1])))
SamplerProcess.wait = interrupted
main(sys.argv[2:])
"""
"""The command, to which a signal comes once it samples."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_130_and_changes_nothing(case: Path, tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "out"
    assert run("sample", case, "--engine", "exact", "--draws", "100", "--out", out).returncode == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    command = [sys.executable, "-c", SIGNALLED, str(int(number)), "sample", str(case), "--draws", "1000000"]
    done = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, timeout=GUARD, check=False)
    assert done.returncode == 130, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout.splitlines()[-1]), 0)  # the sampler's process
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "interrupted; nothing was changed"
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".partial")] == []
