"""Which single judgement is nearest to overturning the answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.explain.labels import chance
from falseflag.explain.robustness import Robustness
from falseflag.explain.tipping import Tipping
from falseflag.plots import style
from falseflag.plots.decibans import THICK
from falseflag.plots.naming import Names
from falseflag.plots.rows import MARGIN, Rows, room_for
from falseflag.plots.sheet import new_sheet, note
from falseflag.plots.text import spoken

TITLE = "Which single judgement would take the lead from"
NEVER = "No change of a single judgement would take the lead from the leading hypothesis."

MOST = 18
"""Judgements that are shown: the nearest ones."""

LEFT, AXES = 3.5, 1.75
"""Inches: width of the labels and of the scale."""

TOP, ROW = 0.34, 0.42
COLUMNS = {"as written": 5.95, "tips at": 6.64}
TICKS = (1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
FURTHEST = 1000.0
"""The scale ends here at the latest; what is farther is cut, with an arrow."""

CLOSEST = 0.26
"""Inches between two ticks at least."""

LOOKS: dict[str, dict[str, Any]] = {
    "prior": {"facecolor": "white", "edgecolor": style.MUTED},
    "likelihood": {"facecolor": style.POSTERIOR, "edgecolor": style.POSTERIOR},
}


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
    names, shown = Names.of(case), nearest_first(robustness)[:MOST]
    usual = Counter(row.new_leader for row in shown).most_common(1)[0][0] or ""
    remark = _note(robustness, names.node(usual))
    rows = Rows.fit(len(shown), bottom=room_for(remark), top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=f"{TITLE} “{names.node(robustness.leader)}”?", subtitle=names.title)
    axes = sheet.axes(LEFT, rows.bottom, AXES, rows.all_high)
    _scale(axes, max(row.odds_factor or 1.0 for row in shown), rows.count)
    for place, row in enumerate(shown):
        _draw(axes, rows.count - 1 - place, row)
        rows.double_label(sheet, place, _labels(row, names, usual), LEFT - 0.12)
        rows.numbers(sheet, place, (value(row, row.written), value(row, row.tips_at)), COLUMNS)
    rows.heads(sheet, COLUMNS)
    note(sheet, MARGIN, remark)
    return sheet.figure


def tornado_text(robustness: Robustness, case: Case) -> str:
    """Say in words what the figure shows."""
    names, tips = Names.of(case), nearest_first(robustness)
    parts = [
        f"{_spoken(row, names)}, {value(row, row.tips_at)} instead of {value(row, row.written)} "
        f"(a factor of {factor(row.odds_factor)}; then {spoken(names.node(row.new_leader or ''))} leads)"
        for row in tips[:3]
    ]
    return (
        f"Of {len(robustness.tipping)} judgements, {len(tips)} could each take the lead from "
        f"{spoken(names.node(robustness.leader))} if moved far enough. Nearest: {'; '.join(parts)}."
    )


def value(row: Tipping, number: float | None) -> str:
    """Return a prior weight or a likelihood as text."""
    if number is None:
        return "never"
    if row.kind == "likelihood":
        return chance(number)
    return f"{number:.0f}" if 100 <= number < 1e5 else f"{number:.3g}"


def factor(odds: float | None) -> str:
    """Return a factor as text."""
    if odds is None or odds > FURTHEST:
        return "over 1000"
    return f"{odds:.2g}" if odds < 10 else f"{odds:.0f}"


def _labels(row: Tipping, names: Names, usual: str) -> tuple[str, str]:
    """Return a judgement's label, and where it is made; then who would lead, unless it is who mostly would."""
    then = [] if row.new_leader == usual else [f"then {names.node(row.new_leader or '')} leads"]
    if row.kind == "prior":
        return f"Prior weight: {names.node('.'.join(row.what[1:-1:2]))}", "".join(then)
    return names.factor(row.what[1], is_group=False), "; ".join([*then, f"given {names.place(row.what[3])}"])


def _spoken(row: Tipping, names: Names) -> str:
    if row.kind == "prior":
        return f"the prior weight of {spoken(names.node('.'.join(row.what[1:-1:2])))}"
    indicator = spoken(names.factor(row.what[1], is_group=False))
    return f"the likelihood of “{indicator}” given {spoken(names.place(row.what[3]))}"


def _scale(axes: Axes, furthest: float, rows: int) -> None:
    """Let the x axis run over factors from 1 on, in logs."""
    end = min(max(1.25, 1.15 * furthest), FURTHEST)
    axes.set_xlim(0, np.log(end))
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    ticks: list[float] = []
    for tick in (t for t in TICKS if t <= end):
        if not ticks or AXES * np.log(tick / ticks[-1]) / np.log(end) >= CLOSEST:
            ticks.append(tick)
    axes.set_xticks(np.log(ticks), [f"{tick:g}" for tick in ticks])
    axes.grid(axis="x", color=style.FAINT, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_xlabel("distance, as a factor in odds", labelpad=2)


def _draw(axes: Axes, y: float, row: Tipping) -> None:
    distance = np.log(row.odds_factor or 1.0)
    end = axes.get_xlim()[1]
    axes.barh(y, min(distance, end), height=THICK, linewidth=0.8, zorder=2, label=row.kind, **LOOKS[row.kind])
    if distance > end:
        axes.plot([end], [y], marker=">", markersize=5, color=style.INK, clip_on=False, zorder=5, label="cut")


def _note(robustness: Robustness, usual: str) -> str:
    all_, tips = len(robustness.tipping), len(nearest_first(robustness))
    parts = ["Hollow: prior weights; solid: likelihoods."]
    if tips > MOST:
        parts.append(f"{tips - MOST} more are farther away.")
    if all_ > tips:
        parts.append(f"{all_ - tips} of {all_} judgements never change who leads, however far they are moved.")
    parts.append(f"If none is named, “{usual}” leads then.")
    return " ".join(parts)
