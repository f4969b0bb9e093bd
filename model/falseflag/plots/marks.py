"""The signs for prior and posterior, the same in every figure: hollow and thin, solid and thick."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from falseflag.plots.sheet import Sheet
from falseflag.plots.style import POSTERIOR, PRIOR

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


def draw_key(sheet: Sheet, what: str = "90 % interval and mean", *, lines: tuple[Any, Any] | None = None) -> None:
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
