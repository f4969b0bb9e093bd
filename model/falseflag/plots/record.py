"""What the record of resolved cases did to the likelihoods that are linked to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.learned import Blend, Spread
from falseflag.plots import style
from falseflag.plots.layout import (
    FOOT,
    POSTERIOR_LINE,
    POSTERIOR_POINT,
    PRIOR_LINE,
    PRIOR_POINT,
    Rows,
    Sheet,
    new_sheet,
    probability_scale,
)
from falseflag.plots.text import ANY_OTHER, Names, spoken
from falseflag.wording import COVERAGE, number, percent

TITLE = "Likelihoods: the judgement, the record of resolved cases, and both"

MOST = 16
"""Statements that are shown: those on which judgement and record differ most."""

LEFT, AXES = 2.95, 1.8
"""Inches: width of the labels and of the scale."""

TOP, BOTTOM, ROW = 0.36, 0.66, 0.46
COLUMNS = {"judgement\n%": 5.42, "record\n%": 6.03, "both\n%": 6.64}

RECORD_LINE: dict[str, Any] = {"color": style.MUTED, "linewidth": 0.9, "linestyle": (0, (2, 1.4))}
RECORD_POINT: dict[str, Any] = {
    "marker": "s",
    "markersize": 3.6,
    "markerfacecolor": style.MUTED,
    "markeredgecolor": style.MUTED,
}
LOOKS = {
    "judgement": (PRIOR_LINE, PRIOR_POINT, 0.25),
    "record": (RECORD_LINE, RECORD_POINT, 0.0),
    "both": (POSTERIOR_LINE, POSTERIOR_POINT, -0.25),
}
"""Line, point, and how far above the middle of its row each of the three stands, in rows."""


def most_contradicted(rows: Sequence[Blend]) -> list[Blend]:
    """Return the statements, those first on which judgement and record differ most."""
    return sorted(rows, key=lambda row: (row.conflict, -abs(row.both.mean - row.judgement.mean)))


@style.applied()
def learned(rows: Sequence[Blend], case: Case) -> Figure:
    """Draw judgement, record and both of the linked likelihoods, each with its 90 % interval and mean.

    Parameters
    ----------
    rows : sequence of Blend
        One or more.
    case : Case
        For the labels.

    Returns
    -------
    Figure
    """
    names, shown = Names.of(case), most_contradicted(rows)[:MOST]
    places = Rows.fit(len(shown), bottom=BOTTOM, top=TOP, height=ROW)
    sheet = new_sheet(places.top + TOP, title=_title(rows), subtitle=names.title)
    axes = sheet.axes(LEFT, BOTTOM, AXES, places.all_high)
    axes.set_ylim(-0.5, len(shown) - 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=style.FAINT, linewidth=0.5)
    for place, row in enumerate(shown):
        _draw(axes, len(shown) - 1 - place, row)
        label = names.item(row.source.indicator)
        places.double_label(sheet, place, (label, _remark(names, row)), LEFT - 0.15)
        means = [number(spread.mean) for spread in (row.judgement, row.record, row.both)]
        places.numbers(sheet, place, means, COLUMNS)
    probability_scale(axes, label="P(first value | hypothesis)")
    places.heads(sheet, COLUMNS)
    _write_key(sheet)
    return sheet.figure


def learned_text(rows: Sequence[Blend], case: Case) -> str:
    """Say in words what the figure shows."""
    names, found = Names.of(case), [row for row in most_contradicted(rows) if row.is_conflict]
    parts = [
        f"that of “{spoken(names.item(row.source.indicator))}” given "
        f"{spoken(names.place(str(row.source.condition)))} (judged {percent(row.judgement.mean)}, so in {row.count}, "
        f"together {percent(row.both.mean)})"
        for row in found[:3]
    ]
    most = f"The {MOST} of {len(rows)}" if len(rows) > MOST else f"The {len(rows)}"
    verdict = f"in {len(found)} they conflict, most in {'; '.join(parts)}" if found else "nowhere do they conflict"
    return f"{most} linked likelihoods on which judgement and record of resolved cases differ most; {verdict}."


def _title(rows: Sequence[Blend]) -> str:
    left_out = len(rows) - MOST
    return f"{TITLE} (the {MOST} most contradicted; {left_out} left out)" if left_out > 0 else TITLE


def _remark(names: Names, row: Blend) -> str:
    verdict = ["conflict"] if row.is_conflict else ["fixed"] if row.is_fixed else []
    given = names.place(str(row.source.condition)).replace(ANY_OTHER, "any other", 1)
    return "; ".join([*verdict, row.count, f"given {given}"])


def _draw(axes: Axes, y: float, row: Blend) -> None:
    spreads: dict[str, Spread] = {"judgement": row.judgement, "record": row.record, "both": row.both}
    for name, spread in spreads.items():
        line, point, up = LOOKS[name]
        axes.plot(spread.interval, (y + up, y + up), label=f"{name}-interval", zorder=2, **line)
        axes.plot([spread.mean], [y + up], label=f"{name}-mean", zorder=3, clip_on=False, linestyle="none", **point)


def _write_key(sheet: Sheet) -> None:
    handles = [Line2D([], [], label=name, **line, **point) for name, (line, point, _) in LOOKS.items()]
    handles[0].set_label(f"{COVERAGE} interval and mean: judgement")
    sheet.figure.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, FOOT / sheet.height),
        ncols=3,
        borderaxespad=0,
        columnspacing=2.0,
        handlelength=2.8,
    )
