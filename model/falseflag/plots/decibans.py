"""Evidence in decibans: the scale, bars to either side, numbers with their sign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from falseflag.plots.style import FAINT, INK, MUTED, POSTERIOR

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
    text = f"{db:+.1f}".replace("-", "−")
    return "0.0" if text.endswith("0.0") and len(text) == 4 else text


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
