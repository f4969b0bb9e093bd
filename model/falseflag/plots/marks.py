"""The signs for prior and posterior, the same in every figure: hollow and thin, solid and thick."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

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


def draw_prior(axes: Axes, y: float, mean: float, interval: tuple[float, float]) -> None:
    """Draw a prior with its interval in the upper half of the row at `y`."""
    _draw(axes, y + APART, mean, interval, PRIOR_LINE, PRIOR_POINT, "prior")


def draw_posterior(axes: Axes, y: float, mean: float, interval: tuple[float, float]) -> None:
    """Draw a posterior with its interval in the lower half of the row at `y`."""
    _draw(axes, y - APART, mean, interval, POSTERIOR_LINE, POSTERIOR_POINT, "posterior")


def draw_key(figure: Figure, *, x: float, y: float) -> None:
    """Explain the two signs, centred at a place given in shares of the figure."""
    figure.legend(
        handles=[
            Line2D([], [], **PRIOR_LINE, **PRIOR_POINT, label="prior, with its 90 % interval"),
            Line2D([], [], **POSTERIOR_LINE, **POSTERIOR_POINT, label="posterior, with its 90 % interval"),
        ],
        loc="lower center",
        bbox_to_anchor=(x, y),
        ncols=2,
        borderaxespad=0,
        columnspacing=2.4,
        handlelength=2.6,
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
    axes.plot(interval, (y, y), gid=f"{name}-interval", zorder=2, **line)
    axes.plot([mean], [y], gid=f"{name}-mean", zorder=3, clip_on=False, linestyle="none", **point)
