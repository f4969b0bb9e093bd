"""Likelihoods that moved, furthest first."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from making import case_of, indicator, leaf
from matplotlib.collections import PathCollection

from falseflag import plots
from falseflag.inference.result import Answer
from falseflag.distributions import Beta
from falseflag.plots.likelihoods import MOST, NO_STATEMENT, likelihoods, likelihoods_text
from falseflag.plots.moved import moved
from falseflag.sampling import sample
from falseflag.settings import Settings

from .watching import texts


@pytest.fixture(scope="module")
def many() -> Answer:
    statements = {"a": Beta(4.0, 2.0), "others": Beta(2.0, 4.0)}
    indicators = [indicator(f"i{k}", statements, observed=bool(k % 2)) for k in range(15)]
    return sample(case_of([leaf("a"), leaf("b")], indicators), "exact", Settings(draws=200))


def test_only_what_evidence_can_move_is_there(answer: Answer) -> None:
    case = case_of(
        [leaf("a"), leaf("b")],
        [
            indicator("seen", {"a": Beta(4.0, 2.0), "others": 0.4}),
            indicator("unknown", {"others": Beta(4.0, 2.0)}, observed=None),
        ],
    )
    found = moved(sample(case, "exact", Settings(draws=50)))
    assert [(m.indicator, m.given) for m in found] == [("seen", "a")]
    assert len(moved(answer)) == 6


def test_shift_is_in_prior_standard_deviations_and_sorted(many: Answer) -> None:
    found = moved(many)
    sizes = [abs(m.shift) for m in found]
    assert sizes == sorted(sizes, reverse=True)
    spread = np.sqrt(4 * 2 / (6**2 * 7))
    assert found[0].shift == pytest.approx((found[0].posterior - found[0].prior) / spread)
    assert found[0].posterior == pytest.approx(many.draws.theta[:, found[0].place].mean())


def test_what_was_reported_present_became_likelier_and_what_absent_less(many: Answer) -> None:
    means = {m.place: m for m in moved(many)}
    for s, i in enumerate(many.problem.statement_indicator):
        assert np.sign(means[s].shift) == (1 if many.problem.observed[i] else -1)


def test_title_says_how_many_are_left_out(many: Answer) -> None:
    left_out = 30 - MOST
    assert any(f"the {MOST} that moved most ({left_out} left out)" in t for t in texts(likelihoods(many)))
    assert f"The {MOST} that moved most of 30" in likelihoods_text(many)


def test_arviz_draws_what_was_asked_for(many: Answer) -> None:
    axes = next(axes for axes in likelihoods(many).axes if axes.get_xlabel())
    points = [np.asarray(c.get_offsets())[0] for c in axes.collections if isinstance(c, PathCollection)]
    assert len(points) == 2 * MOST
    expected = {(MOST - 1 - k - 0.17, m.posterior) for k, m in enumerate(moved(many)[:MOST])}
    found = {(y, x) for x, y in np.asarray(points)}
    assert all(any(np.allclose(e, f, atol=1e-9) for f in found) for e in expected)
    best = moved(many)[0].place
    line = next(line for line in axes.lines if np.allclose(line.get_ydata(), MOST - 1 - 0.17))
    assert np.asarray(line.get_xdata()) == pytest.approx(np.quantile(many.draws.theta[:, best], [0.05, 0.95]))
    assert line.get_linewidth() == 2.6


def test_nothing_to_move(answer: Answer) -> None:
    bare = sample(dataclasses.replace(answer.case, indicators={}, groups={}), "exact", Settings(draws=50))
    drawn = plots.picture(plots.PLOTS["likelihoods"], bare)
    assert (drawn.figure, drawn.text) == (None, NO_STATEMENT)
