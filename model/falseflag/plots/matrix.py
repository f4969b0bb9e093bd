"""Hypotheses in rows, evidence in columns: what each piece of evidence does to each hypothesis.

The layout is that of the analysis of competing hypotheses; read down a column, evidence that all hypotheses explain
equally well is seen to tell nothing, however well it fits the favourite.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.explain.evidence import Evidence
from falseflag.plots import style
from falseflag.plots.cells import Cells, cells
from falseflag.plots.decibans import signed
from falseflag.plots.naming import Names
from falseflag.plots.rows import MARGIN, Rows
from falseflag.plots.sheet import Sheet, new_sheet, note
from falseflag.plots.text import spoken, wrap
from falseflag.wording import number, percent

TITLE = "Which evidence tells the hypotheses apart"
NOTHING = "There is no evidence yet."
NOTE = (
    "Each number: by how many decibans that evidence alone would raise or lower the probability of the hypothesis, "
    "10 log10(P(reports | hypothesis) / its average over all hypotheses by their prior weights)."
)

LEFT, RIGHT = 2.05, 6.2
"""Inches: where the cells begin, and end at the most."""

NUMBERS = 0.44
"""Inches from the cells to the right edge of the posterior."""

HEAD, FOOT, BETWEEN = 1.62, 0.42, 0.1
"""Inches: the labels of the columns, the note, what is free between blocks."""

ROW, CLOSEST = 0.28, 0.17
NARROW, WIDE = 0.375, 0.62
LINE = 0.112
MOST_LEAVES = 34

FULL = 10.0
"""Decibans from which colours are as deep as they get."""

COLOURS = LinearSegmentedColormap.from_list("against-for", ["#B84A00", "#F3B27F", "#FAFAFA", "#8CC5EA", "#00588C"])


def why_no_matrix(evidence: Evidence) -> str:
    """Say why the figure does not apply, if it does not."""
    return "" if evidence.factors else NOTHING


@style.applied()
def matrix(evidence: Evidence, case: Case) -> Figure:
    """Draw the weight of each factor for each leaf, against the average of all leaves by their prior weights.

    Parameters
    ----------
    evidence : Evidence
    case : Case
        For the labels.

    Returns
    -------
    Figure

    Notes
    -----
    A cell is 10 log10(E[P(x_f | h)] / Σ_k E[π_k] E[P(x_f | k)]), which is 10 log10(P(h | x_f) / P(h)): what the factor
    would do to the probability of the leaf, were it all the evidence there is. Columns are sorted by how far they set
    the leaves apart.
    """
    table, names = cells(evidence, Names.of(case), MOST_LEAVES), Names.of(case)
    blocks = _blocks(table)
    height = min(ROW, max(CLOSEST, (style.PAGE - FOOT) / len(blocks) / len(table.leaves)))
    pitch = HEAD + height * len(table.leaves) + BETWEEN
    left_out = len(table.columns) - sum(len(block) for block in blocks)
    sheet = new_sheet(FOOT + pitch * len(blocks), title=_title(table, left_out), subtitle=names.title)
    for place, block in enumerate(reversed(blocks)):
        rows = Rows(len(table.leaves), FOOT + BETWEEN + pitch * place, height)
        _draw_block(sheet, rows, table, block)
    note(sheet, MARGIN, NOTE)
    return sheet.figure


def matrix_text(evidence: Evidence, case: Case) -> str:
    """Say in words what the figure shows."""
    names = Names.of(case)
    table = cells(evidence, names, MOST_LEAVES)
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
        f"the average of all hypotheses. Those that tell most: {'; '.join(parts)}. After all of it the most probable "
        f"is {spoken(table.leaves[leader])}, {percent(float(table.posterior[leader]))}."
    )


def _title(table: Cells, columns: int) -> str:
    left_out = [
        f"{n} {what} left out" for n, what in ((table.left_out, "hypotheses"), (columns, "pieces of evidence")) if n
    ]
    return f"{TITLE} ({', '.join(left_out)})" if left_out else TITLE


def _blocks(table: Cells) -> list[range]:
    """Return which columns stand beside each other, in as many blocks as a page has room for."""
    count, most = len(table.columns), int((RIGHT - LEFT) / NARROW)
    room = int((style.PAGE - FOOT) / (HEAD + BETWEEN + CLOSEST * len(table.leaves)))
    blocks = min(-(-count // most), max(1, room))
    across = min(most, -(-count // blocks))
    return [range(start, min(start + across, count)) for start in range(0, min(count, across * blocks), across)]


def _draw_block(sheet: Sheet, rows: Rows, table: Cells, block: range) -> None:
    width = min(WIDE, (RIGHT - LEFT) / len(block))
    right = LEFT + width * len(block)
    _draw_cells(sheet.axes(LEFT, rows.bottom, right - LEFT, rows.all_high), table, block)
    for place, (label, value) in enumerate(zip(table.leaves, table.posterior, strict=True)):
        weight = "bold" if value == table.posterior.max() else "normal"
        rows.label(sheet, place, label, LEFT - 0.08, weight=weight)
        rows.numbers(sheet, place, (number(float(value)),), {"": right + NUMBERS}, weight=weight)
    for place, column in enumerate(block):
        _write_column(sheet, LEFT + width * (place + 0.5), rows.top + 0.05, table.columns[column], width)
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
