"""Tables say what the records say."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from closeness import close_to
from oracle.random_cases import draw

import falseflag
from falseflag.batch.cases import Batch
from falseflag.case.model import Case
from falseflag.problem import problem_of
from falseflag.run_folder.write import write_run
from falseflag.sampling import sample
from falseflag.settings import Settings


@pytest.fixture(scope="module")
def case() -> Case:
    return draw(1).case


@pytest.fixture(scope="module")
def answer(case: Case) -> dict[str, float]:
    return {row.name: row.exact for row in sample(case, "exact", Settings(draws=200)).rows}


def test_an_answer_shows_itself(case: Case) -> None:
    found = falseflag.sample(case, engine="exact", draws=200)
    assert list(found.frame.index) == [row.name for row in found.rows]
    assert "<table" in found._repr_html_()
    sizes = found.problem.sizes[found.problem.statement_indicator]
    table = falseflag.tables.indicators_frame(found)
    assert len(table) == np.where(sizes == 2, 1, sizes).sum()
    assert table["prior_mean"].between(0, 1).all()


def test_what_else_is_answered_has_a_row_each(case: Case) -> None:
    found = falseflag.sample(case, engine="exact", draws=200)
    tables = falseflag.tables
    for frame, rows in (
        (tables.propositions_frame(found), found.propositions),
        (tables.circumstances_frame(found), found.circumstances),
        (tables.facts_frame(found), found.facts),
    ):
        assert frame["exact"].to_list() == close_to([row.exact for row in rows])
        assert frame["low"].to_list() == close_to([row.interval[0] for row in rows])
    assert tables.sources_frame(found)["prior"].to_list() == close_to([row.prior for row in found.sources])
    staged = tables.staging_frame(found)
    assert len(staged) == sum(1 + len(entry.planted) for entry in found.deception)
    assert case.circumstances
    assert case.propositions


def test_weights_add_up(case: Case, answer: dict[str, float]) -> None:
    first, second = sorted((top.name for top in case.hypotheses), key=lambda name: -answer[name])[:2]
    table = falseflag.explain(case, first, second).frame
    problem = problem_of(case)
    prior = {name: problem.membership[name] @ problem.prior for name in (first, second)}
    odds = 10 * np.log10(prior[first] / prior[second]) + table["db"].sum()
    assert odds == pytest.approx(10 * np.log10(answer[first] / answer[second]), abs=1e-9)
    assert (table["low"] <= table["high"]).all()
    assert table["shapley"].notna().all()


def test_replay_ends_with_the_answer(case: Case, answer: dict[str, float]) -> None:
    assert falseflag.replay(case).frame.iloc[-1].to_dict() == pytest.approx(answer, abs=1e-9)


def test_tips_are_nearest_first(case: Case) -> None:
    factors = falseflag.robust(case).frame["odds_factor"].dropna().to_numpy(float)
    assert (np.diff(factors) >= 0).all()


def test_prospects_are_the_unknown_ones_and_circumstances(case: Case) -> None:
    unknown = {name for name, indicator in case.indicators.items() if not indicator.is_evidence}
    table = falseflag.next(case).frame
    assert set(table.index.get_level_values("name")) == unknown | set(case.circumstances)
    assert table.groupby(level="name")["p"].sum().to_list() == close_to([1.0] * len(unknown | set(case.circumstances)))


def test_comparison_with_oneself(case: Case, answer: dict[str, float]) -> None:
    table = falseflag.compare([case, replace(case, title="again")]).frame
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
        for row in csv.reader((tmp_path / "run" / name).read_text(encoding="utf-8").splitlines())
        for cell in row
    ]
    assert "'" + formula in cells
    assert "'@SUM(A1)" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
    answer = sample(case, "exact", Settings(draws=200)).to_dict()
    Batch({"=case": case}, {"=case": answer}).write_csv(tmp_path / "cases.csv")
    assert "\n'=case," in (tmp_path / "cases.csv").read_text()
