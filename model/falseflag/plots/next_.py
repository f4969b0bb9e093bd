"""What to find out next: how much each unknown is expected to say, and what it would do to the leader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.case.model import Case
from falseflag.explain.value_of_information import ExpectedInformation, Outcome
from falseflag.plots import style
from falseflag.plots.layout import FOOT, THICK, Rows, Sheet, new_sheet, probability_scale
from falseflag.plots.text import Names, spoken, wrap
from falseflag.wording import percent

TITLE = "What to find out next"

MOST = 20
"""Unknowns that are shown: those that are expected to say most."""

LEFT, BITS = 2.95, 1.0
"""Inches: width of the labels and of the bars."""

RANGE, WIDE = 4.85, 1.6
"""Inches: left edge and width of the leader's probability."""

TOP, BOTTOM, ROW = 0.44, 0.72, 0.42
COLUMNS = {"expected\nbits": 4.5}

POINTS: tuple[dict[str, Any], ...] = (
    {"marker": "D", "markersize": 5.0, "markerfacecolor": style.POSTERIOR, "markeredgecolor": style.POSTERIOR},
    {"marker": "o", "markersize": 4.6, "markerfacecolor": "white", "markeredgecolor": style.PRIOR},
    {"marker": "s", "markersize": 4.2, "markerfacecolor": "white", "markeredgecolor": "#B84A00"},
)
"""Of the first, the second and any further outcome."""

NOW: dict[str, Any] = {"color": style.INK, "linestyle": ":", "linewidth": 1.0}


@style.applied()
def priorities(unknowns: Sequence[ExpectedInformation], case: Case) -> Figure:
    """Draw the expected information of each unknown, and the leader's probability under each outcome.

    Parameters
    ----------
    unknowns : sequence of ExpectedInformation
        At least one.
    case : Case
        For the labels and the leaves.

    Returns
    -------
    Figure
    """
    names, shown, (leader, now) = Names.of(case), unknowns[:MOST], _leader(unknowns[0])
    rows = Rows.fit(len(shown), bottom=BOTTOM, top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=_title(unknowns), subtitle=names.title)
    bits = sheet.axes(LEFT, BOTTOM, BITS, rows.all_high)
    chances = sheet.axes(RANGE, BOTTOM, WIDE, rows.all_high)
    _scales(bits, chances, max(row.bits for row in shown), rows.count)
    chances.axvline(now, zorder=1, label="now", **NOW)
    for place, row in enumerate(shown):
        _draw(bits, chances, rows.count - 1 - place, row, leader)
        rows.double_label(sheet, place, (_label(row, names), _then(row, leader, names)), LEFT - 0.12)
        rows.numbers(sheet, place, (f"{row.bits:.3f}",), COLUMNS)
    rows.heads(sheet, COLUMNS)
    head = wrap(f"probability of “{names.node(leader)}”", WIDE, size=style.SMALL, lines=3)
    sheet.write(RANGE + WIDE / 2, rows.top + 0.05, head, ha="center", va="bottom", fontsize=style.SMALL, linespacing=1)
    _write_key(sheet)
    return sheet.figure


def priorities_text(unknowns: Sequence[ExpectedInformation], case: Case) -> str:
    """Say in words what the figure shows."""
    names, (leader, now) = Names.of(case), _leader(unknowns[0])
    parts = [
        f"“{spoken(_label(row, names))}”, {row.bits:.3f} bits ({_outcomes(row, leader, names)})" for row in unknowns[:3]
    ]
    return (
        f"What is unknown by expected information, {len(unknowns)} in all, with the probability of "
        f"{spoken(names.node(leader))}, now {percent(now)}, under each outcome: {'; '.join(parts)}."
    )


def _outcomes(row: ExpectedInformation, leader: str, names: Names) -> str:
    return ", ".join(
        f"{spoken(names.value(row.name, one.value))} {percent(one.p)}, then {percent(one.posterior[leader])}"
        for one in _possible(row)
    )


def _possible(row: ExpectedInformation) -> list[Outcome]:
    return [outcome for outcome in row.outcomes if outcome.posterior]


def _label(row: ExpectedInformation, names: Names) -> str:
    return names.circumstances.get(row.name, row.name) if row.is_circumstance else names.item(row.name)


def _title(unknowns: Sequence[ExpectedInformation]) -> str:
    left_out = len(unknowns) - MOST
    return f"{TITLE}: the {MOST} that are expected to say most ({left_out} left out)" if left_out > 0 else TITLE


def _leader(row: ExpectedInformation) -> tuple[str, float]:
    """Return the top-level leader and its probability: the average over the outcomes of any unknown."""
    tops = [name for name in _possible(row)[0].posterior if "." not in name]
    now = {name: sum(outcome.p * outcome.posterior[name] for outcome in _possible(row)) for name in tops}
    best = max(now, key=lambda name: now[name])
    return best, now[best]


def _then(row: ExpectedInformation, leader: str, names: Names) -> str:
    """Say which outcome changes who leads."""
    parts = [
        f"{names.value(row.name, outcome.value)}: “{names.node(outcome.leader)}” leads"
        for outcome in _possible(row)
        if outcome.leader != leader
    ]
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


def _draw(bits: Axes, chances: Axes, y: float, row: ExpectedInformation, leader: str) -> None:
    bits.barh(y, row.bits, height=THICK, color=style.POSTERIOR, zorder=2, label="bits")
    values = [(place, o.posterior[leader]) for place, o in enumerate(row.outcomes) if o.posterior]
    ends = min(value for _, value in values), max(value for _, value in values)
    chances.plot(ends, (y, y), color=style.MUTED, linewidth=1.2, zorder=2, label="range")
    for place, value in values:
        look = POINTS[min(place, len(POINTS) - 1)]
        chances.plot([value], [y], linestyle="none", zorder=3, clip_on=False, label=f"outcome-{place}", **look)


def _write_key(sheet: Sheet) -> None:
    texts = ("if present, or the first value", "if absent, or the second", "any other")
    handles = [Line2D([], [], linestyle="none", label=text, **look) for text, look in zip(texts, POINTS, strict=True)]
    handles.append(Line2D([], [], label="now", **NOW))
    place = (0.5, FOOT / sheet.height)
    sheet.figure.legend(handles=handles, loc="lower center", bbox_to_anchor=place, ncols=4, borderaxespad=0)
