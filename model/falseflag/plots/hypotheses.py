"""The headline picture: what the evidence did to each hypothesis, on the ICD 203 scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from falseflag.inference.result import INTERVAL, Answer
from falseflag.plots import style
from falseflag.plots.bands import draw_bands, probability_scale, write_terms
from falseflag.plots.leaves import full_label
from falseflag.plots.marks import draw_key, draw_posterior, draw_prior
from falseflag.plots.sheet import Sheet, new_sheet, warned, warning_of
from falseflag.plots.text import clean, spoken, wrap
from falseflag.scales import words
from falseflag.wording import interval, number, number_range, percent

TITLE = "How probable each hypothesis is, before and after the evidence"

LEFT, AXES = 2.1, 2.6
"""Inches: width of the labels and of the probability scale; the numbers have the rest."""

TOP, BOTTOM = 0.46, 0.66
"""Inches: terms and column heads above the rows, scale and key below."""

ROW, TWO_LINES, CLOSEST = 0.34, 0.26, 0.15
"""Inches: a row's height, the least for a label of two lines, the least of all."""

MARGIN, INDENT = 0.06, 0.14
COLUMNS = {"prior\n%": 5.33, "posterior\n%": 5.87, "90 % interval\n%": 6.64}
"""Inches: right edges of the numbers' columns."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the figure: a node of the tree, with probabilities and 90 % intervals."""

    label: str
    depth: int
    prior: float
    prior_interval: tuple[float, float]
    posterior: float
    posterior_interval: tuple[float, float]


def bars(answer: Answer) -> list[Bar]:
    """Return the rows of the figure, in the order of the tree."""
    draws = answer.prior_draws.probability @ answer.problem.membership.T.astype(float)
    low, high = np.quantile(draws, INTERVAL, axis=0)
    return [
        Bar(
            label=clean(row.label) or row.name,
            depth=row.depth,
            prior=row.prior,
            prior_interval=(float(low[v]), float(high[v])),
            posterior=row.posterior,
            posterior_interval=row.interval,
        )
        for v, row in enumerate(answer.rows)
    ]


@style.applied()
def hypotheses(answer: Answer) -> Figure:
    """Draw prior and posterior of every hypothesis, with their 90 % intervals, over the ICD 203 bands.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    rows = bars(answer)
    height = max(CLOSEST, min(ROW, (style.PAGE - TOP - BOTTOM) / len(rows)))
    top = BOTTOM + height * len(rows)
    sheet = new_sheet(top + TOP, title=TITLE, subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(LEFT, BOTTOM, AXES, height * len(rows))
    draw_bands(axes, len(rows))
    probability_scale(axes)
    write_terms(axes)
    for place, bar in enumerate(rows):
        y = len(rows) - 1 - place
        draw_prior(axes, y, bar.prior, bar.prior_interval)
        draw_posterior(axes, y, bar.posterior, bar.posterior_interval)
        _write_row(sheet, BOTTOM + height * (y + 0.5), bar, lines=2 if height >= TWO_LINES else 1)
        if bar.depth == 0 and place:
            sheet.rule(BOTTOM + height * (y + 1))
    for head, x in COLUMNS.items():
        sheet.write(x, top + 0.05, head, ha="right", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    sheet.write(MARGIN, top + 0.05, "terms as in ICD 203", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    draw_key(sheet)
    return sheet.figure


def hypotheses_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    leaves = sorted((row for row in answer.rows if row.is_leaf), key=lambda row: -row.posterior)
    if any(math.isnan(row.posterior) for row in leaves):
        return warned(answer, f"{len(leaves)} hypotheses before the evidence; the draws after it are not complete.")
    parts = [
        f"{spoken(full_label(answer, row.name))}, {percent(row.prior)} before the evidence, "
        f"{percent(row.posterior)} after it (90 % interval {interval(*row.interval)}; {words(row.posterior)})"
        for row in leaves[:3]
    ]
    rest = sum(row.posterior for row in leaves[3:])
    more = f"; the other {len(leaves) - 3} together {percent(rest)}" if len(leaves) > 3 else ""
    return warned(answer, f"Of {len(leaves)} hypotheses the most probable are {'; '.join(parts)}{more}.")


def _write_row(sheet: Sheet, y: float, bar: Bar, *, lines: int) -> None:
    """Write a row's label and numbers, those of the top of the tree in bold."""
    weight = "normal" if bar.depth else "bold"
    x = MARGIN + INDENT * bar.depth
    label = wrap(bar.label, LEFT - 0.1 - x, weight=weight, lines=lines)
    sheet.write(x, y, label, va="center" if "\n" in label else "center_baseline", fontweight=weight, linespacing=1.05)
    range_ = number_range(*bar.posterior_interval)
    for right, text in zip(COLUMNS.values(), (number(bar.prior), number(bar.posterior), range_), strict=True):
        sheet.write(right, y, text, ha="right", va="center_baseline", fontweight=weight if text != range_ else "normal")
