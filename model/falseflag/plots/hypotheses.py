"""Draws of the leaves' probabilities, as several figures show them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special

from falseflag.case.model import Case
from falseflag.inference.result import INTERVAL, Answer, Row
from falseflag.plots import style
from falseflag.plots.layout import (
    POSTERIOR_POINT,
    PRIOR_POINT,
    Sheet,
    draw_bands,
    draw_key,
    draw_posterior,
    draw_prior,
    log_odds_scale,
    new_sheet,
    probability_scale,
    warned,
    warning_of,
    write_terms,
)
from falseflag.plots.text import clean, spoken, wrap
from falseflag.problem import Floats
from falseflag.scales import words
from falseflag.wording import interval, number, number_range, percent

# Draws of the leaves' probabilities, as several figures show them.


@dataclass(frozen=True, slots=True)
class LeafDraws:
    """Draws of some leaves' probabilities.

    Parameters
    ----------
    rows : tuple of Row
        The leaves, in the order of the tree.
    labels : tuple of str
        Theirs, after those of the nodes above.
    prior, posterior : ndarray, shape (n, leaves)
        π_h and P_h(φ).
    left_out : int
        How many leaves there was no room for.
    """

    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    prior: Floats
    posterior: Floats
    left_out: int

    @property
    def names(self) -> list[str]:
        """The leaves' dotted paths."""
        return [row.name for row in self.rows]


def leaf_draws(answer: Answer, most: int) -> LeafDraws:
    """Return the draws of at most `most` leaves, the most probable ones."""
    leaves = [row for row in answer.rows if row.is_leaf]
    ranking = np.argsort([-row.posterior for row in leaves], kind="stable")
    chosen = np.sort(ranking[:most])
    return LeafDraws(
        rows=tuple(leaves[h] for h in chosen),
        labels=tuple(full_label(answer, leaves[h].name) for h in chosen),
        prior=answer.prior_draws.probability[:, chosen],
        posterior=answer.draws.probability[:, chosen],
        left_out=len(leaves) - len(chosen),
    )


def most_probable(case: Case, probability: Mapping[str, float], most: int) -> list[str]:
    """Return the names of at most so many leaves, in the order of the tree."""
    ranking = sorted((leaf.name for leaf in case.leaves), key=lambda name: -probability[name])
    kept = set(ranking[:most])
    return [leaf.name for leaf in case.leaves if leaf.name in kept]


def full_label(answer: Answer, name: str) -> str:
    """Return a node's label after those of the nodes above it, such as ``Ukraine: to send a message``."""
    parts = name.split(".")
    paths = (".".join(parts[: depth + 1]) for depth in range(len(parts)))
    return ": ".join(clean(answer[path].label) or path for path in paths)


# The headline picture: what the evidence did to each hypothesis, on the ICD 203 scale.

HYPOTHESES_TITLE = "How probable each hypothesis is, before and after the evidence"

HYPOTHESES_LEFT, HYPOTHESES_AXES = 2.1, 2.6
"""Inches: width of the labels and of the probability scale; the numbers have the rest."""

HYPOTHESES_TOP, HYPOTHESES_BOTTOM = 0.46, 0.66
"""Inches: terms and column heads above the rows, scale and key below."""

HYPOTHESES_ROW, HYPOTHESES_TWO_LINES, CLOSEST = 0.34, 0.26, 0.15
"""Inches: a row's height, the least for a label of two lines, the least of all."""

HYPOTHESES_MARGIN, INDENT = 0.06, 0.14
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
    height = max(CLOSEST, min(HYPOTHESES_ROW, (style.PAGE - HYPOTHESES_TOP - HYPOTHESES_BOTTOM) / len(rows)))
    top = HYPOTHESES_BOTTOM + height * len(rows)
    sheet = new_sheet(
        top + HYPOTHESES_TOP, title=HYPOTHESES_TITLE, subtitle=answer.case.title, warning=warning_of(answer)
    )
    axes = sheet.axes(HYPOTHESES_LEFT, HYPOTHESES_BOTTOM, HYPOTHESES_AXES, height * len(rows))
    draw_bands(axes, len(rows))
    probability_scale(axes)
    write_terms(axes)
    for place, bar in enumerate(rows):
        y = len(rows) - 1 - place
        draw_prior(axes, y, bar.prior, bar.prior_interval)
        draw_posterior(axes, y, bar.posterior, bar.posterior_interval)
        _write_row_hypotheses(
            sheet, HYPOTHESES_BOTTOM + height * (y + 0.5), bar, lines=2 if height >= HYPOTHESES_TWO_LINES else 1
        )
        if bar.depth == 0 and place:
            sheet.rule(HYPOTHESES_BOTTOM + height * (y + 1))
    for head, x in COLUMNS.items():
        sheet.write(x, top + 0.05, head, ha="right", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    sheet.write(
        HYPOTHESES_MARGIN, top + 0.05, "terms as in ICD 203", va="bottom", fontsize=style.SMALL, color=style.MUTED
    )
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


def _write_row_hypotheses(sheet: Sheet, y: float, bar: Bar, *, lines: int) -> None:
    """Write a row's label and numbers, those of the top of the tree in bold."""
    weight = "normal" if bar.depth else "bold"
    x = HYPOTHESES_MARGIN + INDENT * bar.depth
    label = wrap(bar.label, HYPOTHESES_LEFT - 0.1 - x, weight=weight, lines=lines)
    sheet.write(x, y, label, va="center" if "\n" in label else "center_baseline", fontweight=weight, linespacing=1.05)
    range_ = number_range(*bar.posterior_interval)
    for right, text in zip(COLUMNS.values(), (number(bar.prior), number(bar.posterior), range_), strict=True):
        sheet.write(right, y, text, ha="right", va="center_baseline", fontweight=weight if text != range_ else "normal")


# How the probability of each hypothesis is distributed: what the analyst is unsure of, before and after.

DENSITIES_TITLE = "How certain the answer is: densities before and after the evidence"

DENSITIES_LEFT, DENSITIES_AXES = 2.1, 3.75
"""Inches: width of the labels and of the scale."""

DENSITIES_TOP, DENSITIES_BOTTOM = 0.34, 0.66
DENSITIES_ROW, DENSITIES_TWO_LINES = 0.5, 0.26
DENSITIES_MARGIN, NUMBERS = 0.06, 6.64

MOST = 40
"""Leaves that a page has room for."""

FURTHEST = 1e-4
"""The scale ends at this probability, and at one minus it."""

PRIOR_CURVE: dict[str, Any] = {"color": style.PRIOR, "linewidth": 1.0, "linestyle": "--"}
POSTERIOR_CURVE: dict[str, Any] = {"color": style.POSTERIOR, "linewidth": 1.2}

GRID = 120
"""Points of a curve: more are not to be seen at this size and make the SVG large."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A density of log odds: where, and how high, the highest being 1."""

    x: Floats
    height: Floats


def curve(probabilities: Floats) -> Curve | None:
    """Estimate the density of the log odds of some draws, with ArviZ's kernel estimate; None if they do not vary."""
    from arviz_stats.base import array_stats  # noqa: PLC0415  (takes more than a second)

    log_odds = np.clip(special.logit(probabilities[np.isfinite(probabilities)]), -25, 25)
    if len(log_odds) < 2 or np.ptp(log_odds) < 1e-9:
        return None
    x, density, _ = array_stats.kde(log_odds, grid_len=GRID)
    return Curve(x, density / density.max())


def view(draws: LeafDraws) -> tuple[float, float]:
    """Return the ends of the scale as probabilities: nearly all of every curve, and 1 % to 99 % in any case."""
    both = np.concatenate([draws.prior, draws.posterior])
    low, high = np.nanquantile(both, (0.005, 0.999), axis=0)
    return max(FURTHEST, min(0.01, float(low.min()))), min(1 - FURTHEST, max(0.99, float(high.max())))


@style.applied()
def densities(answer: Answer) -> Figure:
    """Draw prior and posterior densities of the log odds of every leaf.

    On log odds, because on a plain scale an improbable hypothesis is a spike at zero. ArviZ estimates the densities;
    its `plot_ridge` gives all rows one scale, on which the narrowest curve flattens all others, and has no place for a
    prior beside a posterior, so that the drawing is our own.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    draws = leaf_draws(answer, MOST)
    count = len(draws.rows)
    height = min(DENSITIES_ROW, (style.PAGE - DENSITIES_TOP - DENSITIES_BOTTOM) / count)
    title = (
        f"{DENSITIES_TITLE} (the {count} most probable; {draws.left_out} left out)"
        if draws.left_out
        else DENSITIES_TITLE
    )
    top = DENSITIES_BOTTOM + height * count
    sheet = new_sheet(top + DENSITIES_TOP, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(DENSITIES_LEFT, DENSITIES_BOTTOM, DENSITIES_AXES, height * count)
    draw_bands(axes, count, log_odds=True)
    log_odds_scale(axes, *view(draws))
    for place, row in enumerate(draws.rows):
        base = count - 1 - place - 0.4
        _draw_curve(axes, base, curve(draws.prior[:, place]), is_prior=True)
        _draw_curve(axes, base, curve(draws.posterior[:, place]), is_prior=False)
        _mark(axes, base, row.prior, row.posterior)
        _write_row_densities(sheet, DENSITIES_BOTTOM + height * (base + 0.9), draws.labels[place], row.interval, height)
    head = "90 % interval\n%"
    sheet.write(NUMBERS, top + 0.05, head, ha="right", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    draw_key(sheet, "density and mean", lines=(PRIOR_CURVE, POSTERIOR_CURVE))
    return sheet.figure


def densities_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    leaves = [row for row in answer.rows if row.is_leaf]
    by_width = sorted(leaves, key=lambda row: row.interval[1] - row.interval[0])
    sure, unsure = by_width[0], by_width[-1]
    if any(math.isnan(row.posterior) for row in leaves):
        return warned(answer, f"Densities of {len(leaves)} hypotheses; the draws after the evidence are not complete.")
    about = [
        f"{spoken(full_label(answer, row.name))}, with 90 % within {interval(*row.interval)}" for row in (unsure, sure)
    ]
    return warned(
        answer,
        f"Densities of the probability of {len(leaves)} hypotheses before and after the evidence. After it, least "
        f"certain is {about[0]}; most certain is {about[1]}.",
    )


def _draw_curve(axes: Axes, base: float, found: Curve | None, *, is_prior: bool) -> None:
    if found is None:
        return
    y = base + 0.85 * found.height
    if is_prior:
        axes.plot(found.x, y, label="prior", zorder=3, **PRIOR_CURVE)
    else:
        axes.fill_between(found.x, base, y, color=style.POSTERIOR, alpha=0.3, linewidth=0, zorder=2)
        axes.plot(found.x, y, label="posterior", zorder=4, **POSTERIOR_CURVE)


def _mark(axes: Axes, base: float, prior: float, posterior: float) -> None:
    """Draw the baseline and the means on it."""
    axes.axhline(base, color=style.FAINT, linewidth=0.5, zorder=1)
    axes.plot([special.logit(prior)], [base], linestyle="none", label="prior-mean", zorder=5, **PRIOR_POINT)
    axes.plot([special.logit(posterior)], [base], linestyle="none", label="posterior-mean", zorder=6, **POSTERIOR_POINT)


def _write_row_densities(sheet: Sheet, y: float, label: str, range_: tuple[float, float], height: float) -> None:
    lines = 2 if height >= DENSITIES_TWO_LINES else 1
    text = wrap(label, DENSITIES_LEFT - 0.1 - DENSITIES_MARGIN, lines=lines)
    sheet.write(DENSITIES_MARGIN, y, text, va="center" if "\n" in text else "center_baseline", linespacing=1.05)
    sheet.write(NUMBERS, y, number_range(*range_), ha="right", va="center_baseline")
