"""How a figure is laid out: sheet and heading, rows and panels, the scales of probability and decibans, the marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy import special

from falseflag.arrays import Floats
from falseflag.inference.checks import failed
from falseflag.inference.result import Answer
from falseflag.plots.output import render
from falseflag.plots.style import ALARM, BAND, BODY, FAINT, INK, MUTED, PAGE, POSTERIOR, PRIOR, SMALL, TITLE, WIDTH
from falseflag.plots.text import POINTS, wrap
from falseflag.scales import BANDS
from falseflag.wording import COVERAGE, decibans

# The sheet that a figure is drawn on: its heading, the mark on what is not to be relied on, places in inches

UNSOUND = "NOT TO BE RELIED ON"

_MARK = 0.3
_PAD = 0.06


class Drawing(Figure):
    """A figure that a notebook shows as it is printed, whether or not pyplot was ever imported."""

    def _repr_svg_(self) -> str:
        return render(self, "svg").decode()


@dataclass(frozen=True)
class Sheet:
    """A figure with its heading drawn; what is below is free.

    Parameters
    ----------
    figure : Figure
    body : float
        Inches from the lower edge up to the heading.
    """

    figure: Figure
    body: float

    @property
    def height(self) -> float:
        """Height of the whole figure in inches."""
        return float(self.figure.get_figheight())

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes at a place given in inches from the lower left corner."""
        return self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height))

    def write(self, x: float, y: float, text: str, **properties: Any) -> None:  # noqa: ANN401
        """Write at a place given in inches from the lower left corner."""
        self.figure.text(x / WIDTH, y / self.height, text, **properties)

    def rule(self, y: float) -> None:
        """Draw a hairline across the figure."""
        line = Line2D((0, 1), (y / self.height, y / self.height), color=FAINT, linewidth=0.5, zorder=5)
        self.figure.add_artist(line)


def warning_of(answer: Answer) -> str:
    """Return what must stand on every figure of an answer; nothing if it is sound."""
    if answer.is_sound:
        return ""
    return f"{UNSOUND}: failed check {', '.join(check.name for check in failed(answer.checks))}"


def warned(answer: Answer, sentence: str) -> str:
    """Put the warning before what is said of an answer that is not sound."""
    warning = warning_of(answer)
    return f"{warning}. {sentence}" if warning else sentence


def new_sheet(body: float, *, title: str, subtitle: str = "", warning: str = "") -> Sheet:
    """Make a figure of the page's width with a heading.

    Parameters
    ----------
    body : float
        Inches wanted below the heading.
    title, subtitle : str
        The figure's title, broken if long, and the case's, cut if long.
    warning : str
        What `warning_of` returned.
    """
    heading = wrap(title, WIDTH - 2 * _PAD, size=TITLE, weight="bold", lines=2)
    title_height = 1.35 * TITLE / POINTS * (1 + heading.count("\n"))
    subtitle_height = 1.7 * BODY / POINTS if subtitle else 0.0
    mark_height = _MARK + _PAD if warning else 0.0
    total = body + title_height + subtitle_height + mark_height + 2 * _PAD
    sheet = Sheet(Drawing(figsize=(WIDTH, total)), body)
    top = total - _PAD
    if warning:
        _mark(sheet, top - _MARK, warning)
        top -= mark_height
    sheet.write(_PAD, top, heading, va="top", fontsize=TITLE, fontweight="bold", color=INK)
    if subtitle:
        line = wrap(subtitle, WIDTH - 0.3, lines=1)
        sheet.write(_PAD, top - title_height, line, va="top", fontsize=BODY, color=MUTED)
    return sheet


def _mark(sheet: Sheet, bottom: float, warning: str) -> None:
    bar = sheet.axes(0, bottom, WIDTH, _MARK)
    bar.set_axis_off()
    bar.patch.set_visible(False)
    bar.axhspan(0, 1, color=ALARM)
    bar.set_ylim(0, 1)
    text = wrap(warning, WIDTH - 0.3, size=BODY, weight="bold", lines=1)
    bar.text(0.5, 0.46, text, transform=bar.transAxes, ha="center", va="center", color="white", fontweight="bold")


def note(sheet: Sheet, y: float, text: str) -> None:
    """Write a small line at the foot of a figure."""
    sheet.write(_PAD, y, wrap(text, WIDTH - 2 * _PAD, size=SMALL, lines=2), fontsize=SMALL, color=MUTED, va="bottom")


# Rows of a figure: a label to the left, numbers in columns to the right, in inches

MARGIN = 0.06
TWO_LINES, THREE_LINES = 0.26, 0.4
"""Inches: the least height of a row for a label of two lines, and for one with a remark."""

LINE_HEIGHT = 0.13

AXIS, LINE = 0.46, 0.13
"""Inches that the scale below the rows takes up, and each line of a note below that."""


def room_for(text: str) -> float:
    """Return how many inches a scale and a note below it take up."""
    shown = wrap(text, WIDTH - 2 * MARGIN, size=SMALL, lines=2)
    return AXIS + MARGIN + LINE * (1 + shown.count("\n"))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows beneath each other.

    Parameters
    ----------
    count : int
    bottom : float
        Inches below the lowest row.
    height : float
        Of one row, in inches.
    """

    count: int
    bottom: float
    height: float

    @classmethod
    def fit(cls, count: int, *, bottom: float, top: float, height: float) -> Rows:
        """Make rows as high as wanted, or as a page with so much above and below them allows."""
        return cls(count, bottom, min(height, (PAGE - bottom - top) / count))

    @property
    def all_high(self) -> float:
        """Height of all of them."""
        return self.height * self.count

    @property
    def top(self) -> float:
        """Upper edge of the first row."""
        return self.bottom + self.all_high

    def y(self, place: int) -> float:
        """Return the middle of a row, counted from the top."""
        return self.top - self.height * (place + 0.5)

    def label(  # noqa: PLR0913
        self, sheet: Sheet, place: int, text: str, right: float, *, left: float = MARGIN, weight: str = "normal"
    ) -> None:
        """Write a row's label, broken to end before `right`."""
        lines = 2 if self.height >= TWO_LINES else 1
        shown = wrap(text, right - left, weight=weight, lines=lines)
        align = "center" if "\n" in shown else "center_baseline"
        sheet.write(left, self.y(place), shown, va=align, fontweight=weight, linespacing=1.05)

    def double_label(self, sheet: Sheet, place: int, texts: tuple[str, str], right: float) -> None:
        """Write a label and a remark beneath it, if there is one."""
        label, remark = texts
        if not remark:
            self.label(sheet, place, label, right)
            return
        shown = wrap(label, right - MARGIN, lines=2 if self.height >= THREE_LINES else 1)
        below = LINE_HEIGHT * (1 + shown.count("\n"))
        top = self.y(place) + (below + LINE_HEIGHT) / 2
        sheet.write(MARGIN, top, shown, va="top", linespacing=1.05)
        shown = wrap(remark, right - MARGIN, size=SMALL, lines=1)
        sheet.write(MARGIN, top - below, shown, va="top", fontsize=SMALL, color=MUTED)

    def numbers(
        self, sheet: Sheet, place: int, texts: Sequence[str], columns: Mapping[str, float], weight: str = "normal"
    ) -> None:
        """Write a row's numbers, each ending at its column's right edge."""
        for text, right in zip(texts, columns.values(), strict=True):
            sheet.write(right, self.y(place), text, ha="right", va="center_baseline", fontweight=weight)

    def heads(self, sheet: Sheet, columns: Mapping[str, float]) -> None:
        """Write the columns' heads."""
        for head, right in columns.items():
            sheet.write(right, self.top + 0.05, head, ha="right", va="bottom", fontsize=SMALL, color=MUTED)


# Figures of many small panels

_MARGIN, _GAP = 0.2, 0.3
_HEAD, _FOOT = 0.34, 0.2


@dataclass(frozen=True, slots=True)
class Grid:
    """Where `count` panels stand: up to nine in three columns, more in four and less high."""

    count: int

    @property
    def columns(self) -> int:
        """Panels in a row."""
        return min(self.count, 3) if self.count <= 9 else 4

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return -(-self.count // self.columns)

    @property
    def panel(self) -> tuple[float, float]:
        """Width and height of one panel's axes in inches."""
        free = WIDTH - 2 * _MARGIN - _GAP * (self.columns - 1)
        return free / self.columns, 0.62 if self.count <= 9 else 0.5

    @property
    def height(self) -> float:
        """Height of all of it in inches."""
        return self.rows * (_HEAD + self.panel[1] + _FOOT)

    def axes(self, sheet: Sheet, bottom: float) -> list[Axes]:
        """Add the axes, row after row from the top, above `bottom` inches."""
        width, height = self.panel
        pitch = _HEAD + height + _FOOT
        return [
            sheet.axes(
                _MARGIN + (place % self.columns) * (width + _GAP),
                bottom + (self.rows - 1 - place // self.columns) * pitch + _FOOT,
                width,
                height,
            )
            for place in range(self.count)
        ]

    def head(self, axes: Axes, label: str) -> None:
        """Write a panel's label above it, broken to fit."""
        text = wrap(label, self.panel[0], weight="bold", size=SMALL, lines=2)
        axes.set_title(text, loc="left", fontsize=SMALL, fontweight="bold", pad=3, linespacing=1.05)


# The probability scale with the ICD 203 bands as columns behind the data and their terms on top

EDGE = 0.026
"""Where the outermost terms end and begin: they are wider than their bands and stand out to the sides."""

LOG_ODDS_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999)


def draw_bands(axes: Axes, rows: int, *, log_odds: bool = False) -> None:
    """Set up `axes` for `rows` rows at y = rows - 1, ..., 0; every other band is tinted."""
    for band in BANDS[::2]:
        edges = special.logit([band.low, band.high]) if log_odds else (band.low, band.high)
        axes.axvspan(*edges, color=BAND, linewidth=0, zorder=0)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def probability_scale(axes: Axes, label: str = "probability") -> None:
    """Let the x axis run from 0 to 100 %."""
    places = np.linspace(0, 1, 6)
    axes.set_xlim(0, 1)
    axes.set_xticks(places, [f"{100 * place:.0f} %" for place in places])
    axes.set_xlabel(label, labelpad=2)


def log_odds_scale(axes: Axes, low: float, high: float, label: str = "probability (scale of log odds)") -> None:
    """Let the x axis run over log odds, from one probability to another, with probabilities written on it."""
    ticks = [p for p in LOG_ODDS_TICKS if low <= p <= high]
    axes.set_xlim(*special.logit([low, high]))
    axes.set_xticks(special.logit(ticks), [f"{100 * p:g} %" for p in ticks])
    axes.set_xlabel(label, labelpad=2)


def write_terms(axes: Axes) -> None:
    """Write the bands' terms above the axes."""
    for band in BANDS:
        x, side = (band.low + band.high) / 2, "center"
        if band is BANDS[0]:
            x, side = EDGE, "right"
        if band is BANDS[-1]:
            x, side = 1 - EDGE, "left"
        axes.annotate(
            _broken(band.term),
            (x, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 4),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=SMALL,
            color=MUTED,
            linespacing=1.05,
            annotation_clip=False,
        )


def _broken(term: str) -> str:
    """Break a term into lines: ``almost / no chance``, ``roughly / even / chance``."""
    return term.replace(" ", "\n", 1) if term.endswith("no chance") else term.replace(" ", "\n")


# The signs for prior and posterior, the same in every figure: hollow and thin, solid and thick

PRIOR_LINE: dict[str, Any] = {"color": PRIOR, "linewidth": 0.9, "solid_capstyle": "butt"}
POSTERIOR_LINE: dict[str, Any] = {"color": POSTERIOR, "linewidth": 2.6, "solid_capstyle": "butt"}
PRIOR_POINT: dict[str, Any] = {
    "marker": "o",
    "markersize": 4.6,
    "markerfacecolor": "white",
    "markeredgecolor": PRIOR,
    "markeredgewidth": 1.1,
}
POSTERIOR_POINT: dict[str, Any] = {
    "marker": "D",
    "markersize": 5.0,
    "markerfacecolor": POSTERIOR,
    "markeredgecolor": "white",
    "markeredgewidth": 0.6,
}

APART = 0.17
"""How far from the middle of its row each of the two stands, in rows."""

FOOT = 0.06
"""Inches from the figure's lower edge up to the key."""


def draw_prior(axes: Axes, y: float, mean: float, interval: tuple[float, float]) -> None:
    """Draw a prior with its interval in the upper half of the row at `y`."""
    _draw(axes, y + APART, mean, interval, PRIOR_LINE, PRIOR_POINT, "prior")


def draw_posterior(axes: Axes, y: float, mean: float, interval: tuple[float, float]) -> None:
    """Draw a posterior with its interval in the lower half of the row at `y`."""
    _draw(axes, y - APART, mean, interval, POSTERIOR_LINE, POSTERIOR_POINT, "posterior")


def draw_key(
    sheet: Sheet, what: str = f"{COVERAGE} interval and mean", *, lines: tuple[Any, Any] | None = None
) -> None:
    """Explain the two signs at the foot of a sheet.

    Parameters
    ----------
    sheet : Sheet
    what : str
        What the lines and points stand for.
    lines : pair of dict, optional
        Properties of the two lines, if not those of intervals.
    """
    prior, posterior = lines or (PRIOR_LINE, POSTERIOR_LINE)
    sheet.figure.legend(
        handles=[
            Line2D([], [], **prior, **PRIOR_POINT, label=f"prior: {what}"),
            Line2D([], [], **posterior, **POSTERIOR_POINT, label=f"posterior: {what}"),
        ],
        loc="lower center",
        bbox_to_anchor=(0.5, FOOT / sheet.height),
        ncols=2,
        borderaxespad=0,
        columnspacing=2.4,
        handlelength=2.8,
    )


def _draw(  # noqa: PLR0913, PLR0917
    axes: Axes,
    y: float,
    mean: float,
    interval: tuple[float, float],
    line: dict[str, Any],
    point: dict[str, Any],
    name: str,
) -> None:
    axes.plot(interval, (y, y), label=f"{name}-interval", zorder=2, **line)
    axes.plot([mean], [y], label=f"{name}-mean", zorder=3, clip_on=False, linestyle="none", **point)


# Labels at the ends of lines, moved apart where the lines end close together


def apart(wanted: Sequence[float] | Floats, gap: float, low: float, high: float) -> Floats:
    """Return places as near as can be to those wanted, in the same order, `gap` apart, between two ends.

    The sum of squared moves is the least: with i gaps subtracted from the i-th place this is isotonic regression.
    """
    values = np.asarray(wanted, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = gap * np.arange(len(values))
    blocks: list[list[float]] = []
    for value in values[order] - steps:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks]) if blocks else np.zeros(0)
    out = np.empty(len(values))
    out[order] = np.clip(level, low, max(low, high - gap * (len(values) - 1))) + steps
    return out


# Evidence in decibans: the scale, bars to either side, numbers with their sign

FURTHEST = 60.0
"""The scale ends here (odds of a million to one) at the latest; what goes on beyond is cut, with an arrow."""

FOR: dict[str, Any] = {"facecolor": "#7CC4EC", "edgecolor": "#0B4F78"}
AGAINST: dict[str, Any] = {"facecolor": "#F2C063", "edgecolor": "#7A5200", "hatch": "/////"}
BEFORE: dict[str, Any] = {"facecolor": "white", "edgecolor": MUTED}
AFTER: dict[str, Any] = {"facecolor": POSTERIOR, "edgecolor": POSTERIOR}

THICK = 0.56
"""Height of a bar, in rows."""

LABEL = "decibans (10 dB: the odds times ten)"


def signed(db: float) -> str:
    """Return a number of decibans with its sign.

    >>> [signed(db) for db in (3.14, -0.26, 0.04, -4e6)]
    ['+3.1', '−0.3', '0.0', '< −999']
    """
    if abs(db) > 999.9:
        return "> +999" if db > 0 else "< −999"
    return decibans(db)


def limits(values: Iterable[float]) -> tuple[float, float]:
    """Return the ends of a scale that holds zero and all values, as far as `FURTHEST`."""
    inside = np.clip(np.array([0.0, *values]), -FURTHEST, FURTHEST)
    low, high = float(inside.min()), float(inside.max())
    room = 0.06 * max(high - low, 2.0)
    return low - room, high + room


def deciban_scale(axes: Axes, ends: tuple[float, float], rows: int) -> None:
    """Set up `axes` for `rows` rows at y = rows - 1, ..., 0 over decibans."""
    axes.set_xlim(*ends)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.4, zorder=0)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=4)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0")
    axes.set_xlabel(LABEL, labelpad=2)


def draw_bar(axes: Axes, y: float, ends: tuple[float, float], look: dict[str, Any], name: str) -> None:
    """Draw a bar from one value to another, with an arrow where the scale ends before it."""
    low, high = axes.get_xlim()
    a, b = np.clip(ends, low, high)
    axes.barh(y, b - a, left=a, height=THICK, linewidth=0.6, zorder=2, label=name, **look)
    for value, edge, marker in ((max(ends), high, ">"), (min(ends), low, "<")):
        if abs(value) > abs(edge) and value * edge > 0:
            axes.plot([edge], [y], marker=marker, markersize=5, color=INK, clip_on=False, zorder=5, label="cut")


def draw_interval(axes: Axes, y: float, interval: tuple[float, float]) -> None:
    """Draw a 90 % interval over a bar."""
    axes.plot(interval, (y, y), color=INK, linewidth=1.0, solid_capstyle="butt", zorder=3, label="interval")
    for end in interval:
        axes.plot((end, end), (y - 0.13, y + 0.13), color=INK, linewidth=1.0, zorder=3, label="interval-end")
