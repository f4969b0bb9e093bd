"""Pictures of sweeps: curves along one axis, maps over several."""

from __future__ import annotations

import numpy as np
import pytest
from making import case_of, indicator, leaf

from falseflag.distributions import Beta
from falseflag.plots.output import render
from falseflag.plots.style import PAGE, WIDTH
from falseflag.plots.sweep import Map, sweep_figure, sweep_text, why_no_sweep, widest
from falseflag.sweep import Sweep, sweep

from .conftest import HOSTILE, labelled_case
from .watching import cut_off, overlaps, texts

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font")

TWO = case_of([leaf("a", 2.0), leaf("b")], [indicator("i", {"a": Beta(3, 5), "others": 0.5})])
A, B = "hypotheses.a.prior=.1:10:21:log", "indicators.i.likelihood.others=.05:.95:13"

SWEEPS = {
    "one": (TWO, [A], None),
    "words": (TWO, ["indicators.i.observed"], None),
    "two": (TWO, [A, B], None),
    "hostile one": (labelled_case(HOSTILE, children=1), ["hypotheses.h0.prior"], None),
    "hostile all": (labelled_case(HOSTILE, children=1), ["all"], 300),
    "hostile words": (
        labelled_case(HOSTILE, children=1),
        ["indicators.i0.observed", "indicators.i1.observed", "dependence.g.correlation=.1,.9"],
        None,
    ),
}


@pytest.fixture(scope="module", params=SWEEPS)
def found(request: pytest.FixtureRequest) -> Sweep:
    case, vary, random = SWEEPS[request.param]
    return sweep(case, vary, random=random)


def test_no_text_is_cut_off_or_runs_into_another(found: Sweep) -> None:
    figure = sweep_figure(found)
    assert cut_off(figure) == []
    assert overlaps(figure) == []
    assert figure.get_figwidth() == WIDTH
    assert figure.get_figheight() <= PAGE
    assert render(figure, "svg") == render(sweep_figure(found), "svg")
    assert "leads in" in sweep_text(found)


def test_curves_are_the_answers_and_the_band_is_of_who_leads() -> None:
    found = sweep(TWO, [A])
    upper, band = sweep_figure(found).axes[:2]
    drawn = {line.get_label(): np.asarray(line.get_ydata()) for line in upper.get_lines()}
    for h, name in enumerate(found.problem.leaves):
        np.testing.assert_allclose(drawn[name], found.leaves[:, h])
    colors = {line.get_label(): line.get_color() for line in upper.get_lines()}
    for patch, leader in zip(band.patches, found.leader, strict=True):
        assert patch.get_facecolor()[:3] == pytest.approx(
            tuple(int(str(colors[found.problem.leaves[leader]])[k : k + 2], 16) / 255 for k in (1, 3, 5)), abs=1e-6
        )


def test_a_map_has_every_run_of_a_grid_in_its_cell() -> None:
    found = sweep(TWO, [A, B])
    first, second = widest(found)
    drawn = Map.of(found, (first, second))
    leader = found.leader.reshape(found.design.shape)
    np.testing.assert_array_equal(drawn.leader, leader if first == 0 else leader.T)
    assert (drawn.share == 1).all()
    shown = texts(sweep_figure(found))
    assert {"A", "B"} <= set(shown)
    shares = sorted(found.lead_shares)
    assert any(f"{100 * shares[0]:.0f} %" in text for text in shown)


def test_a_sample_counts_every_run_once() -> None:
    found = sweep(TWO, ["hypotheses.a.prior=.1:10:log", "indicators.i.likelihood.others=.05:.95"], random=2000)
    drawn = Map.of(found, (0, 1))
    agree = drawn.leader[drawn.x.cell_of, drawn.y.cell_of] == found.leader
    assert agree.mean() > 0.9
    assert drawn.share.min() >= 0.5


def test_where_nothing_moves_there_is_no_picture() -> None:
    found = sweep(TWO, ["hypotheses.a.prior=3"])
    assert why_no_sweep(found)
    with pytest.raises(ValueError, match="Nothing is varied"):
        sweep_figure(found)
