"""Is the program calibrated? Curves and histograms of what should be uniform; probabilities against the truth."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from falseflag.validation.uniformity import POINTS, band, counts_below
from falseflag.validation.calibrate import ALARM, KINDS, Calibration
from falseflag.validation.scores import Bin
from falseflag.plots import style
from falseflag.plots.panels import Grid
from falseflag.plots.sheet import Sheet, new_sheet, note
from falseflag.problem import Floats

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
    note(sheet, 0.06, f"Bars: where the share lies 90 % of the time if the probabilities are right. {_scores(found)}")
    return sheet.figure


def _draw_bin(axes: Axes, each: Bin, *, failed: bool) -> None:
    axes.plot([each.predicted] * 2, each.usual, color=style.FAINT, linewidth=5, solid_capstyle="butt")
    marker, color = ("s", OUTSIDE) if failed else ("o", WITHIN)
    axes.plot([each.predicted], [each.observed], marker, color=color, markersize=4.5)


def calibration_text(found: Calibration) -> str:
    """Say in words what the figures show."""
    return f"{found.sentence} {_scores(found)}"


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
    from scipy import special  # noqa: PLC0415  (half a second)

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
    told = (
        f"{score.name} score {score.posterior:.3f}, of the prior {score.prior:.3f} (better by {score.gain:.3f} ± "
        f"{score.error:.3f})"
        for score in found.scores
    )
    return "; ".join(told) + "."
