"""What the evidence does: weights for one hypothesis against another, from prior to posterior odds, and the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from scipy import special

from falseflag.arrays import Floats
from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.explanation import Explanation
from falseflag.explain.weights import Weights, against_average, by_leaf
from falseflag.inference.result import DECIBANS
from falseflag.plots import style
from falseflag.plots.layout import (
    AFTER,
    AGAINST,
    BEFORE,
    FOR,
    MARGIN,
    THICK,
    Rows,
    Sheet,
    deciban_scale,
    draw_bar,
    draw_interval,
    limits,
    new_sheet,
    note,
    room_for,
    signed,
)
from falseflag.plots.text import Names, spoken, width_of, wrap
from falseflag.wording import COVERAGE, number, percent

# An account in decibans: the prior odds first, what each item adds, the largest first, the posterior odds last

type Kind = Literal["prior", "item", "rest", "posterior"]

MOST = 22
"""Items that stand by themselves; the others are added up in one row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row.

    Parameters
    ----------
    label : str
    db : float
    kind : {'prior', 'item', 'rest', 'posterior'}
    start : float
        What the rows above add up to; 0 for the prior and the posterior.
    interval : tuple of float or None
    error : float
        Standard error; 0 where `db` is exact.
    """

    label: str
    db: float
    kind: Kind = "item"
    start: float = 0.0
    interval: tuple[float, float] | None = None
    error: float = 0.0

    @property
    def look(self) -> dict[str, Any]:
        """How its bar is drawn."""
        if self.kind == "prior":
            return BEFORE
        if self.kind == "posterior":
            return AFTER
        return FOR if self.db >= 0 else AGAINST


def account(prior_db: float, posterior_db: float, items: Sequence[Entry]) -> list[Entry]:
    """Put the items in order between the prior and the posterior."""
    ranked = sorted(items, key=lambda entry: -abs(entry.db))
    shown, others = (ranked[:MOST], ranked[MOST:]) if len(ranked) > MOST + 1 else (ranked, [])
    if others:
        rest = sum(entry.db for entry in others)
        shown = [*shown, Entry(f"the other {len(others)} together", rest, "rest")]
    out, total = [Entry("Prior odds", prior_db, "prior")], prior_db
    for entry in shown:
        out.append(replace(entry, start=total))
        total += entry.db
    return [*out, Entry("Posterior odds", posterior_db, "posterior")]


def left_out(items: int) -> int:
    """Return how many items do not stand by themselves."""
    return items - MOST if items > MOST + 1 else 0


# What each piece of evidence weighs for one hypothesis against another

WEIGHTS_TITLE = "What each piece of evidence weighs"

WEIGHTS_LEFT, WEIGHTS_AXES = 2.9, 2.2
"""Inches: width of the labels and of the scale."""

WEIGHTS_TOP, WEIGHTS_ROW = 0.42, 0.31
WEIGHTS_COLUMNS = {"dB": 5.62, f"{COVERAGE} interval\ndB": 6.64}
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
    entries = _entries_weights(weighed, names)
    remark = _note_weights(weighed)
    rows = Rows.fit(len(entries), bottom=room_for(remark), top=WEIGHTS_TOP, height=WEIGHTS_ROW)
    sheet = new_sheet(rows.top + WEIGHTS_TOP, title=WEIGHTS_TITLE, subtitle=names.title)
    axes = sheet.axes(WEIGHTS_LEFT, rows.bottom, WEIGHTS_AXES, rows.all_high)
    deciban_scale(axes, limits(value for e in entries for value in (e.db, *(e.interval or ()))), rows.count)
    for place, entry in enumerate(entries):
        _draw(axes, rows.count - 1 - place, entry)
        weight = "bold" if entry.kind in {"prior", "posterior"} else "normal"
        rows.label(sheet, place, entry.label, WEIGHTS_LEFT - 0.1, weight=weight)
        rows.numbers(sheet, place, (signed(entry.db), _interval(entry)), WEIGHTS_COLUMNS)
    for place in (1, len(entries) - 1):
        sheet.rule(rows.top - rows.height * place)
    rows.heads(sheet, WEIGHTS_COLUMNS)
    _write_contrast(sheet, axes, rows.top, (names.set(weighed.against), names.set(weighed.for_)))
    note(sheet, MARGIN, remark)
    return sheet.figure


def weights_text(explanation: Explanation, case: Case) -> str:
    """Say in words what the figure shows."""
    weighed, names = explanation.weights, Names.of(case)
    ranked = sorted(weighed.rows, key=lambda row: -abs(row.db))
    parts = [
        f"“{spoken(names.item(row.factor, is_group=row.is_group))}”, {signed(row.db)} dB"
        + (f" ({COVERAGE} interval {signed(row.interval[0])} to {signed(row.interval[1])})" if row.interval else "")
        for row in ranked[:3]
    ]
    contrast = f"{spoken(names.set(weighed.for_))} against {spoken(names.set(weighed.against))}"
    most = f" Heaviest of {len(ranked)}: {'; '.join(parts)}." if parts else " There is no evidence."
    return (
        f"Weights of evidence for {contrast}: prior odds of {signed(weighed.prior_db)} dB become posterior odds of "
        f"{signed(weighed.posterior_db)} dB.{most}"
    )


def _entries_weights(weighed: Weights, names: Names) -> list[Entry]:
    items = [
        Entry(names.counted(row.factor, is_group=row.is_group), row.db, interval=row.interval) for row in weighed.rows
    ]
    return account(weighed.prior_db, weighed.posterior_db, items)


def _draw(axes: Axes, y: float, entry: Entry) -> None:
    draw_bar(axes, y, (0.0, entry.db), entry.look, entry.kind)
    if entry.interval:
        draw_interval(axes, y, entry.interval)


def _interval(entry: Entry) -> str:
    return f"{signed(entry.interval[0])} to {signed(entry.interval[1])}" if entry.interval else ""


def _write_contrast(sheet: Sheet, axes: Axes, y: float, contrast: tuple[str, str]) -> None:
    """Write above either side of zero, as wide as there is room, what it speaks for."""
    low, high = axes.get_xlim()
    zero = WEIGHTS_LEFT + WEIGHTS_AXES * -low / (high - low)
    zero = min(max(zero, WEIGHTS_LEFT + 0.9), WEIGHTS_LEFT + WEIGHTS_AXES - 0.9)
    for text, x, room, side in (
        (f"← for {contrast[0]}", zero - GAP, zero - GAP - WEIGHTS_LEFT + 0.6, "right"),
        (f"→ for {contrast[1]}", zero + GAP, WEIGHTS_LEFT + WEIGHTS_AXES - zero - GAP, "left"),
    ):
        shown = wrap(text, room, size=style.SMALL, lines=3)
        sheet.write(x, y + 0.05, shown, ha=side, va="bottom", fontsize=style.SMALL, linespacing=1.05)


def _note_weights(weighed: Weights) -> str:
    parts = ["Prior odds and all weights add up to the posterior odds."]
    if any(row.interval for row in weighed.rows):
        parts.append(f"Thin lines: {COVERAGE} intervals within what the analyst is unsure of.")
    if left_out(len(weighed.rows)):
        parts.append(f"The {left_out(len(weighed.rows))} that weigh least are added up in one row.")
    return " ".join(parts)


# How the evidence takes the leader from its prior to its posterior odds

SHAPLEY_TITLE = "What each piece of evidence contributes to"

SHAPLEY_LEFT, SHAPLEY_AXES = 2.9, 3.1
"""Inches: width of the labels and of the scale."""

SHAPLEY_TOP, SHAPLEY_ROW = 0.42, 0.31
SHAPLEY_COLUMNS = {"dB": 6.64}
LABEL = "log odds against all the rest, in decibans"

PROBABILITIES = (
    0.5, 0.1, 0.9, 0.01, 0.99, 0.001, 0.999, 0.0001, 0.9999, 1e-5, 0.99999, 1e-6, 0.999999,
    0.3, 0.7, 0.2, 0.8, 0.4, 0.6, 0.05, 0.95,
)  # fmt: skip
"""Those that may be written over the scale, the more welcome first."""

SHAPLEY_BETWEEN = 0.1
"""Inches between two of them at least."""


@style.applied()
def shapley(explanation: Explanation, case: Case) -> Figure:
    """Draw the items' Shapley values as a waterfall from prior to posterior log odds.

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
    entries = _entries_shapley(explanation, names)
    remark = _note_shapley(explanation)
    rows = Rows.fit(len(entries), bottom=room_for(remark), top=SHAPLEY_TOP, height=SHAPLEY_ROW)
    sheet = new_sheet(rows.top + SHAPLEY_TOP, title=f"{SHAPLEY_TITLE} “{names.set(shared.for_)}”", subtitle=names.title)
    axes = sheet.axes(SHAPLEY_LEFT, rows.bottom, SHAPLEY_AXES, rows.all_high)
    deciban_scale(axes, limits(value for e in entries for value in (e.start, e.start + e.db)), rows.count)
    axes.set_xlabel(LABEL, labelpad=2)
    for place, entry in enumerate(entries):
        draw_bar(axes, rows.count - 1 - place, (entry.start, entry.start + entry.db), entry.look, entry.kind)
        weight = "bold" if entry.kind in {"prior", "posterior"} else "normal"
        rows.label(sheet, place, _label(entry), SHAPLEY_LEFT - 0.1, weight=weight)
        rows.numbers(sheet, place, (_number(entry),), SHAPLEY_COLUMNS)
    _connect(axes, entries)
    _write_probabilities(axes)
    for place in (1, len(entries) - 1):
        sheet.rule(rows.top - rows.height * place)
    rows.heads(sheet, SHAPLEY_COLUMNS)
    note(sheet, MARGIN, remark)
    return sheet.figure


def shapley_text(explanation: Explanation, case: Case) -> str:
    """Say in words what the figure shows."""
    shared, names = explanation.shapley, Names.of(case)
    entries = [e for e in _entries_shapley(explanation, names) if e.kind == "item"]
    parts = [f"“{spoken(entry.label)}”, {signed(entry.db)} dB" for entry in entries[:3]]
    most = f" What moves it most, of {len(shared.rows)} in all: {'; '.join(parts)}." if parts else ""
    return (
        f"From prior to posterior log odds of {spoken(names.set(shared.for_))}: "
        f"{percent(_probability(shared.prior_db))} before the evidence, "
        f"{percent(_probability(shared.posterior_db))} after it.{most}"
    )


def _entries_shapley(explanation: Explanation, names: Names) -> list[Entry]:
    shared = explanation.shapley
    items = [
        Entry(names.counted(weighed.factor, is_group=weighed.is_group), row.db, error=row.error)
        for weighed, row in zip(explanation.weights.rows, shared.rows, strict=True)
    ]
    return account(shared.prior_db, shared.posterior_db, items)


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
        near = any(
            SHAPLEY_AXES * abs(db - place) / (high - low) < SHAPLEY_BETWEEN + width for place, width in widths.items()
        )
        if low <= db <= high and not near:
            kept[db] = text
    upper = axes.secondary_xaxis("top")
    upper.set_xticks(list(kept), list(kept.values()))
    upper.set_xlabel("probability", labelpad=2)
    upper.tick_params(pad=1)


def _note_shapley(explanation: Explanation) -> str:
    shared = explanation.shapley
    parts = ["Each bar is the average effect over every order in which the evidence could come in (the Shapley value)."]
    if not shared.is_exact:
        parts.append("Estimated; ±: standard error.")
    if left_out(len(shared.rows)):
        parts.append(f"The {left_out(len(shared.rows))} that contribute least are added up in one row.")
    return " ".join(parts)


# Hypotheses in rows, evidence in columns: what each piece of evidence does to each hypothesis
#
# The layout is that of the analysis of competing hypotheses; read down a column, evidence that all hypotheses explain
# equally well is seen to say nothing, however well it fits the favourite.


@dataclass(frozen=True, slots=True)
class Cells:
    """What each item of evidence weighs for each leaf, against the average of all leaves by their prior weights.

    Parameters
    ----------
    leaves : tuple of str
        Labels of the rows, in the order of the tree.
    columns : tuple of str
        Labels of the items, those first that set the leaves farthest apart: by the standard deviation of their
        weights over the leaves, each counted by its prior.
    db : ndarray, shape (leaves, items)
        10 log10(P(x_i | h) / P(x_i)), circumstances and staging averaged out.
    posterior : ndarray, shape (leaves,)
    left_out : int
        How many leaves there was no room for.
    """

    leaves: tuple[str, ...]
    columns: tuple[str, ...]
    db: Floats
    posterior: Floats
    left_out: int


def cells(analysis: Analysis, names: Names, most: int) -> Cells:
    """Return the cells of at most so many leaves, the most probable ones."""
    problem = analysis.problem
    alone = analysis.coalitions.log_likelihood(np.eye(len(analysis.items), dtype=bool))
    db = against_average(analysis, by_leaf(analysis, alone))
    leaves = np.sort(np.argsort(-analysis.exact.leaves, kind="stable")[:most])
    prior = problem.leaf_membership @ problem.prior
    spread = np.square(db - (db @ prior)[:, None]) @ prior
    order = np.argsort(-spread, kind="stable")
    in_order = [analysis.items[f] for f in order]
    return Cells(
        leaves=tuple(names.node(problem.leaves[h]) for h in leaves),
        columns=tuple(names.counted(item.name, is_group=item.is_group) for item in in_order),
        db=db[np.ix_(order, leaves)].T,
        posterior=np.asarray(analysis.exact.leaves[leaves]),
        left_out=len(problem.leaves) - len(leaves),
    )


MATRIX_TITLE = "Which evidence tells the hypotheses apart"
NOTHING = "There is no evidence yet."
NOTE = (
    "Each number: by how many decibans that evidence alone would raise or lower the probability of the hypothesis, "
    "10 log10(P(evidence | hypothesis) / its average over all hypotheses by their prior weights)."
)

MATRIX_LEFT, RIGHT = 2.05, 6.2
"""Inches: where the cells begin, and end at the most."""

NUMBERS = 0.44
"""Inches from the cells to the right edge of the posterior."""

HEAD, FOOT, MATRIX_BETWEEN = 1.62, 0.42, 0.1
"""Inches: the labels of the columns, the note, what is free between blocks."""

MATRIX_ROW, CLOSEST = 0.28, 0.17
NARROW, WIDE = 0.375, 0.62
LINE = 0.112
MOST_LEAVES = 34

FULL = 10.0
"""Decibans from which colours are as deep as they get."""

COLOURS = LinearSegmentedColormap.from_list("against-for", ["#B84A00", "#F3B27F", "#FAFAFA", "#8CC5EA", "#00588C"])


def why_no_matrix(analysis: Analysis) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if analysis.items else NOTHING


@style.applied()
def matrix(analysis: Analysis, case: Case) -> Figure:
    """Draw the weight of each item for each leaf, against the average of all leaves by their prior weights.

    Parameters
    ----------
    analysis : Analysis
    case : Case
        For the labels.

    Returns
    -------
    Figure

    Notes
    -----
    A cell is 10 log10(P(x_i | h) / P(x_i)), which is 10 log10(P(h | x_i) / P(h)): what the item would do to the
    probability of the leaf, were it all the evidence there is. Columns are sorted by how far they set the leaves apart.
    """
    table, names = cells(analysis, Names.of(case), MOST_LEAVES), Names.of(case)
    blocks = _blocks(table)
    height = min(MATRIX_ROW, max(CLOSEST, (style.PAGE - FOOT) / len(blocks) / len(table.leaves)))
    pitch = HEAD + height * len(table.leaves) + MATRIX_BETWEEN
    left_out = len(table.columns) - sum(len(block) for block in blocks)
    sheet = new_sheet(FOOT + pitch * len(blocks), title=_title(table, left_out), subtitle=names.title)
    for place, block in enumerate(reversed(blocks)):
        rows = Rows(len(table.leaves), FOOT + MATRIX_BETWEEN + pitch * place, height)
        _draw_block(sheet, rows, table, block)
    note(sheet, MARGIN, NOTE)
    return sheet.figure


def matrix_text(analysis: Analysis, case: Case) -> str:
    """Say in words what the figure shows."""
    names = Names.of(case)
    table = cells(analysis, names, MOST_LEAVES)
    parts = []
    for column in range(min(3, len(table.columns))):
        values = table.db[:, column]
        best, worst = int(values.argmax()), int(values.argmin())
        parts.append(
            f"“{spoken(table.columns[column])}”, {signed(values[best])} dB for {spoken(table.leaves[best])} and "
            f"{signed(values[worst])} dB for {spoken(table.leaves[worst])}"
        )
    leader = int(table.posterior.argmax())
    return (
        f"Matrix of {len(table.leaves)} hypotheses and {len(table.columns)} pieces of evidence, in decibans against "
        f"the average of all hypotheses. Those that say most: {'; '.join(parts)}. After all of it the most probable "
        f"is {spoken(table.leaves[leader])}, {percent(float(table.posterior[leader]))}."
    )


def _title(table: Cells, columns: int) -> str:
    left_out = [
        f"{n} {what} left out" for n, what in ((table.left_out, "hypotheses"), (columns, "pieces of evidence")) if n
    ]
    return f"{MATRIX_TITLE} ({', '.join(left_out)})" if left_out else MATRIX_TITLE


def _blocks(table: Cells) -> list[range]:
    """Return which columns stand beside each other, in as many blocks as a page has room for."""
    count, most = len(table.columns), int((RIGHT - MATRIX_LEFT) / NARROW)
    room = int((style.PAGE - FOOT) / (HEAD + MATRIX_BETWEEN + CLOSEST * len(table.leaves)))
    blocks = min(-(-count // most), max(1, room))
    across = min(most, -(-count // blocks))
    return [range(start, min(start + across, count)) for start in range(0, min(count, across * blocks), across)]


def _draw_block(sheet: Sheet, rows: Rows, table: Cells, block: range) -> None:
    width = min(WIDE, (RIGHT - MATRIX_LEFT) / len(block))
    right = MATRIX_LEFT + width * len(block)
    _draw_cells(sheet.axes(MATRIX_LEFT, rows.bottom, right - MATRIX_LEFT, rows.all_high), table, block)
    for place, (label, value) in enumerate(zip(table.leaves, table.posterior, strict=True)):
        weight = "bold" if value == table.posterior.max() else "normal"
        rows.label(sheet, place, label, MATRIX_LEFT - 0.08, weight=weight)
        rows.numbers(sheet, place, (number(float(value)),), {"": right + NUMBERS}, weight=weight)
    for place, column in enumerate(block):
        _write_column(sheet, MATRIX_LEFT + width * (place + 0.5), rows.top + 0.05, table.columns[column], width)
    rows.heads(sheet, {"posterior\n%": right + NUMBERS})


def _write_column(sheet: Sheet, x: float, y: float, label: str, width: float) -> None:
    """Write a column's label upwards, in as many lines as are as wide as the column."""
    text = wrap(label, HEAD - 0.1, size=style.SMALL, lines=int((width - 0.02) / LINE))
    sheet.write(x, y, text, ha="center", va="bottom", ma="left", rotation=90, fontsize=style.SMALL, linespacing=1)


def _draw_cells(axes: Axes, table: Cells, block: range) -> None:
    values = table.db[:, block.start : block.stop]
    axes.set_axis_off()
    mesh = axes.pcolormesh(
        values, cmap=COLOURS, norm=Normalize(-FULL, FULL), edgecolors="white", linewidth=1.0, label="cells"
    )
    axes.invert_yaxis()
    for (row, column), db in np.ndenumerate(values):
        red, green, blue, _ = mesh.to_rgba(np.array([db]))[0]
        ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else style.INK
        axes.text(
            column + 0.5, row + 0.5, short(db), ha="center", va="center_baseline", fontsize=style.SMALL, color=ink
        )


def short(db: float) -> str:
    """Return decibans with a sign, in as few characters as a cell holds."""
    if abs(db) >= 99.5:
        return ">99" if db > 0 else "<−99"
    return signed(db) if abs(db) < 9.95 else f"{db:+.0f}".replace("-", "−")
