"""What dependence between reports does to the answer."""

from __future__ import annotations

from typing import Any

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
from falseflag.wording import number, percent

TITLE = "What if reports of one group were independent, or all but the same?"
NO_GROUPS = "No two reported indicators are said to hang together."

AXES = 2.6
"""Inches: width of the scale."""

COLUMNS = {"none\n%": 5.33, "as written\n%": 5.98, "full\n%": 6.64}

NONE: dict[str, Any] = {"marker": "o", "markersize": 5, "markerfacecolor": "white", "markeredgecolor": style.MUTED}
FULL: dict[str, Any] = {"marker": "s", "markersize": 4.6, "markerfacecolor": "white", "markeredgecolor": "#B84A00"}
LOOKS = {
    "none": (NONE, "none: all reports independent"),
    "as written": (POSTERIOR_POINT, "as written"),
    "full": (FULL, "full: each group nearly one report"),
}


def why_no_dependence(robustness: Robustness) -> str:
    """Say why the figure does not apply, if it does not."""
    answer = robustness.dependence
    return NO_GROUPS if answer.none == answer.as_written == answer.full else ""


@style.applied()
def dependence(robustness: Robustness, case: Case) -> Figure:
    """Draw the posterior of every leaf without dependence, with it as written, and with full dependence.

    Parameters
    ----------
    robustness : Robustness
    case : Case
        For the labels and the leaves.

    Returns
    -------
    Figure
    """
    table, answer = leaf_table(robustness, case, TITLE, AXES), robustness.dependence
    sheet, axes, rows = table.sheet, table.axes, table.rows
    for place, leaf in enumerate(table.leaves):
        values = (answer.none[leaf], answer.as_written[leaf], answer.full[leaf])
        y = rows.count - 1 - place
        axes.plot((min(values), max(values)), (y, y), color=style.MUTED, linewidth=1.0, zorder=2, label="range")
        for name, value, size in zip(LOOKS, values, (4, 5, 3), strict=True):
            axes.plot([value], [y], linestyle="none", zorder=size, clip_on=False, label=name, **LOOKS[name][0])
        table.label(place)
        rows.numbers(sheet, place, [number(value) for value in values], COLUMNS)
    rows.heads(sheet, COLUMNS)
    _write_key(sheet)
    return sheet.figure


def dependence_text(robustness: Robustness, case: Case) -> str:
    """Say in words what the figure shows."""
    names, answer = Names.of(case), robustness.dependence
    parts = [
        f"{spoken(names.node(leaf))}, {percent(answer.none[leaf])}, {percent(answer.as_written[leaf])} and "
        f"{percent(answer.full[leaf])}"
        for leaf in sorted((leaf.name for leaf in case.leaves), key=lambda name: -answer.as_written[name])[:3]
    ]
    return (
        f"Posterior of {len(case.leaves)} hypotheses with the reports of each group independent, dependent as written, "
        f"and all but the same: {'; '.join(parts)}."
    )


def _write_key(sheet: Sheet) -> None:
    handles = [Line2D([], [], linestyle="none", label=text, **look) for look, text in LOOKS.values()]
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=3, borderaxespad=0)
