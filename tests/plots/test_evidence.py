"""Accounts in decibans: weights of evidence, and the way from prior to posterior odds."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from closeness import close_to
from making import case_of, indicator, leaf
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.explanation import Explanation, explain
from falseflag.inference.result import Answer
from falseflag.plots.evidence import MOST, Entry, account, shapley, shapley_text, weights, weights_text
from falseflag.plots.layout import FURTHEST, limits, signed
from falseflag.wording import percent

from .explaining import explained
from .watching import cut_off, overlaps, texts


def explanation_of(answer: Answer) -> Explanation:
    return next(record for record in explained(answer) if isinstance(record, Explanation))


def scale_of(figure: Figure) -> Axes:
    return next(axes for axes in figure.axes if "decibans" in axes.get_xlabel())


def bars(figure: Figure) -> list[tuple[float, float]]:
    """Return where each bar begins and ends, from the top."""
    found = [patch for patch in scale_of(figure).patches if isinstance(patch, Rectangle)]
    found.sort(key=lambda bar: -bar.get_y())
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in found]


def few(probability: float) -> Case:
    return case_of([leaf("a"), leaf("b")], [indicator("x", {"a": 0.9, "b": probability})])


def test_rows_are_the_prior_the_weights_by_size_and_the_posterior(answer: Answer) -> None:
    weighed = explanation_of(answer).weights
    by_size = sorted((row.db for row in weighed.rows), key=lambda db: -abs(db))
    expected = [(0.0, db) for db in (weighed.prior_db, *by_size, weighed.posterior_db)]
    assert bars(weights(explanation_of(answer), answer.case)) == pytest.approx(np.array(expected))


def test_intervals_and_numbers_are_those_of_the_record(large: Answer) -> None:
    explanation = explanation_of(large)
    figure = weights(explanation, large.case)
    drawn = {tuple(np.asarray(line.get_xdata())) for line in scale_of(figure).lines if line.get_label() == "interval"}
    rows = sorted(explanation.weights.rows, key=lambda row: -abs(row.db))[:MOST]
    assert sorted(drawn) == close_to(sorted(row.interval for row in rows if row.interval is not None))
    written = texts(figure)
    for row in rows:
        assert row.interval is not None
        assert signed(row.db) in written
        assert f"{signed(row.interval[0])} to {signed(row.interval[1])}" in written


def test_each_bar_of_the_waterfall_begins_where_the_last_one_ended(large: Answer) -> None:
    explanation = explanation_of(large)
    prior, *steps, posterior = bars(shapley(explanation, large.case))
    assert prior == pytest.approx((0, explanation.shapley.prior_db))
    assert posterior == pytest.approx((0, explanation.shapley.posterior_db))
    ends = [{round(end, 6) for end in step} for step in ((prior[1],), *steps, (posterior[1],))]
    assert all(a & b for a, b in itertools.pairwise(ends))


def test_what_is_left_out_is_added_up_in_one_row() -> None:
    factors = [Entry(f"f{k}", (-1) ** k * (k + 1.0)) for k in range(40)]
    rows = account(2.0, 2.0 + sum(f.db for f in factors), factors)
    assert len(rows) == MOST + 3
    assert [row.label for row in rows[1:3]] == ["f39", "f38"]
    assert rows[-2].label == "the other 18 together"
    assert rows[-2].start + rows[-2].db == pytest.approx(rows[-1].db)


def test_one_more_than_there_is_room_for_stands_by_itself() -> None:
    rows = account(0.0, 0.0, [Entry(f"f{k}", 1.0) for k in range(MOST + 1)])
    assert {row.kind for row in rows} == {"prior", "item", "posterior"}


def test_what_speaks_against_is_hatched(answer: Answer) -> None:
    assert "hatch" in Entry("x", -1.0).look
    assert "hatch" not in Entry("x", 1.0).look
    found = [patch.get_hatch() for patch in scale_of(weights(explanation_of(answer), answer.case)).patches]
    rows = explanation_of(answer).weights.rows
    assert len([hatch for hatch in found if hatch]) == len([row for row in rows if row.db < 0])


def test_impossibilities_end_in_an_arrow() -> None:
    case = few(0.0)
    explanation = explain(Analysis.of(case), case)
    for figure in (weights(explanation, case), shapley(explanation, case)):
        axes = scale_of(figure)
        assert axes.get_xlim()[1] < 1.1 * FURTHEST
        assert [line.get_marker() for line in axes.lines if line.get_label() == "cut"] == [">", ">"]
        assert "> +999" in texts(figure)
        assert overlaps(figure) == []


def test_no_evidence_at_all() -> None:
    case = dataclasses.replace(few(0.5), indicators={})
    explanation = explain(Analysis.of(case), case)
    for figure in (weights(explanation, case), shapley(explanation, case)):
        assert overlaps(figure) == []
        assert cut_off(figure) == []
        assert len(bars(figure)) == 2
    assert "no evidence" in weights_text(explanation, case)
    assert shapley_text(explanation, case).endswith("after it.")


def test_the_waterfall_begins_and_ends_with_the_probabilities(answer: Answer) -> None:
    figure = shapley(explanation_of(answer), answer.case)
    assert f"Prior: {percent(answer[explanation_of(answer).shapley.for_].prior)}" in texts(figure)
    assert f"Posterior: {percent(answer[explanation_of(answer).shapley.for_].exact)}" in texts(figure)
    upper = {text.get_text() for axes in figure.axes for child in axes.child_axes for text in child.get_xticklabels()}
    assert {"50 %"} <= upper


def test_estimates_bear_their_errors(large: Answer) -> None:
    explanation = explanation_of(large)
    rows = [dataclasses.replace(row, error=0.25) for row in explanation.shapley.rows]
    rough = dataclasses.replace(explanation, shapley=dataclasses.replace(explanation.shapley, rows=tuple(rows)))
    written = " ".join(texts(shapley(rough, large.case)))
    assert "± 0.2" in written
    assert "Estimated; ±: standard error." in written.replace("\n", " ")


def test_both_sides_are_named(answer: Answer) -> None:
    weighed = explanation_of(answer).weights
    assert {weighed.for_, weighed.against} <= {top.name for top in answer.case.hypotheses}
    labels = {top.name: top.label for top in answer.case.hypotheses}
    written = {text.replace("\n", " ") for text in texts(weights(explanation_of(answer), answer.case))}
    assert {f"→ for {labels[weighed.for_]}", f"← for {labels[weighed.against]}"} <= written
    assert weights_text(explanation_of(answer), answer.case).startswith(
        f"Weights of evidence for {labels[weighed.for_]} against {labels[weighed.against]}"
    )


@pytest.mark.parametrize("values", [(), (0.0,), (3.0, -8.0), (1e6, -1e6)])
def test_the_scale_holds_zero_and_the_values(values: tuple[float, ...]) -> None:
    low, high = limits(values)
    assert low < 0 < high
    assert all(low < np.clip(value, -FURTHEST, FURTHEST) < high for value in values)


def test_numbers_have_a_sign() -> None:
    assert [signed(db) for db in (12.34, -0.04, -1.0, 5e5)] == ["+12.3", "0.0", "−1.0", "> +999"]
