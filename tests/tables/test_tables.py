"""Tables say what the records say."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from making import random_case

import falseflag
from falseflag.case.model import Case
from falseflag.problem import problem_of
from falseflag.run_folder.write import write_run
from falseflag.sampling import sample
from falseflag.settings import Settings
from falseflag.sweep.many import write_cases


@pytest.fixture(scope="module")
def case() -> Case:
    made = random_case(4)
    dated = {name: replace(i, seen=f"2023-05-0{1 + k % 3}") for k, (name, i) in enumerate(made.indicators.items())}
    return replace(made, indicators=dated)


@pytest.fixture(scope="module")
def answer(case: Case) -> dict[str, float]:
    return {row.name: row.exact for row in sample(case, "exact", Settings(draws=200)).rows}


def test_an_answer_shows_itself(case: Case) -> None:
    found = falseflag.sample(case, engine="exact", draws=200)
    assert list(found.frame.index) == [row.name for row in found.rows]
    assert "<table" in found._repr_html_()
    assert len(falseflag.tables.indicators_frame(found)) == len(found.problem.statements)


def test_weights_add_up(case: Case, answer: dict[str, float]) -> None:
    leaves = sorted((leaf.name for leaf in case.leaves), key=lambda name: -answer[name])
    table = falseflag.tables.weights(case, leaves[0], leaves[1])
    means = problem_of(case)
    prior = dict(zip(means.leaves, means.prior, strict=True))
    odds = 10 * np.log10(prior[leaves[0]] / prior[leaves[1]]) + table["db"].sum()
    assert odds == pytest.approx(10 * np.log10(answer[leaves[0]] / answer[leaves[1]]), abs=1e-9)
    assert (table["low"] <= table["high"]).all()
    assert table["shapley"].notna().all()


def test_replay_ends_with_the_answer(case: Case, answer: dict[str, float]) -> None:
    assert falseflag.tables.replay(case).iloc[-1].to_dict() == pytest.approx(answer, abs=1e-9)


def test_tips_are_nearest_first(case: Case) -> None:
    factors = falseflag.tables.tipping(case)["odds_factor"].dropna().to_numpy(float)
    assert (np.diff(factors) >= 0).all()


def test_prospects_are_the_unknown_ones(case: Case) -> None:
    unknown = {name for name, indicator in case.indicators.items() if indicator.observed is None}
    assert set(falseflag.tables.prospects(case).index) == unknown


def test_comparison_with_oneself(case: Case, answer: dict[str, float]) -> None:
    table = falseflag.tables.comparison([case, replace(case, title="again")])
    assert table["linear pool"].to_dict() == pytest.approx(answer, abs=1e-9)
    assert table["log pool"].to_dict() == pytest.approx(answer, abs=1e-9)


def test_a_spreadsheet_takes_no_text_of_a_case_for_a_formula(case: Case, tmp_path: Path) -> None:
    """Labels, sources, reasons: text stays text, and numbers stay numbers."""
    formula = '=HYPERLINK("http://example.org")'
    node = replace(case.hypotheses[0], label=formula)
    indicators = {name: replace(i, label="+" + name, why="@SUM(A1)") for name, i in case.indicators.items()}
    named = replace(case, hypotheses=(node, *case.hypotheses[1:]), indicators=indicators)
    write_run(sample(named, "exact", Settings(draws=200)), tmp_path / "run")
    cells = [
        cell
        for name in ("hypotheses.csv", "indicators.csv")
        for row in csv.reader((tmp_path / "run" / name).open(encoding="utf-8", newline=""))
        for cell in row
    ]
    assert "'" + formula in cells
    assert "'@SUM(A1)" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
    write_cases({"=case": sample(case, "exact", Settings(draws=200)).as_dict()}, tmp_path / "cases.csv")
    assert "\n'=case," in (tmp_path / "cases.csv").read_text()
