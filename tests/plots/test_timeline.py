"""The answer over time, with labels at the ends of the lines."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from closeness import close_to
from scipy import optimize

from falseflag import plots
from falseflag.explain.analysis import Analysis
from falseflag.explain.replay import Stage
from falseflag.explain.replay import replay as stages_of
from falseflag.inference.result import Answer
from falseflag.plots.layout import apart
from falseflag.plots.timeline import MOST, NO_DATES, lines, replay, replay_text

from .conftest import dated
from .watching import texts


def stages(answer: Answer) -> tuple[Stage, ...]:
    return stages_of(Analysis.of(answer.case))


def test_each_line_steps_on_its_date_and_holds_until_the_next(answer: Answer) -> None:
    figure, found = replay(stages(answer), answer.case), stages(answer)
    drawn = {line.get_label(): line for line in figure.axes[0].lines}
    for leaf in answer.problem.leaves:
        line = drawn[": ".join(answer[".".join(leaf.split(".")[: d + 1])].label for d in range(leaf.count(".") + 1))]
        expected = [stage.posterior[leaf] for stage in found]
        assert list(np.asarray(line.get_ydata())) == close_to([*expected, expected[-1]])
        assert line.get_drawstyle() == "steps-post"


def test_lines_differ_in_more_than_colour(large: Answer) -> None:
    found = replay(stages(large), large.case).axes[0].lines
    assert len(found) == MOST
    assert len({(line.get_color(), str(line.get_linestyle()), line._unscaled_dash_pattern) for line in found}) == MOST  # type: ignore[attr-defined]


def test_dates_are_written_as_in_the_case_with_the_number_of_reports(answer: Answer, large: Answer) -> None:
    assert {"start\n1 item", "2022-02-24\n1 item"} <= set(texts(replay(stages(answer), answer.case)))
    written = texts(replay(stages(large), large.case))
    assert "2022-03-02 (+2)" in written
    assert any("One in 2 is written." in text for text in written)


def test_many_hypotheses_are_those_at_the_top_and_the_others_together(large: Answer) -> None:
    found = lines(stages(large), large.case)
    assert len(found) == MOST
    assert sum(line.values[-1] for line in found) == pytest.approx(1)
    assert any(line.label == "the other 6 together" for line in found)
    assert [line.values[-1] for line in found] == sorted((line.values[-1] for line in found), reverse=True)


def test_text_alternative_says_who_led_when(answer: Answer) -> None:
    before, after = stages(answer)
    turned, after = dataclasses.replace(before, leader="h0"), dataclasses.replace(after, leader="h2")
    assert "At the start Red leads; from 2022-02-24 on Somebody else." in replay_text((turned, after), answer.case)


def test_no_dates(answer: Answer) -> None:
    undated = {name: dated(i, "") for name, i in answer.case.indicators.items()}
    case = dataclasses.replace(answer.case, indicators=undated)
    assert plots.picture(plots.PLOTS["replay"], stages_of(Analysis.of(case)), case).text == NO_DATES


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_moved_as_little_as_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted, gap = rng.uniform(0, 3, 8), 0.3
    found = apart(wanted, gap, 0.0, 3.0)
    order = np.argsort(wanted)
    assert (np.diff(found[order]) >= gap - 1e-9).all()
    assert found.min() >= 0
    assert found.max() <= 3
    rules = [
        {"type": "ineq", "fun": lambda x, a=a, b=b: x[b] - x[a] - gap} for a, b in itertools.pairwise(order.tolist())
    ]
    best = optimize.minimize(
        lambda x: float(((x - wanted) ** 2).sum()), found, bounds=[(0, 3)] * 8, constraints=rules, method="SLSQP"
    )
    assert ((found - wanted) ** 2).sum() == pytest.approx(best.fun, abs=1e-6)


def test_labels_that_do_not_meet_stay_where_they_are() -> None:
    assert apart([0.5, 2.0, 1.0], 0.3, 0.0, 3.0) == pytest.approx([0.5, 2.0, 1.0])
    assert len(apart([], 0.3, 0.0, 3.0)) == 0
