"""What to find out next: how much each unknown indicator is expected to tell, and what it would do to the leader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.collection import Prospect
from falseflag.plots import style
from falseflag.plots.layout import FOOT, PRIOR_POINT, THICK, Rows, Sheet, new_sheet, probability_scale
from falseflag.plots.text import Names, spoken, wrap
from falseflag.wording import number, percent

TITLE = "What to find out next"

MOST = 20
"""Indicators that are shown: those that are expected to tell most."""

LEFT, BITS = 2.95, 0.95
"""Inches: width of the labels and of the bars."""

RANGE, WIDE = 4.6, 1.4
"""Inches: left edge and width of the leader's probability."""

TOP, BOTTOM, ROW = 0.44, 0.72, 0.42
COLUMNS = {"expected\nbits": 4.4, "P(present)\n%": 6.64}

PRESENT: dict[str, Any] = {
    "marker": "D", "markersize": 5.0, "markerfacecolor": style.POSTERIOR, "markeredgecolor": style.POSTERIOR,
}  # fmt: skip
ABSENT: dict[str, Any] = PRIOR_POINT
NOW: dict[str, Any] = {"color": style.INK, "linestyle": ":", "linewidth": 1.0}


@style.applied()
def priorities(prospects: Sequence[Prospect], case: Case) -> Figure:
    """Draw the expected information of each unknown indicator, and the leader's probability under either outcome.

    Parameters
    ----------
    prospects : sequence of Prospect
        At least one.
    case : Case
        For the labels and the leaves.

    Returns
    -------
    Figure
    """
    names, shown, (leader, now) = Names.of(case), prospects[:MOST], _leader(prospects[0], case)
    rows = Rows.fit(len(shown), bottom=BOTTOM, top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=_title(prospects), subtitle=names.title)
    bits = sheet.axes(LEFT, BOTTOM, BITS, rows.all_high)
    chances = sheet.axes(RANGE, BOTTOM, WIDE, rows.all_high)
    _scales(bits, chances, max(row.bits for row in shown), rows.count)
    chances.axvline(now, zorder=1, label="now", **NOW)
    for place, row in enumerate(shown):
        _draw(bits, chances, rows.count - 1 - place, row, leader)
        label = names.factor(row.indicator, is_group=False)
        rows.double_label(sheet, place, (label, _then(row, leader, names)), LEFT - 0.12)
        rows.numbers(sheet, place, (f"{row.bits:.3f}", number(row.p_present)), COLUMNS)
    rows.heads(sheet, COLUMNS)
    head = wrap(f"probability of “{names.node(leader)}”", WIDE, size=style.SMALL, lines=3)
    sheet.write(RANGE + WIDE / 2, rows.top + 0.05, head, ha="center", va="bottom", fontsize=style.SMALL, linespacing=1)
    _write_key(sheet)
    return sheet.figure


def priorities_text(prospects: Sequence[Prospect], case: Case) -> str:
    """Say in words what the figure shows."""
    names, (leader, now) = Names.of(case), _leader(prospects[0], case)
    parts = [
        f"“{spoken(names.factor(row.indicator, is_group=False))}”, {row.bits:.3f} bits ({percent(row.p_present)} that "
        f"it is reported present; then {percent(row.if_present[leader])}, else {percent(row.if_absent[leader])})"
        for row in prospects[:3]
    ]
    return (
        f"Unknown indicators by expected information, {len(prospects)} in all, with the probability of "
        f"{spoken(names.node(leader))}, now {percent(now)}, under either outcome: {'; '.join(parts)}."
    )


def _title(prospects: Sequence[Prospect]) -> str:
    left_out = len(prospects) - MOST
    return f"{TITLE}: the {MOST} that are expected to tell most ({left_out} left out)" if left_out > 0 else TITLE


def _leader(row: Prospect, case: Case) -> tuple[str, float]:
    """Return the leading leaf and its probability: the average over the two outcomes of any indicator."""
    now = {
        leaf.name: row.p_present * row.if_present[leaf.name] + (1 - row.p_present) * row.if_absent[leaf.name]
        for leaf in case.leaves
    }
    best = max(now, key=lambda name: now[name])
    return best, now[best]


def _then(row: Prospect, leader: str, names: Names) -> str:
    """Say which outcome changes who leads."""
    outcomes = (("present", row.leader_if_present), ("absent", row.leader_if_absent))
    parts = [f"if {outcome}, “{names.node(then)}” leads" for outcome, then in outcomes if then != leader]
    return "; ".join(parts)


def _scales(bits: Axes, chances: Axes, most: float, rows: int) -> None:
    for axes in (bits, chances):
        axes.set_ylim(-0.5, rows - 0.5)
        axes.set_yticks([])
        axes.grid(axis="x", color=style.FAINT, linewidth=0.4)
        axes.set_axisbelow(True)
    bits.set_xlim(0, 1.05 * max(most, 1e-3))
    bits.locator_params(axis="x", nbins=2)
    bits.xaxis.set_major_formatter("{x:g}")
    bits.set_xlabel("bits", labelpad=2)
    probability_scale(chances)
    chances.set_xticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
    chances.spines["left"].set_visible(False)


def _draw(bits: Axes, chances: Axes, y: float, row: Prospect, leader: str) -> None:
    bits.barh(y, row.bits, height=THICK, color=style.POSTERIOR, zorder=2, label="bits")
    ends = row.if_present[leader], row.if_absent[leader]
    chances.plot(ends, (y, y), color=style.MUTED, linewidth=1.2, zorder=2, label="range")
    for value, look, name in ((ends[1], ABSENT, "absent"), (ends[0], PRESENT, "present")):
        chances.plot([value], [y], linestyle="none", zorder=3, clip_on=False, label=name, **look)


def _write_key(sheet: Sheet) -> None:
    handles = [
        Line2D([], [], linestyle="none", label="if it is reported present", **PRESENT),
        Line2D([], [], linestyle="none", label="if absent", **ABSENT),
        Line2D([], [], label="now", **NOW),
    ]
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=3, borderaxespad=0)
