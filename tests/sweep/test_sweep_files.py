"""What a sweep leaves in its folder, and how it goes on there."""

from __future__ import annotations

import csv
import errno
import json
import os
from pathlib import Path

import pytest
from commands import imported_by, run
from making import random_case

from falseflag.errors import RequestError
from falseflag.run.sweep import write_sweep
from falseflag.sweep import Sweep, sweep, table
from falseflag.sweep.many import write_cases
from falseflag.sweep.table import STORE, write_table
from falseflag.writing import replacing_file

STARTER = Path(__file__).parents[2] / "priors" / "kremlin.yaml"


@pytest.fixture(scope="module")
def found() -> Sweep:
    case = random_case(1)
    return sweep(case, [f"hypotheses.{case.hypotheses[0].name}.prior=1:5:40", "indicators.i7.observed"])


def test_the_table_has_a_line_a_run(found: Sweep, tmp_path: Path) -> None:
    write_sweep(found, tmp_path)
    with (tmp_path / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["run"]) for row in rows] == list(range(120))
    assert [row["indicators.i7.observed"] for row in rows[:3]] == ["present", "absent", "unknown"]
    for row, leaves, leader in zip(rows, found.leaves, found.leader, strict=True):
        assert row["leader"] == found.problem.leaves[leader]
        assert [float(row[f"posterior.{leaf}"]) for leaf in found.problem.leaves] == pytest.approx(leaves, rel=1e-8)
        tops = [node.name for node in found.case.hypotheses]
        assert sum(float(row[f"posterior.{top}"]) for top in tops) == pytest.approx(1, abs=1e-7)
    told = json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))
    assert sum(told["leads"].values()) == pytest.approx(1)
    assert [varied["what"][-1] for varied in told["varied"]] == ["prior", "observed"]


def test_a_table_is_written_whole_whatever_is_there(
    found: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store = tmp_path / "sweep.csv", tmp_path / STORE
    write_table(found, path, store)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    monkeypatch.setattr(table, "BLOCK", 7)
    write_table(found, path, store)
    assert path.read_bytes() == whole
    store.unlink()
    write_table(sweep(found.case, ["indicators.i7.observed"]), path, store)
    assert path.read_bytes().startswith(b"run,indicators.i7.observed,leader,")
    assert path.read_bytes().count(b"\n") == 4
    assert {entry.name for entry in tmp_path.iterdir()} == {"sweep.csv", STORE}


@pytest.mark.parametrize("name", ["sweep.csv", "sweep.json", "sweep.svg"])
def test_what_cannot_be_written_is_told(found: Sweep, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(RequestError, match=rf"{name}: could not be written \(Is a directory\)"):
        write_sweep(found, tmp_path)
    assert list(tmp_path.glob(".*")) == []


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RequestError, match="No space left on device"), replacing_file(path) as partial:
        partial.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(KeyError):
        write_cases({"one.yaml": {"hypotheses": [{"interval": (0, 1)}], "sound": True}}, path)
    assert [entry.read_text(encoding="utf-8") for entry in tmp_path.iterdir()] == ["old"]
    with pytest.raises(RequestError, match="none: could not be written"):
        write_cases({}, path / "none")


def test_another_sweeps_folder_is_refused(found: Sweep, tmp_path: Path) -> None:
    write_sweep(found, tmp_path)
    whole = (tmp_path / "sweep.csv").read_bytes()
    with pytest.raises(RequestError, match=r"holds another batch \(vary was"):
        write_sweep(sweep(found.case, ["indicators.i7.observed"]), tmp_path)
    assert (tmp_path / "sweep.csv").read_bytes() == whole


def test_many_cases_are_answered_as_they_are_written(tmp_path: Path) -> None:
    tiny = "title: Tiny\nhypotheses: {a: {prior: 3}, b: {prior: 1}}\nindicators: {}\n"
    for name, text in (("one", tiny), ("two", tiny.replace("prior: 3", "prior: 0.2"))):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    command = ("batch", "one.yaml", "two.yaml", "--engine", "exact", "--out", "answers")
    shown = run(*command, cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    with (tmp_path / "answers" / "cases.csv").open(encoding="utf-8") as file:
        rows = {(row["case"], row["name"]): float(row["posterior"]) for row in csv.DictReader(file)}
    names = [(case, node) for case in ("one.yaml", "two.yaml") for node in ("a", "b")]
    assert rows == pytest.approx(dict(zip(names, (3 / 4, 1 / 4, 1 / 6, 5 / 6), strict=True)))
    told = json.loads(run(*command, "--json", cwd=tmp_path).stdout)
    assert [(name, answer["leader"], answer["sound"]) for name, answer in told.items()] == [
        ("one.yaml", "a", True),
        ("two.yaml", "b", True),
    ]


def test_an_item_that_cannot_be_answered_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("title: Tiny\nhypotheses: {a: {}, b: {}}\nindicators: {}\n", encoding="utf-8")
    shown = run("batch", "one.yaml", "--draws", "1000000", "--chains", "64", cwd=tmp_path)
    assert shown.returncode == 2
    assert "for fewer --chains\nThis was item 'one.yaml' of the batch.\n" in shown.stderr


def test_the_command(tmp_path: Path) -> None:
    vary = ["--vary", "hypotheses.opponents.prior=1:10:10", "--vary", "indicators.two_hits.likelihood.others=.1,.9"]
    shown = run("sweep", STARTER, *vary, "--out", tmp_path / "out")
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert "Of 20 runs" in shown.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("sweep.csv", "sweep.json", "sweep.jsonl", "sweep.svg", "sweep.png")
    }
    assert imported_by("sweep", STARTER, *vary, "--json") == set()
    told = json.loads(run("sweep", STARTER, *vary, "--json").stdout)
    assert told["table"]["columns"][:4] == [
        "run",
        "hypotheses.opponents.prior",
        "indicators.two_hits.likelihood.others",
        "leader",
    ]
    assert len(told["table"]["rows"]) == told["runs"] == 20
    wrong = run("sweep", STARTER, "--vary", "hypotheses.oponents.prior=1,2")
    assert wrong.returncode == 2
    assert "Did you mean 'hypotheses.opponents.prior'?" in wrong.stderr
