"""A sweep of one judgement: the probability of each hypothesis along it, and who leads where."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.plots import style
from falseflag.plots.direct import apart
from falseflag.plots.naming import Names
from falseflag.plots.replay import LINES
from falseflag.plots.rows import MARGIN
from falseflag.plots.sheet import Sheet, new_sheet, note
from falseflag.plots.sweep_axis import Scale
from falseflag.plots.text import wrap
from falseflag.problem import Floats
from falseflag.sweep import Sweep
from falseflag.wording import percent

LEFT, AXES, HEIGHT = 0.55, 3.75, 2.7
"""Inches: left edge, width and height of the axes; the labels have the rest."""

BOTTOM, BAND, TOP = 0.84, 0.13, 0.1
"""Inches: note, label and ticks; the band of leaders; what is free above."""

LABELS, GAP = 4.5, 0.27
MOST = len(LINES)

NOTE = "The band tells who leads; the dotted line stands where the case is as written."


def draw_curves(sweep: Sweep, axis: int, title: str) -> Figure:
    """Draw the probability of every leaf (of the most probable ones, if they are many) along one axis."""
    names = Names.of(sweep.case)
    scale = Scale.of(sweep, axis, most=100)
    means = cell_means(sweep, scale)
    shown = np.argsort(-means.max(axis=0), kind="stable")[:MOST]
    sheet = new_sheet(BOTTOM + BAND + HEIGHT + TOP, title=title, subtitle=names.title)
    axes = sheet.axes(LEFT, BOTTOM + BAND, AXES, HEIGHT)
    marker = "o" if len(scale.values) <= 3 else ""
    for line, h in enumerate(shown):
        axes.plot(
            scale.values,
            means[:, h],
            marker=marker,
            markersize=4,
            linewidth=1.6,
            label=names.node(sweep.problem.leaves[h]),
            **LINES[line],
        )
    _set_up(axes, scale)
    band = sheet.axes(LEFT, BOTTOM, AXES, BAND)
    _draw_band(band, scale, means, shown)
    _write_labels(sheet, [(names.node(sweep.problem.leaves[h]), means[-1, h]) for h in shown])
    more = means.shape[1] - len(shown)
    note(sheet, MARGIN, NOTE + (f" {more} less probable hypotheses are not shown." if more else ""))
    return sheet.figure


def cell_means(sweep: Sweep, scale: Scale) -> Floats:
    """Return the mean probability of every leaf in each cell, shape (C, H)."""
    counts = np.bincount(scale.cell_of, minlength=len(scale.values))
    sums = [np.bincount(scale.cell_of, column, minlength=len(scale.values)) for column in sweep.leaves.T]
    return np.stack(sums, axis=1) / np.maximum(counts, 1)[:, None]


def _set_up(axes: Axes, scale: Scale) -> None:
    ticks = np.linspace(0, 1, 6)
    axes.set_ylim(0, 1)
    axes.set_yticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    axes.grid(axis="y", color=style.FAINT, linewidth=0.4)
    axes.set_ylabel("probability", labelpad=2)
    scale.on_x(axes, AXES)
    axes.set_xlabel("")
    axes.tick_params(axis="x", labelbottom=False, length=0)
    if scale.written is not None:
        axes.axvline(scale.written, color=style.INK, linestyle=":", linewidth=0.9, zorder=1, label="as-written")


def _draw_band(axes: Axes, scale: Scale, means: Floats, shown: np.ndarray) -> None:
    """Colour each cell by who leads in it."""
    line_of = {int(h): line for line, h in enumerate(shown)}
    for cell, leader in enumerate(means.argmax(axis=1).tolist()):
        color = LINES[line_of[leader]]["color"]
        axes.axvspan(scale.edges[cell], scale.edges[cell + 1], color=color, linewidth=0, label="leader")
    scale.on_x(axes, AXES)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def _write_labels(sheet: Sheet, ends: list[tuple[str, float]]) -> None:
    """Write each line's label at its end, with a thin line to where it had to be moved."""
    places = apart([HEIGHT * value for _, value in ends], GAP, 0.08, HEIGHT - 0.08)
    right, foot = LEFT + AXES, BOTTOM + BAND
    guide = sheet.axes(right, foot, LABELS - right - 0.04, HEIGHT)
    guide.set_axis_off()
    guide.set_xlim(0, 1)
    guide.set_ylim(0, HEIGHT)
    for (label, value), look, place in zip(ends, LINES, places, strict=False):
        guide.plot((0, 1), (HEIGHT * value, place), color=look["color"], linewidth=0.6, clip_on=False, label="guide")
        text = wrap(f"{percent(value)}  {label}", style.WIDTH - LABELS - 0.06, lines=2)
        sheet.write(LABELS, foot + place, text, va="center", color=look["color"], linespacing=1.0)
