"""Did what was given so many percent come true that often? A panel for each predictor that weighs evidence."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from falseflag.backtest.calibration import Bin, calibrate
from falseflag.backtest.review import Review
from falseflag.plots import style
from falseflag.plots.rows import MARGIN, room_for
from falseflag.plots.sheet import new_sheet, note
from falseflag.plots.text import wrap

TITLE = "Did what was given so many percent come true that often?"
NOTE = (
    "Leaving one out; every class of every incident is one statement. Lines: 5 to 95 % when incidents are drawn anew. "
    "Numbers: statements in the bin. Below the diagonal: too sure."
)
LEFT, GAP, TOP = 0.62, 0.26, 0.34


@style.applied()
def backtest_calibration(review: Review) -> Figure:
    """Draw observed frequencies against stated probabilities, leaving one out."""
    shown = [p for p in review.predictors if not p.is_baseline]
    size = (style.WIDTH - LEFT - GAP * len(shown)) / len(shown)
    bottom = room_for(NOTE)
    sheet = new_sheet(bottom + size + TOP, title=TITLE, subtitle=f"{len(review.record)} resolved cases")
    for place, predictor in enumerate(shown):
        axes = sheet.axes(LEFT + (size + GAP) * place, bottom, size, size)
        answers = review.find("leave_one_out", predictor.name)
        if answers is not None:
            _draw(axes, calibrate(answers.probability, review.record.y[answers.asked]))
        axes.set_title(wrap(predictor.label, size, size=style.SMALL, lines=2), fontsize=style.SMALL)
        axes.tick_params(labelleft=place == 0)
        axes.set_xlabel("stated", labelpad=2)
        if place == 0:
            axes.set_ylabel("came true", labelpad=2)
    note(sheet, MARGIN, NOTE)
    return sheet.figure


def _draw(axes: Axes, bins: Sequence[Bin]) -> None:
    axes.plot((0, 1), (0, 1), color=style.FAINT, linewidth=0.8, zorder=1)
    for one in bins:
        axes.plot((one.mean, one.mean), one.interval, color=style.POSTERIOR, linewidth=1.4, zorder=2)
        axes.plot([one.mean], [one.frequency], "o", markersize=4.5, color=style.POSTERIOR, zorder=3)
        axes.annotate(
            str(one.count),
            (one.mean, one.interval[1]),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=style.SMALL - 1,
            color=style.MUTED,
            annotation_clip=False,
        )
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.08)
    axes.set_xticks((0, 0.5, 1))
    axes.set_yticks((0, 0.25, 0.5, 0.75, 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, symbol=" %", decimals=0))
