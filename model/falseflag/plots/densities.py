"""How the probability of each hypothesis is distributed: what the analyst is unsure of, before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special

from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.bands import draw_bands, log_odds_scale
from falseflag.plots.leaves import LeafDraws, full_label, leaf_draws
from falseflag.plots.marks import POSTERIOR_POINT, PRIOR_POINT, draw_key
from falseflag.plots.sheet import Sheet, new_sheet, warned, warning_of
from falseflag.plots.text import spoken, wrap
from falseflag.problem import Floats
from falseflag.wording import interval, number_range

TITLE = "How certain the answer is: densities before and after the evidence"

LEFT, AXES = 2.1, 3.75
"""Inches: width of the labels and of the scale."""

TOP, BOTTOM = 0.34, 0.66
ROW, TWO_LINES = 0.5, 0.26
MARGIN, NUMBERS = 0.06, 6.64

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
    height = min(ROW, (style.PAGE - TOP - BOTTOM) / count)
    title = f"{TITLE} (the {count} most probable; {draws.left_out} left out)" if draws.left_out else TITLE
    top = BOTTOM + height * count
    sheet = new_sheet(top + TOP, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(LEFT, BOTTOM, AXES, height * count)
    draw_bands(axes, count, log_odds=True)
    log_odds_scale(axes, *view(draws))
    for place, row in enumerate(draws.rows):
        base = count - 1 - place - 0.4
        _draw_curve(axes, base, curve(draws.prior[:, place]), is_prior=True)
        _draw_curve(axes, base, curve(draws.posterior[:, place]), is_prior=False)
        _mark(axes, base, row.prior, row.posterior)
        _write_row(sheet, BOTTOM + height * (base + 0.9), draws.labels[place], row.interval, height)
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


def _write_row(sheet: Sheet, y: float, label: str, range_: tuple[float, float], height: float) -> None:
    lines = 2 if height >= TWO_LINES else 1
    text = wrap(label, LEFT - 0.1 - MARGIN, lines=lines)
    sheet.write(MARGIN, y, text, va="center" if "\n" in text else "center_baseline", linespacing=1.05)
    sheet.write(NUMBERS, y, number_range(*range_), ha="right", va="center_baseline")
