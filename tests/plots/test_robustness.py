"""What would overturn the answer: tipping points, dependence, bounds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from closeness import close_to
from making import case_of, indicator, leaf
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from falseflag import plots
from falseflag.explain.analysis import Analysis
from falseflag.explain.robustness import Robustness, robust
from falseflag.inference.result import Answer
from falseflag.plots.robustness import (
    FURTHEST,
    NEVER,
    NO_GROUPS,
    TORNADO_MOST,
    bounds,
    bounds_text,
    dependence,
    dependence_text,
    nearest_first,
    tornado,
    tornado_text,
    value,
)
from falseflag.wording import number, number_range

from .explaining import explained
from .watching import texts


def robustness_of(answer: Answer) -> Robustness:
    return next(record for record in explained(answer) if isinstance(record, Robustness))


def axes_with(figure: Figure, label: str) -> Axes:
    return next(axes for axes in figure.axes if label in axes.get_xlabel())


def marks(axes: Axes, label: str) -> list[tuple[float, ...]]:
    """Return x of each mark with a label, from the top row to the lowest."""
    lines = [line for line in axes.lines if line.get_label() == label]
    lines.sort(key=lambda line: -np.asarray(line.get_ydata())[0])
    return [tuple(np.asarray(line.get_xdata(), float)) for line in lines]


def test_bars_are_the_factors_the_nearest_on_top(answer: Answer) -> None:
    axes = axes_with(tornado(robustness_of(answer), answer.case), "factor in odds")
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    lengths = [np.exp(bar.get_width()) for bar in sorted(found, key=lambda bar: -bar.get_y())]
    rows = [row.odds_factor for row in robustness_of(answer).tipping if row.odds_factor is not None]
    assert lengths == pytest.approx(np.sort(np.clip(rows, 1, FURTHEST))[:TORNADO_MOST])


def test_what_is_written_and_where_it_tips_are_numbers(answer: Answer) -> None:
    figure = tornado(robustness_of(answer), answer.case)
    for row in nearest_first(robustness_of(answer))[:TORNADO_MOST]:
        assert {value(row, row.written), value(row, row.tips_at)} <= set(texts(figure))


def test_judgements_that_never_tip_are_counted(answer: Answer) -> None:
    rows = robustness_of(answer).tipping
    never = sum(row.odds_factor is None for row in rows)
    note = " ".join(texts(tornado(robustness_of(answer), answer.case))).replace("\n", " ")
    assert f"{never} of {len(rows)} judgements never change who leads" in note
    assert tornado_text(robustness_of(answer), answer.case).startswith(
        f"Of {len(rows)} judgements, {len(rows) - never}"
    )


def test_priors_are_hollow_and_likelihoods_solid(answer: Answer) -> None:
    axes = axes_with(tornado(robustness_of(answer), answer.case), "factor in odds")
    white = [patch.get_facecolor()[:3] == (1, 1, 1) for patch in axes.patches]
    kinds = [row.kind for row in nearest_first(robustness_of(answer))[:TORNADO_MOST]]
    assert white == [kind == "prior" for kind in kinds]


def test_no_judgement_could_change_the_leader(answer: Answer) -> None:
    rows = [dataclasses.replace(row, tips_at=None, odds_factor=None) for row in robustness_of(answer).tipping]
    firm = dataclasses.replace(robustness_of(answer), tipping=tuple(rows))
    assert plots.picture(plots.PLOTS["tornado"], firm, answer).text == NEVER


def test_what_is_very_far_ends_in_an_arrow() -> None:
    case = case_of([leaf("a", 1e6), leaf("b")], [indicator("x", {"others": 0.5})])
    figure = tornado(robust(Analysis.of(case), case), case)
    axes = axes_with(figure, "factor in odds")
    assert np.exp(axes.get_xlim()[1]) == pytest.approx(FURTHEST)
    assert [line.get_marker() for line in axes.lines] == [">", ">"]


def test_dependence_shows_three_answers_of_every_leaf(answer: Answer) -> None:
    found, figure = robustness_of(answer).dependence, dependence(robustness_of(answer), answer.case)
    axes = axes_with(figure, "probability")
    for label, answers in (("none", found.none), ("as written", found.as_written), ("full", found.full)):
        expected = [answers[name] for name in answer.problem.leaves]
        assert marks(axes, label) == close_to([(p,) for p in expected])
        assert {number(p) for p in expected} <= set(texts(figure))
    assert f"{number(found.none['h2'])} %" in dependence_text(robustness_of(answer), answer.case)


def test_without_groups_dependence_is_no_question(answer: Answer) -> None:
    case = dataclasses.replace(answer.case, groups={})
    assert plots.picture(plots.PLOTS["dependence"], robust(Analysis.of(case), case), case).text == NO_GROUPS


def test_bounds_are_nested_and_written(answer: Answer) -> None:
    robustness = robustness_of(answer)
    figure = bounds(robustness, answer.case)
    axes = axes_with(figure, "probability")
    for row in robustness.bounds:
        assert marks(axes, f"factor-{row.factor:g}") == close_to([row.nodes[name] for name in answer.problem.leaves])
        assert {number_range(*row.nodes[name]) for name in answer.problem.leaves} <= set(texts(figure))
    widths = [line.get_linewidth() for line in axes.lines if str(line.get_label()).startswith("factor")][:3]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(
    ("holds", "said"), [((), "does not lead"), ((2.0,), "factor of 2"), ((2.0, 5.0), "factor of 5")]
)
def test_text_says_how_far_the_leader_holds(answer: Answer, holds: tuple[float, ...], said: str) -> None:
    robustness = robustness_of(answer)
    rows = tuple(dataclasses.replace(row, leader_holds=row.factor in holds) for row in robustness.bounds)
    assert said in bounds_text(dataclasses.replace(robustness, bounds=rows), answer.case).rsplit("It ", 1)[1]
