"""Several analysts' answers side by side, and what they say together."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.compare import Comparison
from falseflag.plots import style
from falseflag.plots.layout import FOOT, MARGIN, Rows, Sheet, draw_bands, new_sheet, probability_scale
from falseflag.plots.text import Names, spoken, wrap
from falseflag.wording import number, number_range, percent

TITLE = "Where the analysts agree and where they do not"

MOST = 34
"""Hypotheses that a page has room for."""

MOST_CASES = 4
"""Cases that have a sign and a column each; of more, every one is a dot, and only the range is written."""

LEFT, LAST, WIDE = 2.05, 6.64, 0.5
"""Inches: width of the labels, right edge of the last column of numbers, width of a column."""

TOP, ROW, KEY = 0.34, 0.36, 0.155
AXIS = 0.5
INDENT = 0.14
APART = 0.5
"""How far the signs of the cases stand apart in a row, in rows, all together."""

SIGNS: tuple[dict[str, Any], ...] = (
    {"marker": "o", "color": "#0072B2"},
    {"marker": "s", "color": "#B84A00", "markerfacecolor": "white"},
    {"marker": "^", "color": "#007A58"},
    {"marker": "v", "color": "#9C3D78", "markerfacecolor": "white"},
)
DOT: dict[str, Any] = {"marker": "o", "color": style.MUTED, "markerfacecolor": "none", "markersize": 4}
LINEAR: dict[str, Any] = {"marker": "|", "color": style.INK, "markersize": 13, "markeredgewidth": 1.6}
LOGARITHMIC: dict[str, Any] = {"marker": "x", "color": style.INK, "markersize": 5.5, "markeredgewidth": 1.3}


@style.applied()
def compare(comparison: Comparison, *cases: Case) -> Figure:
    """Draw the posterior of every hypothesis in each of several cases, and their pools.

    Parameters
    ----------
    comparison : Comparison
    *cases : Case
        For the labels; where they differ, those of an earlier one count.

    Returns
    -------
    Figure
    """
    names, nodes, columns = Names.of(*cases), shown(comparison), _columns(comparison)
    key = _key(comparison)
    rows = Rows.fit(len(nodes), bottom=AXIS + KEY * len(key), top=TOP, height=ROW)
    left_out = len(comparison.posterior) - len(nodes)
    title = f"{TITLE} ({left_out} hypotheses left out)" if left_out else TITLE
    sheet = new_sheet(rows.top + TOP, title=title)
    axes = sheet.axes(LEFT, rows.bottom, min(columns.values()) - WIDE - 0.05 - LEFT, rows.all_high)
    draw_bands(axes, rows.count)
    probability_scale(axes, "posterior probability")
    for place, node in enumerate(nodes):
        _draw(axes, rows.count - 1 - place, comparison, node)
        depth = node.count(".")
        weight, left = "normal" if depth else "bold", MARGIN + INDENT * depth
        rows.label(sheet, place, names.short(node), LEFT - 0.12, left=left, weight=weight)
        rows.numbers(sheet, place, _numbers(comparison, node), columns)
        if depth == 0 and place:
            sheet.rule(rows.top - rows.height * place)
    rows.heads(sheet, columns)
    _write_key(sheet, key)
    return sheet.figure


def compare_text(comparison: Comparison, *cases: Case) -> str:
    """Say in words what the figure shows."""
    names = Names.of(*cases)
    parts = [
        f"in “{spoken(title)}” {spoken(names.node(leader))} leads with "
        f"{percent(comparison.posterior[leader][k] or 0.0)}"
        for k, (title, leader) in enumerate(zip(comparison.titles, comparison.leaders, strict=True))
    ]
    pooled = ""
    if comparison.linear and comparison.logarithmic:
        best = max(comparison.leaders, key=comparison.linear.__getitem__)
        pooled = (
            f" Pooled, {spoken(names.node(best))} has {percent(comparison.linear[best])} (linear) or "
            f"{percent(comparison.logarithmic[best])} (logarithmic)."
        )
    return f"Posterior of each hypothesis in {len(comparison.titles)} cases: {'; '.join(parts)}.{pooled}"


def shown(comparison: Comparison) -> list[str]:
    """Return the nodes that are drawn, children after their parents; of very many, those at the top."""
    order = {name: place for place, name in enumerate(comparison.posterior)}
    nodes = sorted(order, key=lambda name: [order[above] for above in _path(name)])
    if len(nodes) > MOST:
        nodes = [name for name in nodes if "." not in name]
    ranking = sorted(nodes, key=lambda name: -max(value or 0.0 for value in comparison.posterior[name]))
    kept = set(ranking[:MOST])
    return [name for name in nodes if name in kept]


def _path(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]


def _letters(comparison: Comparison) -> list[str]:
    """Return a letter for each case; none where there are too many."""
    count = len(comparison.titles)
    return list("ABCD"[:count]) if count <= MOST_CASES else []


def _columns(comparison: Comparison) -> dict[str, float]:
    """Return the heads of the columns of numbers, and their right edges."""
    letters = _letters(comparison)
    heads = [f"{letter}\n%" for letter in letters] or ["lowest–\nhighest %"]
    if comparison.linear is not None:
        heads += ["linear\npool %", "log.\npool %"]
    return {head: LAST - WIDE * (len(heads) - 1 - n) for n, head in enumerate(heads)}


def _numbers(comparison: Comparison, node: str) -> list[str]:
    values = comparison.posterior[node]
    if _letters(comparison):
        out = ["–" if value is None else number(value) for value in values]
    else:
        there = [value for value in values if value is not None]
        out = [number_range(min(there), max(there))]
    pools = (comparison.linear, comparison.logarithmic)
    return out + [number(pool[node]) for pool in pools if pool is not None]


def _draw(axes: Axes, y: float, comparison: Comparison, node: str) -> None:
    values = comparison.posterior[node]
    signs = SIGNS if _letters(comparison) else (DOT,) * len(values)
    for value, sign, up in zip(values, signs, np.linspace(APART / 2, -APART / 2, len(values)), strict=False):
        if value is not None:
            axes.plot([value], [y + up], linestyle="none", zorder=4, clip_on=False, label="case", **sign)
    for pool, sign, name in (
        (comparison.linear, LINEAR, "linear"),
        (comparison.logarithmic, LOGARITHMIC, "logarithmic"),
    ):
        if pool is not None:
            axes.plot([pool[node]], [y], linestyle="none", zorder=3, clip_on=False, label=name, **sign)


def _key(comparison: Comparison) -> list[tuple[dict[str, Any], str]]:
    letters = _letters(comparison)
    key = [
        (sign, f"{letter}: {title}") for letter, sign, title in zip(letters, SIGNS, comparison.titles, strict=False)
    ] or [(DOT, f"each of {len(comparison.titles)} cases")]
    if comparison.linear is not None:
        key += [(LINEAR | {"markersize": 8}, "linear pool"), (LOGARITHMIC, "logarithmic pool")]
    return key


def _write_key(sheet: Sheet, key: list[tuple[dict[str, Any], str]]) -> None:
    room = style.WIDTH - 0.6
    handles = [Line2D([], [], linestyle="none", label=wrap(text, room, lines=1), **sign) for sign, text in key]
    place = (MARGIN / style.WIDTH, FOOT / sheet.height)
    sheet.figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=place, ncols=1, borderaxespad=0, borderpad=0, labelspacing=0.3
    )
