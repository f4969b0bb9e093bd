"""The matrix of hypotheses and evidence."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from making import case_of, indicator, leaf
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from falseflag import plots
from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.inference.result import Answer
from falseflag.plots.evidence import MOST_LEAVES, NOTHING, cells, matrix, matrix_text, short
from falseflag.plots.text import Names
from falseflag.wording import number

from .watching import cut_off, overlaps, texts


def meshes(figure: Figure) -> list[np.ndarray]:
    found = [c for axes in figure.axes for c in axes.collections if isinstance(c, QuadMesh)]
    return [np.asarray(mesh.get_array()) for mesh in found]


def test_a_cell_is_what_the_evidence_alone_does_to_the_hypothesis() -> None:
    tops = [leaf("a", 1.0), leaf("b", 2.0), leaf("c", 3.0)]
    likely = {"x": {"a": 0.9, "b": 0.2, "c": 0.4}, "y": {"a": 0.5, "others": 0.6}}
    case = case_of(tops, [indicator(name, statements) for name, statements in likely.items()])
    (found,) = meshes(matrix(Analysis.of(case), case))
    for column, name in enumerate(likely):
        alone = dataclasses.replace(case, indicators={name: case.indicators[name]})
        posterior = Analysis.of(alone).exact.leaves
        assert found[:, column] == pytest.approx(10 * np.log10(posterior / (np.array([1, 2, 3]) / 6)))


def test_columns_are_sorted_by_how_far_they_set_the_hypotheses_apart(large: Answer) -> None:
    table = cells(Analysis.of(large.case), Names.of(large.case), MOST_LEAVES)
    prior = large.problem.leaf_membership @ large.problem.prior
    spread = prior @ table.db**2 - (prior @ table.db) ** 2
    assert (np.diff(spread) <= 1e-12).all()


def test_every_cell_has_its_number_and_every_row_its_posterior(answer: Answer) -> None:
    figure = matrix(Analysis.of(answer.case), answer.case)
    written = texts(figure)
    assert {short(float(db)) for db in meshes(figure)[0].ravel()} <= set(written)
    assert {number(row.exact) for row in answer.rows if row.is_leaf} <= set(written)


def of_four(case: Case, reports: int) -> Case:
    """Keep four hypotheses of the crowd, and some of its reports."""
    tops = case.hypotheses[::4]
    keep = {top.name for top in tops} | {""}
    indicators = {
        i.name: dataclasses.replace(i, likelihood={c: j for c, j in i.likelihood.items() if c.node in keep})
        for i in list(case.indicators.values())[:reports]
    }
    return dataclasses.replace(case, hypotheses=tops, indicators=indicators, groups={})


@pytest.mark.parametrize(("reports", "left_out"), [(9, 0), (30, 0), (44, 11)])
def test_many_factors_stand_in_blocks_and_the_title_says_how_many_do_not(
    large: Answer, reports: int, left_out: int
) -> None:
    case = of_four(large.case, reports)
    figure = matrix(Analysis.of(case), case)
    assert sum(mesh.shape[1] for mesh in meshes(figure)) == reports - left_out
    assert overlaps(figure) == []
    assert cut_off(figure) == []
    assert any(f"{left_out} pieces of evidence left out" in text for text in texts(figure)) == (left_out > 0)


def test_the_least_probable_of_very_many_hypotheses_are_left_out() -> None:
    tops = [leaf(f"h{k}", 1.0 + k) for k in range(50)]
    case = case_of(tops, [indicator("x", {"others": 0.5})])
    figure = matrix(Analysis.of(case), case)
    assert meshes(figure)[0].shape == (MOST_LEAVES, 1)
    assert "h16" in texts(figure)
    assert "h15" not in texts(figure)
    assert any("16 hypotheses left out" in text for text in texts(figure))
    assert overlaps(figure) == []
    assert cut_off(figure) == []


def test_text_alternative_names_what_tells_most(answer: Answer) -> None:
    table = cells(Analysis.of(answer.case), Names.of(answer.case), MOST_LEAVES)
    assert f"Those that say most: “{table.columns[0]}”" in matrix_text(Analysis.of(answer.case), answer.case)


def test_nothing_to_tell(answer: Answer) -> None:
    bare = dataclasses.replace(answer.case, indicators={}, groups={}, deception={})
    assert plots.picture(plots.PLOTS["matrix"], Analysis.of(bare), bare).text == NOTHING


def test_numbers_fit_their_cells() -> None:
    assert [short(db) for db in (0.0, 9.94, 9.96, -12.6, 100, -4e6)] == ["0.0", "+9.9", "+10", "−13", ">99", "<−99"]
