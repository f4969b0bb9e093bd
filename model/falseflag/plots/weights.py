"""What each piece of evidence weighs for one hypothesis against another."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.explain.explanation import Explanation
from falseflag.explain.weights import Weights
from falseflag.plots import style
from falseflag.plots.decibans import deciban_scale, draw_bar, draw_interval, limits, signed
from falseflag.plots.ledger import Entry, ledger, left_out
from falseflag.plots.naming import Names
from falseflag.plots.rows import MARGIN, Rows, room_for
from falseflag.plots.sheet import Sheet, new_sheet, note
from falseflag.plots.text import spoken, wrap

TITLE = "What each piece of evidence weighs"

LEFT, AXES = 2.9, 2.2
"""Inches: width of the labels and of the scale."""

TOP, ROW = 0.42, 0.31
COLUMNS = {"dB": 5.62, "90 % interval\ndB": 6.64}
GAP = 0.08


@style.applied()
def weights(explanation: Explanation, case: Case) -> Figure:
    """Draw the weights of evidence for a hypothesis against another as bars to either side, with 90 % intervals.

    Parameters
    ----------
    explanation : Explanation
        With draws, or there are no intervals.
    case : Case
        For the labels.

    Returns
    -------
    Figure
    """
    weighed, names = explanation.weights, Names.of(case)
    entries = _entries(weighed, names)
    remark = _note(weighed)
    rows = Rows.fit(len(entries), bottom=room_for(remark), top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=TITLE, subtitle=names.title)
    axes = sheet.axes(LEFT, rows.bottom, AXES, rows.all_high)
    deciban_scale(axes, limits(value for e in entries for value in (e.db, *(e.interval or ()))), rows.count)
    for place, entry in enumerate(entries):
        _draw(axes, rows.count - 1 - place, entry)
        weight = "bold" if entry.kind in {"prior", "posterior"} else "normal"
        rows.label(sheet, place, entry.label, LEFT - 0.1, weight=weight)
        rows.numbers(sheet, place, (signed(entry.db), _interval(entry)), COLUMNS)
    for place in (1, len(entries) - 1):
        sheet.rule(rows.top - rows.height * place)
    rows.heads(sheet, COLUMNS)
    _write_sides(sheet, axes, rows.top, (names.node(weighed.against), names.node(weighed.for_)))
    note(sheet, MARGIN, remark)
    return sheet.figure


def weights_text(explanation: Explanation, case: Case) -> str:
    """Say in words what the figure shows."""
    weighed, names = explanation.weights, Names.of(case)
    ranked = sorted(weighed.rows, key=lambda row: -abs(row.db))
    parts = [
        f"“{spoken(names.factor(row.factor, is_group=row.is_group))}”, {signed(row.db)} dB"
        + (f" (90 % interval {signed(row.interval[0])} to {signed(row.interval[1])})" if row.interval else "")
        for row in ranked[:3]
    ]
    sides = f"{spoken(names.node(weighed.for_))} against {spoken(names.node(weighed.against))}"
    most = f" Heaviest of {len(ranked)}: {'; '.join(parts)}." if parts else " There is no evidence."
    return (
        f"Weights of evidence for {sides}: prior odds of {signed(weighed.prior_db)} dB become posterior odds of "
        f"{signed(weighed.posterior_db)} dB.{most}"
    )


def _entries(weighed: Weights, names: Names) -> list[Entry]:
    factors = [
        Entry(names.counted(row.factor, is_group=row.is_group), row.db, interval=row.interval) for row in weighed.rows
    ]
    return ledger(weighed.prior_db, weighed.posterior_db, factors)


def _draw(axes: Axes, y: float, entry: Entry) -> None:
    draw_bar(axes, y, (0.0, entry.db), entry.look, entry.kind)
    if entry.interval:
        draw_interval(axes, y, entry.interval)


def _interval(entry: Entry) -> str:
    return f"{signed(entry.interval[0])} to {signed(entry.interval[1])}" if entry.interval else ""


def _write_sides(sheet: Sheet, axes: Axes, y: float, sides: tuple[str, str]) -> None:
    """Write above either side of zero, as wide as there is room, what it speaks for."""
    low, high = axes.get_xlim()
    zero = LEFT + AXES * -low / (high - low)
    zero = min(max(zero, LEFT + 0.9), LEFT + AXES - 0.9)
    for text, x, room, side in (
        (f"← for {sides[0]}", zero - GAP, zero - GAP - LEFT + 0.6, "right"),
        (f"→ for {sides[1]}", zero + GAP, LEFT + AXES - zero - GAP, "left"),
    ):
        shown = wrap(text, room, size=style.SMALL, lines=3)
        sheet.write(x, y + 0.05, shown, ha=side, va="bottom", fontsize=style.SMALL, linespacing=1.05)


def _note(weighed: Weights) -> str:
    parts = ["Prior odds and all weights add up to the posterior odds."]
    if any(row.interval for row in weighed.rows):
        parts.append("Thin lines: 90 % intervals within what the analyst is unsure of.")
    if left_out(len(weighed.rows)):
        parts.append(f"The {left_out(len(weighed.rows))} that weigh least are added up in one row.")
    return " ".join(parts)
