"""What would overturn the answer: single judgements, other priors, other dependence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.robustness import Robustness, number_label
from falseflag.explain.sentences import capitalised, chance
from falseflag.explain.tipping import Tipping
from falseflag.numbers import PLAIN
from falseflag.plots import style
from falseflag.plots.hypotheses import most_probable
from falseflag.plots.layout import (
    FOOT,
    MARGIN,
    POSTERIOR_POINT,
    THICK,
    Rows,
    Sheet,
    draw_bands,
    new_sheet,
    note,
    probability_scale,
    room_for,
    write_terms,
)
from falseflag.plots.text import Names, clean, spoken
from falseflag.wording import number, number_range, percent

# The most probable leaves in rows, a scale of probability beside them: where figures of robustness begin

LEAF_TABLE_MOST = 34
"""Leaves that a page has room for."""

LEAF_TABLE_LEFT = 2.1
"""Inches: width of the labels."""

LEAF_TABLE_TOP, BOTTOM, LEAF_TABLE_ROW = 0.46, 0.66, 0.3


@dataclass(frozen=True, slots=True)
class LeafTable:
    """A sheet with a scale, and the leaves that have a row in it, the first on top."""

    sheet: Sheet
    axes: Axes
    rows: Rows
    names: Names
    leaves: list[str]
    leader: str

    def label(self, place: int) -> None:
        """Write the name of the leaf at a place; the leader's is bold."""
        leaf = self.leaves[place]
        weight = "bold" if leaf == self.leader else "normal"
        self.rows.label(self.sheet, place, self.names.node(leaf), LEAF_TABLE_LEFT - 0.12, weight=weight)


def leaf_table(robustness: Robustness, case: Case, title: str, width: float) -> LeafTable:
    """Begin a figure with a row for each leaf and a scale `width` inches wide; the title says what is left out."""
    names = Names.of(case)
    leaves = list(most_probable(case, robustness.dependence.as_written, LEAF_TABLE_MOST))
    rows = Rows.fit(len(leaves), bottom=BOTTOM, top=LEAF_TABLE_TOP, height=LEAF_TABLE_ROW)
    title = f"{title} ({len(case.leaves) - len(leaves)} left out)" if len(case.leaves) > len(leaves) else title
    sheet = new_sheet(rows.top + LEAF_TABLE_TOP, title=title, subtitle=names.title)
    axes = sheet.axes(LEAF_TABLE_LEFT, BOTTOM, width, rows.all_high)
    draw_bands(axes, rows.count)
    probability_scale(axes, "posterior probability")
    write_terms(axes)
    return LeafTable(sheet, axes, rows, names, leaves, robustness.leader)


# Which single judgement is nearest to overturning the answer

TORNADO_TITLE = "Which single judgement would take the lead from"
NEVER = "No change of a single judgement would take the lead from the leading hypothesis."

TORNADO_MOST = 18
"""Judgements that are shown: the nearest ones."""

TORNADO_LEFT, TORNADO_AXES = 3.5, 1.75
"""Inches: width of the labels and of the scale."""

TORNADO_TOP, TORNADO_ROW = 0.34, 0.42
TORNADO_COLUMNS = {"as written": 5.95, "tips at": 6.64}
TICKS = (1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
FURTHEST = 1000.0
"""The scale ends here at the latest; what is farther is cut, with an arrow."""

CLOSEST = 0.26
"""Inches between two ticks at least."""

PRIOR_LOOK: dict[str, Any] = {"facecolor": "white", "edgecolor": style.MUTED}
OTHER_LOOK: dict[str, Any] = {"facecolor": style.POSTERIOR, "edgecolor": style.POSTERIOR}


def why_no_tornado(robustness: Robustness) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if nearest_first(robustness) else NEVER


def nearest_first(robustness: Robustness) -> list[Tipping]:
    """Return the judgements that can change who leads, the nearest first."""
    rows = [row for row in robustness.tipping if row.odds_factor is not None]
    return sorted(rows, key=lambda row: row.odds_factor or 1.0)


@style.applied()
def tornado(robustness: Robustness, case: Case) -> Figure:
    """Draw how far each judgement is from changing who leads, as a factor in odds, the nearest on top.

    Parameters
    ----------
    robustness : Robustness
    case : Case
        For the labels.

    Returns
    -------
    Figure
    """
    names, shown = Names.of(case), nearest_first(robustness)[:TORNADO_MOST]
    usual = Counter(row.new_leader for row in shown).most_common(1)[0][0] or ""
    remark = _note(robustness, names.node(usual))
    rows = Rows.fit(len(shown), bottom=room_for(remark), top=TORNADO_TOP, height=TORNADO_ROW)
    sheet = new_sheet(
        rows.top + TORNADO_TOP, title=f"{TORNADO_TITLE} “{names.node(robustness.leader)}”?", subtitle=names.title
    )
    axes = sheet.axes(TORNADO_LEFT, rows.bottom, TORNADO_AXES, rows.all_high)
    _scale(axes, max(row.odds_factor or 1.0 for row in shown), rows.count)
    for place, row in enumerate(shown):
        _draw_tornado(axes, rows.count - 1 - place, row)
        then = "" if row.new_leader == usual else f"then {names.node(row.new_leader or '')} leads"
        label = capitalised(number_label(case, row.what, row.kind))
        rows.double_label(sheet, place, (label, then), TORNADO_LEFT - 0.12)
        rows.numbers(sheet, place, (value(row, row.written), value(row, row.tips_at)), TORNADO_COLUMNS)
    rows.heads(sheet, TORNADO_COLUMNS)
    note(sheet, MARGIN, remark)
    return sheet.figure


def tornado_text(robustness: Robustness, case: Case) -> str:
    """Say in words what the figure shows."""
    names, tips = Names.of(case), nearest_first(robustness)
    parts = [
        f"{clean(number_label(case, row.what, row.kind))}, {value(row, row.tips_at)} instead of "
        f"{value(row, row.written)} (a factor of {factor(row.odds_factor)}; then "
        f"{spoken(names.node(row.new_leader or ''))} leads)"
        for row in tips[:3]
    ]
    return (
        f"Of {len(robustness.tipping)} judgements, {len(tips)} could each take the lead from "
        f"{spoken(names.node(robustness.leader))} if moved far enough. Nearest: {'; '.join(parts)}."
    )


def value(row: Tipping, number: float | None) -> str:
    """Return an elicited number as text."""
    if number is None:
        return "never"
    if row.kind not in PLAIN:
        return chance(number)
    return f"{number:.0f}" if 100 <= number < 1e5 else f"{number:.3g}"


def factor(odds: float | None) -> str:
    """Return a factor as text."""
    if odds is None or odds > FURTHEST:
        return "over 1000"
    return f"{odds:.2g}" if odds < 10 else f"{odds:.0f}"


def _scale(axes: Axes, furthest: float, rows: int) -> None:
    """Let the x axis run over factors from 1 on, in logs."""
    end = min(max(1.25, 1.15 * furthest), FURTHEST)
    axes.set_xlim(0, np.log(end))
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    ticks: list[float] = []
    for tick in (t for t in TICKS if t <= end):
        if not ticks or TORNADO_AXES * np.log(tick / ticks[-1]) / np.log(end) >= CLOSEST:
            ticks.append(tick)
    axes.set_xticks(np.log(ticks), [f"{tick:g}" for tick in ticks])
    axes.grid(axis="x", color=style.FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel("distance, as a factor in odds", labelpad=2)


def _draw_tornado(axes: Axes, y: float, row: Tipping) -> None:
    distance = np.log(row.odds_factor or 1.0)
    end = axes.get_xlim()[1]
    axes.barh(
        y,
        min(distance, end),
        height=THICK,
        linewidth=0.8,
        zorder=2,
        label=row.kind,
        **(PRIOR_LOOK if row.kind == "prior" else OTHER_LOOK),
    )
    if distance > end:
        axes.plot([end], [y], marker=">", markersize=5, color=style.INK, clip_on=False, zorder=5, label="cut")


def _note(robustness: Robustness, usual: str) -> str:
    all_, tips = len(robustness.tipping), len(nearest_first(robustness))
    parts = ["Hollow: prior weights; solid: other judgements."]
    if tips > TORNADO_MOST:
        parts.append(f"{tips - TORNADO_MOST} more are farther away.")
    if all_ > tips:
        parts.append(f"{all_ - tips} of {all_} judgements never change who leads, however far they are moved.")
    parts.append(f"If none is named, “{usual}” leads then.")
    return " ".join(parts)


# How far the answer moves over all priors near those written

BOUNDS_TITLE = "How far the answer moves if all prior weights may be off by a factor"

BOUNDS_AXES = 2.3
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
    table = leaf_table(robustness, case, BOUNDS_TITLE, BOUNDS_AXES)
    sheet, rows, columns = table.sheet, table.rows, _columns(robustness)
    for place, leaf in enumerate(table.leaves):
        _draw_bounds(table.axes, rows.count - 1 - place, robustness, leaf)
        table.label(place)
        rows.numbers(sheet, place, [number_range(*row.nodes[leaf]) for row in robustness.bounds], columns)
    rows.heads(sheet, columns)
    _write_key_bounds(sheet, robustness)
    return sheet.figure


def bounds_text(robustness: Robustness, case: Case) -> str:
    """Say in words what the figure shows."""
    leader = robustness.leader
    parts = [
        f"from {percent(row.nodes[leader][0])} to {percent(row.nodes[leader][1])} within a factor of {row.factor:g}"
        for row in robustness.bounds
    ]
    holds = [row.factor for row in robustness.bounds if row.leader_holds]
    end = (
        f"It leads under all priors within a factor of {max(holds):g}"
        if holds
        else f"It does not lead under every prior within a factor of {min(row.factor for row in robustness.bounds):g}"
    )
    return (
        f"Bounds of the posterior of {len(case.leaves)} hypotheses over all priors near those written. "
        f"{spoken(Names.of(case).node(leader))} ranges {', '.join(parts)}. {end}."
    )


def _columns(robustness: Robustness) -> dict[str, float]:
    last = len(robustness.bounds) - 1
    return {f"factor {row.factor:g}\n%": LAST - APART * (last - n) for n, row in enumerate(robustness.bounds)}


def _draw_bounds(axes: Axes, y: float, robustness: Robustness, leaf: str) -> None:
    for row, width in zip(robustness.bounds, WIDTHS, strict=True):
        look: dict[str, Any] = {"color": style.POSTERIOR, "linewidth": width, "solid_capstyle": "butt"}
        axes.plot(row.nodes[leaf], (y, y), zorder=2, label=f"factor-{row.factor:g}", **look)
    value = robustness.dependence.as_written[leaf]
    axes.plot([value], [y], linestyle="none", zorder=3, clip_on=False, label="as-written", **POINT)


def _write_key_bounds(sheet: Sheet, robustness: Robustness) -> None:
    handles = [Line2D([], [], linestyle="none", label="as written", **POINT)]
    for row, width in zip(robustness.bounds, WIDTHS, strict=True):
        line: dict[str, Any] = {"color": style.POSTERIOR, "linewidth": width}
        handles.append(Line2D([], [], label=f"within a factor of {row.factor:g}", **line))
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=4, borderaxespad=0)


# What dependence between indicators does to the answer

DEPENDENCE_TITLE = "What if the indicators of one group were independent, or all but the same?"
NO_GROUPS = "No two indicators that are evidence are said to be correlated."

DEPENDENCE_AXES = 2.6
"""Inches: width of the scale."""

DEPENDENCE_COLUMNS = {"none\n%": 5.33, "as written\n%": 5.98, "full\n%": 6.64}

NONE: dict[str, Any] = {"marker": "o", "markersize": 5, "markerfacecolor": "white", "markeredgecolor": style.MUTED}
FULL: dict[str, Any] = {"marker": "s", "markersize": 4.6, "markerfacecolor": "white", "markeredgecolor": "#B84A00"}
DEPENDENCE_LOOKS = {
    "none": (NONE, "none: all indicators independent"),
    "as written": (POSTERIOR_POINT, "as written"),
    "full": (FULL, "full: each group nearly one indicator"),
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
    table, answer = leaf_table(robustness, case, DEPENDENCE_TITLE, DEPENDENCE_AXES), robustness.dependence
    sheet, axes, rows = table.sheet, table.axes, table.rows
    for place, leaf in enumerate(table.leaves):
        values = (answer.none[leaf], answer.as_written[leaf], answer.full[leaf])
        y = rows.count - 1 - place
        axes.plot((min(values), max(values)), (y, y), color=style.MUTED, linewidth=1.0, zorder=2, label="range")
        for name, value, size in zip(DEPENDENCE_LOOKS, values, (4, 5, 3), strict=True):
            axes.plot(
                [value], [y], linestyle="none", zorder=size, clip_on=False, label=name, **DEPENDENCE_LOOKS[name][0]
            )
        table.label(place)
        rows.numbers(sheet, place, [number(value) for value in values], DEPENDENCE_COLUMNS)
    rows.heads(sheet, DEPENDENCE_COLUMNS)
    _write_key_dependence(sheet)
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
        f"Posterior of {len(case.leaves)} hypotheses with the indicators of each group independent, dependent as "
        f"written, and all but the same: {'; '.join(parts)}."
    )


def _write_key_dependence(sheet: Sheet) -> None:
    handles = [Line2D([], [], linestyle="none", label=text, **look) for look, text in DEPENDENCE_LOOKS.values()]
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=3, borderaxespad=0)
