"""Figures of validation: whether the program is calibrated, and how well it answers resolved cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter
from scipy import special

from falseflag.arrays import Floats
from falseflag.plots import style
from falseflag.plots.layout import MARGIN, Grid, Rows, Sheet, deciban_scale, limits, new_sheet, note, room_for
from falseflag.plots.text import wrap
from falseflag.record import INDICATORS
from falseflag.validation import backtest_scores as backtesting
from falseflag.validation.backtest import Review
from falseflag.validation.backtest_scores import Discrimination
from falseflag.validation.calibrate import ALARM, KINDS, Calibration
from falseflag.validation.resolved import SCHEMES
from falseflag.validation.scores import Bin
from falseflag.validation.uniformity import POINTS, band, counts_below
from falseflag.wording import COVERAGE

# Is the program calibrated? Curves and histograms of what should be uniform; probabilities against the truth

CURVES = "Where the truth lies among the draws: distribution functions less the uniform one"
HISTOGRAMS = "Where the truth lies among the draws: how often in each twentieth"
RELIABILITY = "Of the hypotheses given a probability, how many were true"

BINS = 20
LABELS = 0.22
"""Inches: room for the numbers beside each panel."""

FOOT = 0.62
"""Inches: label of the scale, key and note."""

TICKS, PERCENT = np.linspace(0, 1, 6), ("0", "20", "40", "60", "80", "100")

OUTSIDE = style.ALARM
WITHIN = style.POSTERIOR


@style.applied()
def calibration_curves(found: Calibration) -> Figure:
    """Draw, for each kind of quantity, the ECDF of all of them less the uniform one's, with the simultaneous band.

    Parameters
    ----------
    found : Calibration
        With at least one answered replicate.

    Returns
    -------
    Figure
    """
    kinds, size = _kinds(found), len(found.values)
    grid = Grid(len(kinds))
    sheet = new_sheet(grid.height + FOOT, title=CURVES, subtitle=_subtitle(found))
    low, high = band(found.alarm, size)
    shares = counts_below(found.values) / size - POINTS[:, None]
    outside = _is_outside(found)
    limit = 1.15 * float(max(np.abs(shares).max(), np.abs(np.array([low, high]) / size - POINTS).max()))
    for axes, (kind, columns) in zip(grid.axes(sheet, FOOT), kinds.items(), strict=True):
        grid.head(axes, f"{KINDS[kind]} ({len(columns)})")
        axes.fill_between(POINTS, low / size - POINTS, high / size - POINTS, color=style.BAND, label="band")
        for column in columns:
            color, width = (OUTSIDE, 1.2) if outside[column] else (WITHIN, 0.5)
            axes.plot(POINTS, shares[:, column], color=color, linewidth=width)
        _scale(axes, (-limit, limit))
        axes.axhline(0, color=style.FAINT, linewidth=0.5, zorder=1)
    _finish(sheet, "all curves stay within", "curve")
    return sheet.figure


@style.applied()
def calibration_histograms(found: Calibration) -> Figure:
    """Draw rank histograms of every node's P_v(φ) and of the joint log likelihood, with the simultaneous band of a bar.

    Parameters
    ----------
    found : Calibration
        With at least one answered replicate.

    Returns
    -------
    Figure
    """
    shown = [k for k, q in enumerate(found.quantities) if q.kind in {"probability", "log likelihood"}][:16]
    labels = {node.name: node.label for node in found.case.nodes}
    grid = Grid(len(shown))
    sheet = new_sheet(grid.height + FOOT, title=HISTOGRAMS, subtitle=_subtitle(found))
    low, high = _usual_bar(len(found.values), found.alarm)
    outside = _is_outside(found)
    for axes, column in zip(grid.axes(sheet, FOOT), shown, strict=True):
        counts = np.histogram(found.values[:, column], bins=BINS, range=(0, 1))[0]
        grid.head(axes, labels.get(found.quantities[column].name, KINDS["log likelihood"]))
        axes.axhspan(low, high, color=style.BAND, label="band")
        color = OUTSIDE if outside[column] else WITHIN
        axes.stairs(counts, np.linspace(0, 1, BINS + 1), color=color, linewidth=0.9, label="count")
        _scale(axes, (0, 1.15 * max(high, float(counts.max()))))
    _finish(sheet, "all bars of a histogram stay within", "histogram")
    return sheet.figure


@style.applied()
def calibration_reliability(found: Calibration) -> Figure:
    """Draw, by the probability that leaves were given, the share of them that were true.

    Parameters
    ----------
    found : Calibration
        With at least one answered replicate.

    Returns
    -------
    Figure
    """
    sheet = new_sheet(4.3, title=RELIABILITY, subtitle=_subtitle(found))
    axes = sheet.axes(0.7, 1.0, 3.1, 3.1)
    axes.plot([0, 1], [0, 1], color=style.FAINT, linewidth=0.8)
    counts = sheet.axes(4.5, 1.0, 2.0, 3.1)
    for each in (each for each in found.bins if each.count):
        _draw_bin(axes, each, failed=each.p_value < found.alarm)
        middle = (each.low + each.high) / 2
        counts.barh(middle, each.count, height=0.08, color=style.FAINT)
        counts.text(each.count, middle, f" {each.count}", va="center", fontsize=style.SMALL)
    for panel, name in ((axes, "true, %"), (counts, "probability given, %")):
        panel.set_yticks(TICKS, PERCENT)
        panel.set_ylim(-0.02, 1.02)
        panel.set_ylabel(name)
    axes.set_xticks(TICKS, PERCENT)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("probability given, %")
    counts.set_xlabel("number of hypotheses, all incidents")
    counts.set_xlim(0, 1.25 * max(each.count for each in found.bins))
    counts.locator_params(axis="x", nbins=3)
    note(
        sheet,
        0.06,
        f"Bars: where the share lies {COVERAGE} of the time if the probabilities are right. {_scores(found)}",
    )
    return sheet.figure


def _draw_bin(axes: Axes, each: Bin, *, failed: bool) -> None:
    axes.plot([each.predicted] * 2, each.usual, color=style.FAINT, linewidth=5, solid_capstyle="butt")
    marker, color = ("s", OUTSIDE) if failed else ("o", WITHIN)
    axes.plot([each.predicted], [each.observed], marker, color=color, markersize=4.5)


def calibration_figures(found: Calibration) -> dict[str, Figure]:
    """Draw them all, by name; none if no replicate was answered."""
    if not len(found.values):
        return {}
    draw = {"curves": calibration_curves, "histograms": calibration_histograms, "reliability": calibration_reliability}
    return {name: figure(found) for name, figure in draw.items()}


def _subtitle(found: Calibration) -> str:
    return f"{found.case.title}: {len(found.values)} made-up incidents, engine {found.engine}"


def _kinds(found: Calibration) -> dict[str, list[int]]:
    columns = {kind: [k for k, q in enumerate(found.quantities) if q.kind == kind] for kind in KINDS}
    return {kind: places for kind, places in columns.items() if places}


def _is_outside(found: Calibration) -> list[bool]:
    return [not verdict.passed for verdict in found.tests[: len(found.quantities)]]


def _usual_bar(size: int, alarm: float) -> tuple[float, float]:
    """Return the counts between which a bar stays but with probability `alarm`, all bars of a histogram together."""
    each = alarm / BINS / 2
    counts = np.arange(size + 1)
    below: Floats = special.bdtr(counts, size, 1 / BINS)
    return float(np.searchsorted(below, each)), float(np.searchsorted(below, 1 - each))


def _scale(axes: Axes, limits: tuple[float, float]) -> None:
    left, bottom, width, height = axes.get_position().bounds
    room = LABELS / style.WIDTH
    axes.set_position((left + room, bottom, width - room, height))
    axes.set_ylim(*limits)
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
    axes.locator_params(axis="y", nbins=3)


def _finish(sheet: Sheet, what: str, each: str) -> None:
    label = "where the truth lies among the draws, as a share"
    sheet.write(style.WIDTH / 2, 0.44, label, ha="center", fontsize=style.SMALL)
    handles = [
        Patch(color=style.BAND, label="band"),
        Line2D([], [], color=WITHIN, label=f"{each} of a quantity that passed"),
        Line2D([], [], color=OUTSIDE, label=f"{each} of one that failed"),
    ]
    place = (0.5, 0.22 / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=3, borderaxespad=0)
    note(sheet, 0.06, f"If the program is right, {what} the band in all but {100 * ALARM:g} % of calibrations.")


def _scores(found: Calibration) -> str:
    scores = (
        f"{score.name} score {score.posterior:.3f}, of the prior {score.prior:.3f} (better by {score.gain:.3f} ± "
        f"{score.error:.3f})"
        for score in found.scores
    )
    return "; ".join(scores) + "."


# How well each predictor answered incidents that it had not seen: mean log scores under every scheme

SCORES_TITLE = "How well incidents were answered that had not been seen"
SCORES_NOTE = (
    "Mean of ln P(author), an expected one where the author is in doubt. Lines: 5 to 95 % when incidents are drawn "
    "anew. Dashed: uniform guessing. Hollow: baselines."
)
SCORES_LEFT, SCORES_GAP, SCORES_TOP, SCORES_ROW = 2.15, 0.14, 0.3, 0.27
SCORES_PANEL = (style.WIDTH - SCORES_LEFT - 3 * SCORES_GAP) / 3


@style.applied()
def backtest_scores(review: Review) -> Figure:
    """Draw the mean log score of every predictor with its interval, a panel for each scheme."""
    schemes = [scheme for scheme in SCHEMES.values() if review.find(scheme.name, review.predictors[0].name)]
    rows = Rows.fit(len(review.predictors), bottom=room_for(SCORES_NOTE), top=SCORES_TOP, height=SCORES_ROW)
    sheet = new_sheet(rows.top + SCORES_TOP, title=SCORES_TITLE, subtitle=f"{len(review.record)} resolved cases")
    panels = [
        sheet.axes(SCORES_LEFT + (SCORES_PANEL + SCORES_GAP) * k, rows.bottom, SCORES_PANEL, rows.all_high)
        for k in range(len(schemes))
    ]
    lowest = [_draw_scores(axes, review, scheme.name) for axes, scheme in zip(panels, schemes, strict=True)]
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
        rows.label(sheet, place, predictor.label, SCORES_LEFT - 0.1)
    note(sheet, MARGIN, SCORES_NOTE)
    return sheet.figure


def _draw_scores(axes: Axes, review: Review, scheme: str) -> float:
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


# Did what was given so many percent come true that often? A panel for each predictor that weighs evidence

CALIBRATION_TITLE = "Did what was given so many percent come true that often?"
CALIBRATION_NOTE = (
    "Leaving one out; every class of every incident is one statement. Lines: 5 to 95 % when incidents are drawn anew. "
    "Numbers: statements in the bin. Below the diagonal: too sure."
)
CALIBRATION_LEFT, CALIBRATION_GAP, CALIBRATION_TOP, CALIBRATION_BELOW = 0.62, 0.26, 0.34, 0.4
CALIBRATION_ACROSS = 3
"""Panels in a row."""


@style.applied()
def backtest_calibration(review: Review) -> Figure:
    """Draw observed frequencies against stated probabilities, leaving one out."""
    shown = [p for p in review.predictors if not p.is_baseline]
    size = (style.WIDTH - CALIBRATION_LEFT - CALIBRATION_GAP * CALIBRATION_ACROSS) / CALIBRATION_ACROSS
    rows, bottom = -(-len(shown) // CALIBRATION_ACROSS), room_for(CALIBRATION_NOTE)
    height = bottom + rows * (size + CALIBRATION_TOP) + (rows - 1) * CALIBRATION_BELOW
    sheet = new_sheet(height, title=CALIBRATION_TITLE, subtitle=f"{len(review.record)} resolved cases")
    for number, predictor in enumerate(shown):
        row, place = divmod(number, CALIBRATION_ACROSS)
        low = bottom + (rows - 1 - row) * (size + CALIBRATION_TOP + CALIBRATION_BELOW)
        axes = sheet.axes(CALIBRATION_LEFT + (size + CALIBRATION_GAP) * place, low, size, size)
        answers = review.find("leave_one_out", predictor.name)
        if answers is not None:
            _draw_calibration(axes, backtesting.calibrate(answers.probability, review.record.label[answers.asked]))
        axes.set_title(wrap(predictor.label, size, size=style.SMALL, lines=2), fontsize=style.SMALL)
        axes.tick_params(labelleft=place == 0)
        axes.set_xlabel("stated", labelpad=2)
        if place == 0:
            axes.set_ylabel("came true", labelpad=2)
    note(sheet, MARGIN, CALIBRATION_NOTE)
    return sheet.figure


def _draw_calibration(axes: Axes, bins: Sequence[backtesting.Bin]) -> None:
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


# What each indicator says for a false flag against all the rest, present and absent, in decibans

INDICATORS_TITLE = "What tells false flags from the rest"
INDICATORS_NOTE = (
    "Weight of evidence for a false flag against all other authors, in decibans (10: the odds times ten), with "
    f"{COVERAGE} intervals. Hollow: counts alone"
)
MODEL = "; solid: the hierarchical model, which pools"
INDICATORS_LEFT, INDICATORS_GAP, INDICATORS_TOP, INDICATORS_ROW, APART = 2.75, 0.3, 0.26, 0.27, 0.17
INDICATORS_PANEL = (style.WIDTH - INDICATORS_LEFT - 1.5 * INDICATORS_GAP) / 2

type Report = Literal["if_present", "if_absent"]
HEADS: dict[Report, str] = {"if_present": "reported present", "if_absent": "reported absent"}


@style.applied()
def backtest_indicators(review: Review) -> Figure:
    """Draw the decibans of every indicator, those first that say most under one report or the other."""
    order = sorted(
        range(len(review.by_counts)),
        key=lambda j: -max(abs(getattr(review.by_counts[j], report).value) for report in HEADS),
    )
    remark = f"{INDICATORS_NOTE}{MODEL if review.by_model else ''}."
    rows = Rows.fit(len(order), bottom=room_for(remark), top=INDICATORS_TOP, height=INDICATORS_ROW)
    sheet = new_sheet(
        rows.top + INDICATORS_TOP, title=INDICATORS_TITLE, subtitle=f"{len(review.record)} resolved cases"
    )
    ends = limits(
        end
        for one in (*review.by_counts, *review.by_model)
        for report in HEADS
        for end in (getattr(one, report).low, getattr(one, report).high)
    )
    for place, (report, head) in enumerate(HEADS.items()):
        axes = sheet.axes(
            INDICATORS_LEFT + (INDICATORS_PANEL + INDICATORS_GAP) * place, rows.bottom, INDICATORS_PANEL, rows.all_high
        )
        deciban_scale(axes, ends, rows.count)
        axes.set_xlabel("decibans for a false flag", labelpad=2)
        axes.set_title(head, fontsize=style.BODY)
        _draw_indicators(axes, [review.by_counts[j] for j in order], report, APART, hollow=True)
        _draw_indicators(
            axes, [review.by_model[j] for j in order] if review.by_model else [], report, -APART, hollow=False
        )
    for place, j in enumerate(order):
        name = review.by_counts[j].indicator
        rows.label(sheet, place, INDICATORS[name], INDICATORS_LEFT - 0.1)
    note(sheet, MARGIN, remark)
    return sheet.figure


def _draw_indicators(
    axes: Axes, found: Sequence[Discrimination], report: Report, shift: float, *, hollow: bool
) -> None:
    color = style.PRIOR if hollow else style.POSTERIOR
    for place, one in enumerate(found):
        spread, y = getattr(one, report), len(found) - 1 - place + shift
        axes.plot((spread.low, spread.high), (y, y), color=color, linewidth=1.2, solid_capstyle="butt", zorder=2)
        face = "white" if hollow else color
        axes.plot([spread.value], [y], "o", markersize=3.6, color=color, markerfacecolor=face, zorder=3)
