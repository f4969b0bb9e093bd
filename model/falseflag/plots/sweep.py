"""Where the leading hypothesis changes as judgements are varied: curves along one, a map of two."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
from numpy.typing import NDArray
from scipy import ndimage

from falseflag.arrays import Floats, Integers
from falseflag.case.model import Case
from falseflag.explain.sentences import Labels, capitalised
from falseflag.plots import style
from falseflag.plots.layout import MARGIN, UNSOUND, Sheet, apart, new_sheet, note
from falseflag.plots.text import Names, clean, wrap
from falseflag.plots.timeline import LINES
from falseflag.sweep import Sweep
from falseflag.sweep.design import Target
from falseflag.sweep.record import target_label
from falseflag.wording import INTERVAL, percent

# One axis of a sweep in a figure: its label, its scale, and the classes of its values

FEW = 24
"""Distinct values that a random sample's axis is not cut into classes for."""

OUTERMOST = (0.01, 0.99)
"""Quantiles of a random sample between which its cells lie; what is beyond them counts to the outermost cells."""


@dataclass(frozen=True)
class Scale:
    """An axis cut into C cells.

    Parameters
    ----------
    label : str
    kind : {'linear', 'log', 'words'}
    values : ndarray, shape (C,)
        The cells' values, upwards; for words, 0, 1, ….
    edges : ndarray, shape (C + 1,)
    cell_of : ndarray of int, shape (R,)
        The cell of each run.
    words : tuple of str
    written : float or None
        Where the case as it is written stands, if that is within the edges.
    """

    label: str
    kind: Literal["linear", "log", "words"]
    values: Floats
    edges: Floats
    cell_of: Integers
    words: tuple[str, ...]
    written: float | None

    @classmethod
    def of(cls, sweep: Sweep, axis: int, most: int) -> Scale:
        """Lay out an axis of a sweep with at most so many cells (a grid keeps its own)."""
        target = sweep.design.targets[axis]
        column = sweep.design.values(np.arange(sweep.design.runs))[:, axis]
        values, cell_of = np.unique(column, return_inverse=True)
        label = axis_label(sweep.case, target)
        if target.kind == "observed":
            words = tuple(target.word(value) for value in values)
            place = np.flatnonzero(values == target.written)
            at = np.arange(len(values), dtype=float)
            written = float(place[0]) if len(place) else None
            return cls(label, "words", at, np.append(at, len(at)) - 0.5, cell_of, words, written)
        kind: Literal["linear", "log"] = "log" if _is_log(values) else "linear"
        if not sweep.design.is_grid and len(values) > FEW:
            kind = "log" if _is_skewed(column) else "linear"
            low, high = np.quantile(column, OUTERMOST).tolist()
            edges = (np.geomspace if kind == "log" else np.linspace)(low, high, most + 1)
            cell_of = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, most - 1)
            values = _middle(edges, kind)
        else:
            edges = _between(values, kind)
        if not target.kind.startswith("prior"):
            edges = edges.clip(0, 1)
        written = target.written if edges[0] <= target.written <= edges[-1] else None
        return cls(label, kind, values, edges, cell_of, (), written)

    def on_x(self, axes: Axes, width: float) -> None:
        """Set an x axis up."""
        axes.set_xlabel(wrap(self.label, width, lines=2), labelpad=3)
        axes.set_xlim(self.edges[0], self.edges[-1])
        if self.kind == "words":
            axes.set_xticks(self.values, list(self.words))
        elif self.kind == "log":
            axes.set_xscale("log")
            _plain(axes.xaxis)

    def on_y(self, axes: Axes, height: float) -> None:
        """Set a y axis up."""
        axes.set_ylabel(wrap(self.label, height, lines=2), labelpad=3)
        axes.set_ylim(self.edges[0], self.edges[-1])
        if self.kind == "words":
            axes.set_yticks(self.values, list(self.words), rotation=90, va="center")
        elif self.kind == "log":
            axes.set_yscale("log")
            _plain(axes.yaxis)


def axis_label(case: Case, target: Target) -> str:
    """Return what an axis varies, with the case's labels."""
    return clean(capitalised(target_label(Labels(case), target).removeprefix("the ")))


def _is_log(values: Floats) -> bool:
    """Tell whether values are evenly spaced in logs."""
    if len(values) < 3 or values[0] <= 0:
        return False
    ratios = values[1:] / values[:-1]
    return bool(np.ptp(ratios) < 1e-6 * ratios.mean())


def _is_skewed(column: Floats) -> bool:
    """Tell whether positive values lie more evenly about their middle in logs."""
    low, middle, high = np.quantile(column, (INTERVAL[0], 0.5, INTERVAL[1]))
    if low <= 0:
        return False
    logs = np.log((low, middle, high))
    return bool(
        abs(logs[0] + logs[2] - 2 * logs[1]) / (logs[2] - logs[0]) < abs(low + high - 2 * middle) / (high - low)
    )


def _between(values: Floats, kind: str) -> Floats:
    """Return the edges of cells around values."""
    if len(values) == 1:
        return np.asarray(values[0] * np.array([0.9, 1.1]))
    at = np.log(values) if kind == "log" else values
    half = np.diff(at) / 2
    edges = np.concatenate([[at[0] - half[0]], at[:-1] + half, [at[-1] + half[-1]]])
    return np.asarray(np.exp(edges) if kind == "log" else edges)


def _middle(edges: Floats, kind: str) -> Floats:
    return np.asarray(np.sqrt(edges[1:] * edges[:-1]) if kind == "log" else (edges[1:] + edges[:-1]) / 2)


def _plain(axis: Axis) -> None:
    """Write numbers, not powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


# A sweep of one judgement: the probability of each hypothesis along it, and who leads where

CURVES_LEFT, AXES, HEIGHT = 0.55, 3.75, 2.7
"""Inches: left edge, width and height of the axes; the labels have the rest."""

BOTTOM, BAND, CURVES_TOP = 0.84, 0.13, 0.1
"""Inches: note, label and ticks; the band of leaders; what is free above."""

LABELS, GAP = 4.5, 0.27
MOST = len(LINES)

NOTE = "The band shows who leads; the dotted line stands where the case is as written."


def draw_curves(sweep: Sweep, axis: int, title: str) -> Figure:
    """Draw the probability of every leaf (of the most probable ones, if they are many) along one axis."""
    names = Names.of(sweep.case)
    scale = Scale.of(sweep, axis, most=100)
    means = cell_means(sweep, scale)
    shown = np.argsort(-means.max(axis=0), kind="stable")[:MOST]
    sheet = new_sheet(BOTTOM + BAND + HEIGHT + CURVES_TOP, title=title, subtitle=names.title)
    axes = sheet.axes(CURVES_LEFT, BOTTOM + BAND, AXES, HEIGHT)
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
    band = sheet.axes(CURVES_LEFT, BOTTOM, AXES, BAND)
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
    right, foot = CURVES_LEFT + AXES, BOTTOM + BAND
    guide = sheet.axes(right, foot, LABELS - right - 0.04, HEIGHT)
    guide.set_axis_off()
    guide.set_xlim(0, 1)
    guide.set_ylim(0, HEIGHT)
    for (label, value), look, place in zip(ends, LINES, places, strict=False):
        guide.plot((0, 1), (HEIGHT * value, place), color=look["color"], linewidth=0.6, clip_on=False, label="guide")
        text = wrap(f"{percent(value)}  {label}", style.WIDTH - LABELS - 0.06, lines=2)
        sheet.write(LABELS, foot + place, text, va="center", color=look["color"], linespacing=1.0)


# A sweep of several judgements: who leads where on the two that matter most, how often, and what explains it

MAP_LEFT, SIDE, FOOT, TICKS, MAP_TOP = 0.78, 3.2, 0.36, 0.52, 0.12
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
        Who leads most often; -1 where there are too few runs.
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
    def of(cls, sweep: Sweep, axes: tuple[int, int]) -> Map:
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
    sheet = new_sheet(bottom + SIDE + MAP_TOP, title=title, subtitle=names.title)
    axes = sheet.axes(MAP_LEFT, bottom, SIDE, SIDE)
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


# Where the leading hypothesis changes as priors and judgements are varied

TITLE = "Who leads, as judgements are varied"
NOTHING = "Nothing is varied over more than one value."


def why_no_sweep(sweep: Sweep) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if _moving(sweep) else NOTHING


@style.applied()
def sweep_figure(sweep: Sweep) -> Figure:
    """Draw a sweep: curves along its only axis, or a map on the two axes that explain most.

    Raises
    ------
    ValueError
        If nothing moves; see `why_no_sweep`.
    """
    moving = _moving(sweep)
    if not moving:
        raise ValueError(NOTHING)
    title = TITLE
    if sweep.sampled is not None and not sweep.sampled.sound.all():
        title = f"{UNSOUND} in {(~sweep.sampled.sound).sum()} of {sweep.design.runs} runs. {TITLE}"
    return draw_curves(sweep, moving[0], title) if len(moving) == 1 else draw_map(sweep, title)


def sweep_text(sweep: Sweep) -> str:
    """Say in words what the figure shows."""
    return " ".join(sweep.sentences)


def _moving(sweep: Sweep) -> list[int]:
    return [axis for axis, level in enumerate(sweep.design.levels) if np.ptp(level) > 0]
