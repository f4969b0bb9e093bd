"""How well each predictor answered incidents that it had not seen: mean log scores under every scheme."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.backtest.review import Review
from falseflag.backtest.schemes import SCHEMES
from falseflag.plots import style
from falseflag.plots.rows import MARGIN, Rows, room_for
from falseflag.plots.sheet import new_sheet, note

TITLE = "How well incidents were answered that had not been seen"
NOTE = (
    "Mean of ln P(recorded author); right is better, 0 would be perfect. Lines: 5 to 95 % when incidents are drawn "
    "anew. Dashed: uniform guessing. Hollow: baselines."
)
LEFT, GAP, TOP, ROW = 2.15, 0.14, 0.3, 0.27
PANEL = (style.WIDTH - LEFT - 3 * GAP) / 3


@style.applied()
def backtest_scores(review: Review) -> Figure:
    """Draw the mean log score of every predictor with its interval, a panel for each scheme."""
    schemes = [scheme for scheme in SCHEMES.values() if review.find(scheme.name, review.predictors[0].name)]
    rows = Rows.fit(len(review.predictors), bottom=room_for(NOTE), top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=TITLE, subtitle=f"{len(review.record)} resolved cases")
    panels = [sheet.axes(LEFT + (PANEL + GAP) * k, rows.bottom, PANEL, rows.all_high) for k in range(len(schemes))]
    lowest = [_draw(axes, review, scheme.name) for axes, scheme in zip(panels, schemes, strict=True)]
    for axes, scheme in zip(panels, schemes, strict=True):
        count = review.find(scheme.name, review.predictors[0].name)
        axes.set_title(f"{scheme.label} ({0 if count is None else len(count.asked)})", fontsize=style.SMALL)
        axes.set_xlim(min(lowest) - 0.08, 0)
        axes.set_ylim(-0.5, rows.count - 0.5)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=5)
        axes.axvline(-np.log(len(review.record.classes)), color=style.MUTED, linestyle="--", linewidth=0.8, zorder=1)
        axes.set_xlabel("mean log score (nats)", labelpad=2)
    for place, predictor in enumerate(review.predictors):
        rows.label(sheet, place, predictor.label, LEFT - 0.1)
    note(sheet, MARGIN, NOTE)
    return sheet.figure


def _draw(axes: Axes, review: Review, scheme: str) -> float:
    """Draw one panel; returns the lowest end of its intervals."""
    lowest = 0.0
    for place, predictor in enumerate(review.predictors):
        answers = review.find(scheme, predictor.name)
        if answers is None:
            continue
        mean, y = review.score(answers, "log"), len(review.predictors) - 1 - place
        color = style.MUTED if predictor.is_baseline else style.POSTERIOR
        axes.plot((mean.low, mean.high), (y, y), color=color, linewidth=1.6, solid_capstyle="butt", zorder=2)
        face = "white" if predictor.is_baseline else color
        axes.plot([mean.value], [y], "o", markersize=5, color=color, markerfacecolor=face, zorder=3)
        lowest = min(lowest, mean.low)
    return lowest
