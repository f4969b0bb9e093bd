"""What each indicator says for a false flag against all the rest, present and absent, in decibans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.backtest.discrimination import Discrimination
from falseflag.backtest.review import Review
from falseflag.plots import style
from falseflag.plots.decibans import deciban_scale, limits
from falseflag.plots.rows import MARGIN, Rows, room_for
from falseflag.plots.sheet import new_sheet, note
from falseflag.record import INDICATORS

TITLE = "What tells false flags from the rest"
NOTE = (
    "Weight of evidence for a false flag against all other authors, in decibans (10: the odds times ten), with 90 % "
    "intervals. Hollow: counts alone"
)
MODEL = "; solid: the hierarchical model, which pools"
LEFT, GAP, TOP, ROW, APART = 2.75, 0.3, 0.26, 0.27, 0.17
PANEL = (style.WIDTH - LEFT - 1.5 * GAP) / 2

type Report = Literal["if_present", "if_absent"]
HEADS: dict[Report, str] = {"if_present": "reported present", "if_absent": "reported absent"}


@style.applied()
def backtest_indicators(review: Review) -> Figure:
    """Draw the decibans of every indicator, those first that tell most under one report or the other."""
    order = sorted(
        range(len(review.by_counts)),
        key=lambda j: -max(abs(getattr(review.by_counts[j], report).value) for report in HEADS),
    )
    remark = f"{NOTE}{MODEL if review.by_model else ''}."
    rows = Rows.fit(len(order), bottom=room_for(remark), top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=TITLE, subtitle=f"{len(review.record)} resolved cases")
    ends = limits(
        end
        for one in (*review.by_counts, *review.by_model)
        for report in HEADS
        for end in (getattr(one, report).low, getattr(one, report).high)
    )
    for place, (report, head) in enumerate(HEADS.items()):
        axes = sheet.axes(LEFT + (PANEL + GAP) * place, rows.bottom, PANEL, rows.all_high)
        deciban_scale(axes, ends, rows.count)
        axes.set_xlabel("decibans for a false flag", labelpad=2)
        axes.set_title(head, fontsize=style.BODY)
        _draw(axes, [review.by_counts[j] for j in order], report, APART, hollow=True)
        _draw(axes, [review.by_model[j] for j in order] if review.by_model else [], report, -APART, hollow=False)
    for place, j in enumerate(order):
        name = review.by_counts[j].indicator
        rows.label(sheet, place, INDICATORS[name], LEFT - 0.1)
    note(sheet, MARGIN, remark)
    return sheet.figure


def _draw(axes: Axes, found: Sequence[Discrimination], report: Report, shift: float, *, hollow: bool) -> None:
    color = style.PRIOR if hollow else style.POSTERIOR
    for place, one in enumerate(found):
        spread, y = getattr(one, report), len(found) - 1 - place + shift
        axes.plot((spread.low, spread.high), (y, y), color=color, linewidth=1.2, solid_capstyle="butt", zorder=2)
        face = "white" if hollow else color
        axes.plot([spread.value], [y], "o", markersize=3.6, color=color, markerfacecolor=face, zorder=3)
