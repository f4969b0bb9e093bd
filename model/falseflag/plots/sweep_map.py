"""A sweep of several judgements: who leads where on the two that matter most, how often, and what explains it."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from scipy import ndimage

from falseflag.plots import style
from falseflag.plots.naming import Names
from falseflag.plots.replay import LINES
from falseflag.plots.rows import MARGIN
from falseflag.plots.sheet import Sheet, new_sheet, note
from falseflag.plots.sweep_axis import Scale, axis_label
from falseflag.plots.text import wrap
from falseflag.problem import Floats, Integers
from falseflag.sweep import Sweep
from falseflag.wording import percent

LEFT, SIDE, FOOT, TICKS, TOP = 0.78, 3.2, 0.36, 0.52, 0.12
"""Inches: the map's left edge and side; the note; ticks and label below the map; what is free above."""

KEY, KEY_ROW = 4.35, 0.36
"""Inches: left edge of the key, height of a row of it."""

BAR, BAR_LEFT, BAR_WIDTH, HEAD = 0.3, 3.75, 2.3, 0.3
"""Inches: rows of what explains, left edge and width of their bars, and their heading."""

MOST_BARS = 8
RUNS_A_CELL = 12
"""Runs of a random sample that a cell should have."""

LEAST = 5
"""A cell of a random sample with fewer is left blank."""

MOST_CELLS = 20
CONTOURS = (0.1, 0.25, 0.5, 0.75, 0.9)
ROOM = 0.08
"""Share of the side that the cross has to itself."""

PALEST = 0.2
"""Share of the colour in a cell whose leader leads in few of its runs."""


@dataclass(frozen=True)
class Map:
    """Cells on two axes, (X, Y) of them.

    Parameters
    ----------
    x, y : Scale
    leader : ndarray of int, shape (X, Y)
        Who leads most often; -1 where there are not enough runs to tell.
    share : ndarray, shape (X, Y)
        In what share of the cell's runs.
    probability : ndarray, shape (X, Y)
        Mean probability of the usual leader; NaN where there are not enough runs.
    is_sample : bool
        Whether the runs are drawn at random.
    """

    x: Scale
    y: Scale
    leader: Integers
    share: Floats
    probability: Floats
    is_sample: bool

    @property
    def smooth(self) -> Floats:
        """The probability, of a random sample averaged over neighbouring cells, shape (X, Y)."""
        if not self.is_sample:
            return self.probability
        there = ~np.isnan(self.probability)
        weight = ndimage.gaussian_filter(there.astype(float), 1)
        mean = ndimage.gaussian_filter(np.where(there, self.probability, 0.0), 1) / np.maximum(weight, 1e-9)
        return np.where(there, mean, np.nan)

    @classmethod
    def of(cls, sweep: Sweep, axes: tuple[int, int], names: Names) -> Map:
        """Count the runs of every cell."""
        most = int(np.clip(np.sqrt(sweep.design.runs / RUNS_A_CELL), 2, MOST_CELLS))
        x, y = (Scale.of(sweep, axis, most) for axis in axes)
        shape = len(x.values), len(y.values)
        cell = np.ravel_multi_index((x.cell_of, y.cell_of), shape)
        leaves = sweep.leaves.shape[1]
        counts = np.bincount(cell * leaves + sweep.leader, minlength=np.prod(shape) * leaves).reshape(*shape, leaves)
        runs = counts.sum(axis=2)
        enough = runs > 0 if sweep.design.is_grid else runs >= LEAST
        sums = np.bincount(cell, sweep.leaves[:, sweep.usual], minlength=np.prod(shape)).reshape(shape)
        with np.errstate(invalid="ignore"):
            return cls(
                x,
                y,
                np.where(enough, counts.argmax(axis=2), -1),
                counts.max(axis=2) / np.maximum(runs, 1),
                np.where(enough, sums / runs, np.nan),
                not sweep.design.is_grid,
            )


def draw_map(sweep: Sweep, title: str) -> Figure:
    """Draw the map on the two axes that explain most, the shares of the runs, and what explains them."""
    names = Names.of(sweep.case)
    found = Map.of(sweep, widest(sweep))
    leaders = [int(h) for h in np.argsort(-sweep.lead_shares, kind="stable") if sweep.lead_shares[h] > 0][: len(LINES)]
    bars = sweep.by_effect[:MOST_BARS] if len(sweep.design.targets) > 2 else []
    bottom = FOOT + TICKS + (HEAD + BAR * len(bars) if bars else 0.0)
    sheet = new_sheet(bottom + SIDE + TOP, title=title, subtitle=names.title)
    axes = sheet.axes(LEFT, bottom, SIDE, SIDE)
    _draw(axes, found, leaders)
    found.x.on_x(axes, SIDE)
    found.y.on_y(axes, SIDE)
    _write_key(sheet, sweep, names, leaders, bottom + SIDE)
    if bars:
        _draw_bars(sheet, sweep, names, bars)
    note(sheet, MARGIN, _note(sweep, names))
    return sheet.figure


def widest(sweep: Sweep) -> tuple[int, int]:
    """Return the two axes that explain most of those with more than one value."""
    first, second = [axis for axis in sweep.by_effect if np.ptp(sweep.design.levels[axis]) > 0][:2]
    return first, second


def _draw(axes: Axes, found: Map, leaders: list[int]) -> None:
    """Colour the cells, the paler the less often its leader leads there, and write each region's letter into it."""
    rgb = np.ones((*found.leader.shape, 3))
    for place, h in enumerate(leaders):
        here = found.leader == h
        weight = PALEST + (0.62 - PALEST) * np.clip(2 * found.share[here] - 1, 0, 1)[:, None]
        rgb[here] = 1 - weight * (1 - np.array(to_rgb(LINES[place]["color"])))
    axes.pcolormesh(found.x.edges, found.y.edges, rgb.transpose(1, 0, 2), rasterized=True, zorder=0)
    for place, h in enumerate(leaders):
        _write_letter(axes, found, h, string.ascii_uppercase[place])
    _draw_contours(axes, found)
    if found.x.written is not None and found.y.written is not None:
        look: dict[str, Any] = {"marker": "+", "markersize": 11, "markeredgewidth": 1.8, "color": style.INK}
        axes.plot([found.x.written], [found.y.written], linestyle="none", zorder=6, label="as-written", **look)


def _write_letter(axes: Axes, found: Map, leaf: int, letter: str) -> None:
    """Write a letter where a region is deepest, if it has room for one."""
    here = found.leader == leaf
    depth = ndimage.distance_transform_edt(np.pad(here, 1), sampling=[1 / here.shape[0], 1 / here.shape[1]])
    depth = depth[1:-1, 1:-1] * ~_near_cross(found)
    if depth.max() * SIDE > 0.09 or here.all():
        i, j = (int(place) for place in np.unravel_index(depth.argmax(), depth.shape))
        look: dict[str, Any] = {
            "ha": "center",
            "va": "center",
            "fontsize": style.TITLE,
            "fontweight": "bold",
            "color": style.INK,
        }
        axes.text(float(found.x.values[i]), float(found.y.values[j]), letter, zorder=5, **look)


def _near_cross(found: Map) -> NDArray[np.bool_]:
    """Tell which cells are too near to the cross for a letter, shape (X, Y)."""
    x, y = found.x.written, found.y.written
    if x is None or y is None:
        return np.zeros(found.leader.shape, bool)
    cells = [int(np.searchsorted(s.edges, at, side="right")) - 1 for s, at in ((found.x, x), (found.y, y))]
    far = [np.abs(np.arange(n) - at) / n for n, at in zip(found.leader.shape, cells, strict=True)]
    return np.asarray(np.hypot(far[0][:, None], far[1]) < ROOM)


def _draw_contours(axes: Axes, found: Map) -> None:
    numeric = "words" not in {found.x.kind, found.y.kind}
    if not numeric or min(found.leader.shape) < 3:
        return
    inside = [level for level in CONTOURS if np.nanmin(found.probability) < level < np.nanmax(found.probability)]
    if inside:
        values = np.ma.masked_invalid(found.smooth.T)
        drawn = axes.contour(found.x.values, found.y.values, values, levels=inside, colors=style.INK, linewidths=0.7)
        axes.clabel(drawn, fmt=lambda level: f"{100 * level:.0f} %", fontsize=style.SMALL, inline_spacing=2)


def _write_key(sheet: Sheet, sweep: Sweep, names: Names, leaders: list[int], top: float) -> None:
    """List who leads: the letter, the colour, the share of all runs."""
    sheet.write(KEY, top, "leads in % of runs", va="top", color=style.MUTED, fontsize=style.SMALL)
    for place, h in enumerate(leaders):
        y = top - 0.3 - KEY_ROW * place
        color = 1 - 0.62 * (1 - np.array(to_rgb(LINES[place]["color"])))
        corner = (KEY / style.WIDTH, (y - 0.1) / sheet.height)
        patch = Rectangle(corner, 0.2 / style.WIDTH, 0.2 / sheet.height, facecolor=color, linewidth=0)
        sheet.figure.add_artist(patch)
        sheet.write(KEY + 0.1, y, string.ascii_uppercase[place], ha="center", va="center", fontweight="bold")
        text = wrap(names.node(sweep.problem.leaves[h]), style.WIDTH - KEY - 0.92, lines=2)
        sheet.write(KEY + 0.28, y, text, va="center", linespacing=1.0)
        share = "all" if len(leaders) == 1 else percent(float(sweep.lead_shares[h]))
        sheet.write(style.WIDTH - 0.06, y, share, va="center", ha="right")


def _draw_bars(sheet: Sheet, sweep: Sweep, names: Names, bars: list[int]) -> None:
    """Draw how much of the variance each judgement explains."""
    height = BAR * len(bars)
    axes = sheet.axes(BAR_LEFT, FOOT, BAR_WIDTH, height)
    axes.set_xlim(0, max(0.01, float(sweep.effects.max())))
    axes.set_ylim(-0.5, len(bars) - 0.5)
    axes.set_axis_off()
    head = f"explains of how “{names.node(sweep.problem.leaves[sweep.usual])}” varies"
    sheet.write(
        0.06,
        FOOT + height + 0.04,
        wrap(head, 6.4, size=style.SMALL, lines=1),
        color=style.MUTED,
        fontsize=style.SMALL,
    )
    for place, axis in enumerate(bars):
        y = len(bars) - 1 - place
        axes.barh(y, sweep.effects[axis], height=0.55, color=style.POSTERIOR, linewidth=0, label="effect")
        middle = FOOT + BAR * (y + 0.5)
        label = wrap(axis_label(sweep.case, sweep.design.targets[axis]), BAR_LEFT - 0.2, lines=2, size=style.SMALL)
        sheet.write(0.06, middle, label, va="center", linespacing=1.0, fontsize=style.SMALL)
        sheet.write(style.WIDTH - 0.06, middle, percent(float(sweep.effects[axis])), va="center", ha="right")


def _note(sweep: Sweep, names: Names) -> str:
    usual = names.node(sweep.problem.leaves[sweep.usual])
    parts = [f"Lines: probability of “{usual}”. Cross: as written."]
    if len(sweep.design.targets) > 2 or not sweep.design.is_grid:
        parts.append("Each cell has the colour of who leads most often in its runs, the paler the less often.")
    if not sweep.design.is_grid:
        parts.append("Blank: too few runs.")
    return " ".join(parts)
