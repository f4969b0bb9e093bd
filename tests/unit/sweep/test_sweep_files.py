"""What a sweep leaves in its folder, and how it goes on there."""

from __future__ import annotations

import csv
import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import imported_by, run
from oracle.random_cases import draw

from falseflag.batch.cases import answer_cases
from falseflag.case import load
from falseflag.errors import RequestError
from falseflag.run_folder.replace import SWEEP
from falseflag.run_folder.write import write_sweep
from falseflag.settings import Settings
from falseflag.sweep import Sweep, record, sweep

STARTER = Path(__file__).parents[3] / "priors" / "kremlin.yaml"


@pytest.fixture(scope="module")
def found() -> Sweep:
    case = draw(3).case
    return sweep(case, [f"hypotheses.{case.hypotheses[0].name}.prior=1:5:40", "indicators.fact1.observed"])


def test_the_table_has_a_line_a_run(found: Sweep, tmp_path: Path) -> None:
    write_sweep(found, tmp_path)
    with (tmp_path / "sweep.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["run"]) for row in rows] == list(range(120))
    assert [row["indicators.fact1.observed"] for row in rows[:3]] == ["present", "absent", "unknown"]
    for row, leaves, leader in zip(rows, found.leaves, found.leader, strict=True):
        assert row["leader"] == found.problem.leaves[leader]
        assert [float(row[f"posterior.{leaf}"]) for leaf in found.problem.leaves] == pytest.approx(leaves, rel=1e-8)
        tops = [node.name for node in found.case.hypotheses]
        assert sum(float(row[f"posterior.{top}"]) for top in tops) == pytest.approx(1, abs=1e-7)
    content = json.loads((tmp_path / "sweep.json").read_text(encoding="utf-8"))
    assert sum(content["leads"].values()) == pytest.approx(1)
    assert [varied["what"][-1] for varied in content["varied"]] == ["prior", "observed"]


def test_the_table_is_the_same_whatever_the_blocks(
    found: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found.write_csv(tmp_path / "one.csv")
    monkeypatch.setattr(record, "LINES", 7)
    found.write_csv(tmp_path / "other.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_another_sweeps_folder_is_refused_before_anything_is_answered(
    found: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "out" / SWEEP.store
    vary = ["indicators.fact1.observed"]
    write_sweep(sweep(found.case, vary, store=store), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(importlib.import_module("falseflag.sweep.run"), "answer_runs", None)
    with pytest.raises(RequestError, match=r"holds another batch \(vary was"):
        sweep(found.case, [f"hypotheses.{found.case.hypotheses[0].name}.prior=1,2"], store=store)
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_many_cases_are_answered_as_they_are_written(tmp_path: Path) -> None:
    tiny = "title: Tiny\nhypotheses: {a: {prior: 3}, b: {prior: 1}}\nindicators: {}\n"
    for name, text in (("one", tiny), ("two", tiny.replace("prior: 3", "prior: 0.2"))):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    command = ("batch", "one.yaml", "two.yaml", "--engine", "exact", "--out", "answers")
    shown = run(*command, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    with (tmp_path / "answers" / "cases.csv").open(encoding="utf-8") as file:
        rows = {(row["case"], row["name"]): float(row["posterior"]) for row in csv.DictReader(file)}
    names = [(case, node) for case in ("one.yaml", "two.yaml") for node in ("a", "b")]
    assert rows == pytest.approx(dict(zip(names, (3 / 4, 1 / 4, 1 / 6, 5 / 6), strict=True)))
    content = json.loads(run(*command, "--json", cwd=tmp_path).stdout)
    assert [(name, answer["leader"], answer["sound"]) for name, answer in content.items()] == [
        ("one.yaml", "a", True),
        ("two.yaml", "b", True),
    ]


def test_an_item_that_cannot_be_answered_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("title: Tiny\nhypotheses: {a: {}, b: {}}\nindicators: {}\n", encoding="utf-8")
    shown = run("batch", "one.yaml", "--draws", "1000000", "--chains", "64", cwd=tmp_path)
    assert shown.returncode == 2
    assert "with --draws and --chains\nThis was item 'one.yaml' of the batch.\n" in shown.stderr


@pytest.mark.parametrize("changed", ["sources", "circumstances", "deception", "propositions", "title"])
def test_a_batch_goes_on_only_with_the_very_same_cases(changed: str, tmp_path: Path) -> None:
    case = load(STARTER)
    other = replace(case, **{changed: "Another" if changed == "title" else {}})  # type: ignore[arg-type]
    answer_cases({"x": case}, "exact", Settings(draws=100), store=tmp_path / "cases.jsonl")
    with pytest.raises(RequestError, match=r"holds another batch \(cases was"):
        answer_cases({"x": other}, "exact", Settings(draws=100), store=tmp_path / "cases.jsonl")


def test_the_command(tmp_path: Path) -> None:
    vary = ["--vary", "hypotheses.opponents.prior=1:10:10", "--vary", "deception.false_flag.attempt=.1,.9"]
    shown = run("sweep", STARTER, *vary, "--out", tmp_path / "out")
    assert shown.returncode == 0, shown.stderr
    assert all(line.startswith(("answering", "writing")) for line in shown.stderr.splitlines())
    assert "Of 20 runs" in shown.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("sweep.csv", "sweep.json", "sweep.jsonl", "sweep.svg", "sweep.png", "SHA256SUMS")
    }
    assert imported_by("sweep", STARTER, *vary, "--json") == set()
    content = json.loads(run("sweep", STARTER, *vary, "--json").stdout)
    assert content["table"]["columns"][:4] == [
        "run",
        "hypotheses.opponents.prior",
        "deception.false_flag.attempt",
        "leader",
    ]
    assert len(content["table"]["rows"]) == content["runs"] == 20
    wrong = run("sweep", STARTER, "--vary", "hypotheses.oponents.prior=1,2")
    assert wrong.returncode == 2
    assert "Did you mean 'hypotheses.opponents.prior'?" in wrong.stderr
