"""How far the answer moves over all priors near those written."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.robustness import Robustness
from falseflag.plots import style
from falseflag.plots.leaf_table import leaf_table
from falseflag.plots.marks import FOOT, POSTERIOR_POINT
from falseflag.plots.naming import Names
from falseflag.plots.sheet import Sheet
from falseflag.plots.text import spoken
from falseflag.wording import interval, number_range

TITLE = "How far the answer moves if all prior weights may be off by a factor"

AXES = 2.3
"""Inches: width of the scale."""

LAST, APART = 6.64, 0.76
"""Inches: right edge of the last column of numbers, and from one to the next."""

WIDTHS = (5.4, 2.8, 1.0)
"""Thickness of the lines, in points, for the smallest factor first."""

POINT: dict[str, Any] = POSTERIOR_POINT | {"markerfacecolor": "white", "markeredgecolor": style.INK}


@style.applied()
def bounds(robustness: Robustness, case: Case) -> Figure:
    """Draw the lowest and highest posterior of every leaf over all priors within some factors of those written.

    Parameters
    ----------
    robustness : Robustness
    case : Case
        For the labels and the leaves.

    Returns
    -------
    Figure
    """
    table = leaf_table(robustness, case, TITLE, AXES)
    sheet, rows, columns = table.sheet, table.rows, _columns(robustness)
    for place, leaf in enumerate(table.leaves):
        _draw(table.axes, rows.count - 1 - place, robustness, leaf)
        table.label(place)
        rows.numbers(sheet, place, [number_range(*row.nodes[leaf]) for row in robustness.bounds], columns)
    rows.heads(sheet, columns)
    _write_key(sheet, robustness)
    return sheet.figure


def bounds_text(robustness: Robustness, case: Case) -> str:
    """Say in words what the figure shows."""
    leader = robustness.leader
    parts = [f"{interval(*row.nodes[leader])} within a factor of {row.factor:g}" for row in robustness.bounds]
    holds = [row.factor for row in robustness.bounds if row.leader_holds]
    end = (
        f"It leads under all priors within a factor of {max(holds):g}"
        if holds
        else "It does not lead under all of them"
    )
    return (
        f"Bounds of the posterior of {len(case.leaves)} hypotheses over all priors near those written. "
        f"{spoken(Names.of(case).node(leader))} ranges over {', '.join(parts)}. {end}."
    )


def _columns(robustness: Robustness) -> dict[str, float]:
    last = len(robustness.bounds) - 1
    return {f"factor {row.factor:g}\n%": LAST - APART * (last - n) for n, row in enumerate(robustness.bounds)}


def _draw(axes: Axes, y: float, robustness: Robustness, leaf: str) -> None:
    for row, width in zip(robustness.bounds, WIDTHS, strict=True):
        look: dict[str, Any] = {"color": style.POSTERIOR, "linewidth": width, "solid_capstyle": "butt"}
        axes.plot(row.nodes[leaf], (y, y), zorder=2, label=f"factor-{row.factor:g}", **look)
    value = robustness.dependence.as_written[leaf]
    axes.plot([value], [y], linestyle="none", zorder=3, clip_on=False, label="as-written", **POINT)


def _write_key(sheet: Sheet, robustness: Robustness) -> None:
    handles = [Line2D([], [], linestyle="none", label="as written", **POINT)]
    for row, width in zip(robustness.bounds, WIDTHS, strict=True):
        line: dict[str, Any] = {"color": style.POSTERIOR, "linewidth": width}
        handles.append(Line2D([], [], label=f"within a factor of {row.factor:g}", **line))
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=4, borderaxespad=0)
