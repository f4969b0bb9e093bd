"""How the evidence takes the leader from its prior to its posterior odds, factor by factor."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special

from falseflag.case.model import Case
from falseflag.explain.evidence import DECIBANS
from falseflag.explain.explanation import Explanation
from falseflag.plots import style
from falseflag.plots.decibans import THICK, deciban_scale, draw_bar, limits, signed
from falseflag.plots.ledger import Entry, ledger, left_out
from falseflag.plots.naming import Names
from falseflag.plots.rows import MARGIN, Rows, room_for
from falseflag.plots.sheet import new_sheet, note
from falseflag.plots.text import spoken, width_of
from falseflag.wording import percent

TITLE = "What each piece of evidence contributes to"

LEFT, AXES = 2.9, 3.1
"""Inches: width of the labels and of the scale."""

TOP, ROW = 0.42, 0.31
COLUMNS = {"dB": 6.64}
LABEL = "log odds against all the rest, in decibans"

PROBABILITIES = (
    0.5, 0.1, 0.9, 0.01, 0.99, 0.001, 0.999, 0.0001, 0.9999, 1e-5, 0.99999, 1e-6, 0.999999,
    0.3, 0.7, 0.2, 0.8, 0.4, 0.6, 0.05, 0.95,
)  # fmt: skip
"""Those that may be written over the scale, the more welcome first."""

BETWEEN = 0.1
"""Inches between two of them at least."""


@style.applied()
def shapley(explanation: Explanation, case: Case) -> Figure:
    """Draw the factors' Shapley values as a waterfall from prior to posterior log odds.

    Parameters
    ----------
    explanation : Explanation
    case : Case
        For the labels.

    Returns
    -------
    Figure
    """
    shared, names = explanation.shapley, Names.of(case)
    entries = _entries(explanation, names)
    remark = _note(explanation)
    rows = Rows.fit(len(entries), bottom=room_for(remark), top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=f"{TITLE} “{names.node(shared.node)}”", subtitle=names.title)
    axes = sheet.axes(LEFT, rows.bottom, AXES, rows.all_high)
    deciban_scale(axes, limits(value for e in entries for value in (e.start, e.start + e.db)), rows.count)
    axes.set_xlabel(LABEL, labelpad=2)
    for place, entry in enumerate(entries):
        draw_bar(axes, rows.count - 1 - place, (entry.start, entry.start + entry.db), entry.look, entry.kind)
        weight = "bold" if entry.kind in {"prior", "posterior"} else "normal"
        rows.label(sheet, place, _label(entry), LEFT - 0.1, weight=weight)
        rows.numbers(sheet, place, (_number(entry),), COLUMNS)
    _connect(axes, entries)
    _write_probabilities(axes)
    for place in (1, len(entries) - 1):
        sheet.rule(rows.top - rows.height * place)
    rows.heads(sheet, COLUMNS)
    note(sheet, MARGIN, remark)
    return sheet.figure


def shapley_text(explanation: Explanation, case: Case) -> str:
    """Say in words what the figure shows."""
    shared, names = explanation.shapley, Names.of(case)
    entries = [e for e in _entries(explanation, names) if e.kind == "factor"]
    parts = [f"“{spoken(entry.label)}”, {signed(entry.db)} dB" for entry in entries[:3]]
    most = f" What moves it most, of {len(shared.rows)} in all: {'; '.join(parts)}." if parts else ""
    return (
        f"From prior to posterior log odds of {spoken(names.node(shared.node))}: "
        f"{percent(_probability(shared.prior_db))} before the evidence, "
        f"{percent(_probability(shared.posterior_db))} after it.{most}"
    )


def _entries(explanation: Explanation, names: Names) -> list[Entry]:
    shared = explanation.shapley
    factors = [
        Entry(names.counted(weighed.factor, is_group=weighed.is_group), row.db, error=row.error)
        for weighed, row in zip(explanation.weights.rows, shared.rows, strict=True)
    ]
    return ledger(shared.prior_db, shared.posterior_db, factors)


def _label(entry: Entry) -> str:
    if entry.kind in {"prior", "posterior"}:
        return f"{entry.label.removesuffix(' odds')}: {percent(_probability(entry.db))}"
    return entry.label


def _number(entry: Entry) -> str:
    return f"{signed(entry.db)} ± {entry.error:.1f}" if entry.error >= 0.05 else signed(entry.db)


def _probability(db: float) -> float:
    return float(special.expit(db / DECIBANS))


def _connect(axes: Axes, entries: list[Entry]) -> None:
    """Draw a thin line from where each bar ends to where the next begins."""
    top = len(entries) - 1
    low, high = axes.get_xlim()
    for place, entry in enumerate(entries[:-1]):
        end = float(np.clip(entry.start + entry.db, low, high))
        y = (top - place - THICK / 2, top - place - 1 + THICK / 2)
        axes.plot((end, end), y, color=style.MUTED, linewidth=0.6, zorder=1, label="step")


def _write_probabilities(axes: Axes) -> None:
    """Write probabilities along the upper edge, as many as there is room for."""
    low, high = axes.get_xlim()
    kept: dict[float, str] = {}
    for p in PROBABILITIES:
        db, text = DECIBANS * float(special.logit(p)), f"{100 * p:.6f}".rstrip("0").rstrip(".") + " %"
        widths = {place: (width_of(text, style.SMALL) + width_of(t, style.SMALL)) / 2 for place, t in kept.items()}
        near = any(AXES * abs(db - place) / (high - low) < BETWEEN + width for place, width in widths.items())
        if low <= db <= high and not near:
            kept[db] = text
    upper = axes.secondary_xaxis("top")
    upper.set_xticks(list(kept), list(kept.values()))
    upper.set_xlabel("probability", labelpad=2)
    upper.tick_params(pad=1)


def _note(explanation: Explanation) -> str:
    shared = explanation.shapley
    parts = ["Each bar is a Shapley value: the average effect over every order in which the evidence could come in."]
    if not shared.is_exact:
        parts.append("Estimated; ±: standard error.")
    if left_out(len(shared.rows)):
        parts.append(f"The {left_out(len(shared.rows))} that contribute least are added up in one row.")
    return " ".join(parts)
