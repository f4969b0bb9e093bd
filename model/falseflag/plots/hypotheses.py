"""The headline: each hypothesis before and after the evidence, what else the case asks, and how certain it all is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special

from falseflag.arrays import Floats, Mask
from falseflag.case.model import Case
from falseflag.inference.result import Answer, Row
from falseflag.plots import style
from falseflag.plots.layout import (
    MARGIN,
    POSTERIOR_POINT,
    PRIOR_POINT,
    Rows,
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
from falseflag.plots.text import Names, spoken
from falseflag.scales import words
from falseflag.wording import COVERAGE, INTERVAL, interval, number, number_range, percent

TITLE = "How probable each hypothesis is, before and after the evidence"
FURTHER_TITLE = "What else follows, before and after the evidence"
NOTHING_FURTHER = "The case has no propositions, no circumstances and nobody who stages evidence."

LEFT, AXES = 2.1, 2.6
"""Inches: width of the labels and of the probability scale; the numbers have the rest."""

TOP, BOTTOM = 0.46, 0.66
"""Inches: terms and column heads above the rows, scale and key below."""

ROW, INDENT = 0.34, 0.14
COLUMNS = {"prior\n%": 5.33, "posterior\n%": 5.87, f"{COVERAGE} interval\n%": 6.64}
"""Inches: right edges of the numbers' columns."""

MOST_ROWS = 56
"""Rows that a page has room for."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the figure, with probabilities and 90 % intervals; only a label where it is a heading."""

    label: str
    depth: int
    prior: float = math.nan
    prior_interval: tuple[float, float] = (math.nan, math.nan)
    posterior: float = math.nan
    posterior_interval: tuple[float, float] = (math.nan, math.nan)
    is_heading: bool = False


def bars(answer: Answer) -> list[Bar]:
    """Return the nodes of the tree, parents first."""
    names = Names.of(answer.case)
    labels = [(names.short(row.name), row.depth) for row in answer.rows]
    return _bars(answer, answer.rows, list(answer.problem.node_membership), labels)


def further_bars(answer: Answer) -> list[Bar]:
    """Return propositions, the values of each circumstance, and who stages evidence."""
    names, member = Names.of(answer.case), answer.problem.membership
    out = _bars(
        answer,
        answer.propositions,
        [member[row.name] for row in answer.propositions],
        [(names.propositions[row.name], 0) for row in answer.propositions],
    )
    for name in answer.case.circumstances:
        rows = [row for row in answer.circumstances if row.name == name]
        out.append(Bar(names.circumstances[name], 0, is_heading=True))
        sets = [member[f"{name}={row.value}"] for row in rows]
        out += _bars(answer, rows, sets, [(names.value(name, row.value), 1) for row in rows])
    staged = [row.attempted for row in answer.deception]
    sets = [answer.problem.entry_of == number for number in range(len(staged))]
    return out + _bars(
        answer, staged, sets, [(f"{names.node(row.name)} did it and staged evidence", 0) for row in staged]
    )


def _bars(answer: Answer, rows: Sequence[Row], members: Sequence[Mask], labels: Iterable[tuple[str, int]]) -> list[Bar]:
    if not rows:
        return []
    low, high = np.quantile(answer.prior_draws.of(members), INTERVAL, axis=0)
    return [
        Bar(label, depth, row.prior, (float(low[n]), float(high[n])), row.exact, row.interval)
        for n, (row, (label, depth)) in enumerate(zip(rows, labels, strict=True))
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
    return _figure(answer, bars(answer), TITLE)


def why_nothing_further(answer: Answer) -> str:
    """Say why the figure does not apply, if it does not."""
    case = answer.case
    return "" if case.propositions or case.circumstances or case.deception else NOTHING_FURTHER


@style.applied()
def further(answer: Answer) -> Figure:
    """Draw the same of propositions, circumstances and staging.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Figure
    """
    every = further_bars(answer)
    left_out = len(every) - MOST_ROWS
    title = f"{FURTHER_TITLE} ({left_out} rows left out)" if left_out > 0 else FURTHER_TITLE
    return _figure(answer, every[:MOST_ROWS], title)


def _figure(answer: Answer, shown: Sequence[Bar], title: str) -> Figure:
    rows = Rows.fit(len(shown), bottom=BOTTOM, top=TOP, height=ROW)
    sheet = new_sheet(rows.top + TOP, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(LEFT, BOTTOM, AXES, rows.all_high)
    draw_bands(axes, rows.count)
    probability_scale(axes)
    write_terms(axes)
    for place, bar in enumerate(shown):
        weight, left = "normal" if bar.depth else "bold", MARGIN + INDENT * bar.depth
        rows.label(sheet, place, bar.label, (6.6 if bar.is_heading else LEFT) - 0.1, left=left, weight=weight)
        if bar.depth == 0 and place:
            sheet.rule(rows.top - rows.height * place)
        if bar.is_heading:
            continue
        y = rows.count - 1 - place
        draw_prior(axes, y, bar.prior, bar.prior_interval)
        draw_posterior(axes, y, bar.posterior, bar.posterior_interval)
        numbers = (number(bar.prior), number(bar.posterior), number_range(*bar.posterior_interval))
        rows.numbers(sheet, place, numbers, COLUMNS, weight)
    rows.heads(sheet, COLUMNS)
    sheet.write(MARGIN, rows.top + 0.05, "terms as in ICD 203", va="bottom", fontsize=style.SMALL, color=style.MUTED)
    draw_key(sheet)
    return sheet.figure


def hypotheses_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    names = Names.of(answer.case)
    leaves = sorted((row for row in answer.rows if row.is_leaf), key=lambda row: -row.exact)
    parts = [
        f"{spoken(names.node(row.name))}, {percent(row.prior)} before the evidence, {percent(row.exact)} after it "
        f"({COVERAGE} interval {interval(*row.interval)}; {words(row.exact)})"
        for row in leaves[:3]
    ]
    rest = sum(row.exact for row in leaves[3:])
    more = f"; the other {len(leaves) - 3} together {percent(rest)}" if len(leaves) > 3 else ""
    gaps = "" if answer.is_complete else " The draws behind the intervals are not complete."
    return warned(answer, f"Of {len(leaves)} hypotheses the most probable are {'; '.join(parts)}{more}.{gaps}")


def further_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    names = Names.of(answer.case)
    parts = [f"{spoken(names.propositions[row.name])}, {_moved(row)}" for row in answer.propositions]
    parts += [
        f"{spoken(names.circumstances[row.name])}: {spoken(names.value(row.name, row.value))}, {_moved(row)}"
        for row in answer.circumstances
    ]
    parts += [
        f"{spoken(names.node(row.attempted.name))} did it and staged evidence, {_moved(row.attempted)}"
        for row in answer.deception
    ]
    more = f"; and {len(parts) - 8} more" if len(parts) > 8 else ""
    return warned(answer, f"Before and after the evidence: {'; '.join(parts[:8])}{more}.")


def _moved(row: Row) -> str:
    return f"{percent(row.prior)} and {percent(row.exact)}"


# How certain the answer is: densities of the leaves' probabilities


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
        Probability of each given φ.
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
    names = Names.of(answer.case)
    leaves = {row.name: row for row in answer.rows if row.is_leaf}
    chosen = most_probable(answer.case, {name: row.exact for name, row in leaves.items()}, most)
    members = [answer.problem.membership[name] for name in chosen]
    return LeafDraws(
        rows=tuple(leaves[name] for name in chosen),
        labels=tuple(names.node(name) for name in chosen),
        prior=answer.prior_draws.of(members),
        posterior=answer.draws.of(members),
        left_out=len(leaves) - len(chosen),
    )


def most_probable(case: Case, probability: Mapping[str, float], most: int) -> list[str]:
    """Return the names of at most so many leaves, in the order of the tree."""
    ranking = sorted((leaf.name for leaf in case.leaves), key=lambda name: -probability[name])
    kept = set(ranking[:most])
    return [leaf.name for leaf in case.leaves if leaf.name in kept]


DENSITIES_TITLE = "How certain the answer is, within what the analyst is unsure of"

RIDGE_AXES = 3.75
RIDGE_TOP, RIDGE = 0.34, 0.5
"""Inches: width of the scale, heads above the rows, height of a row."""

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
    rows = Rows.fit(len(draws.rows), bottom=BOTTOM, top=RIDGE_TOP, height=RIDGE)
    title = f"{DENSITIES_TITLE} ({draws.left_out} left out)" if draws.left_out else DENSITIES_TITLE
    sheet = new_sheet(rows.top + RIDGE_TOP, title=title, subtitle=answer.case.title, warning=warning_of(answer))
    axes = sheet.axes(LEFT, BOTTOM, RIDGE_AXES, rows.all_high)
    draw_bands(axes, rows.count, log_odds=True)
    log_odds_scale(axes, *view(draws))
    columns = {f"{COVERAGE} interval\n%": 6.64}
    for place, row in enumerate(draws.rows):
        base = rows.count - 1 - place - 0.4
        _draw_curve(axes, base, curve(draws.prior[:, place]), is_prior=True)
        _draw_curve(axes, base, curve(draws.posterior[:, place]), is_prior=False)
        _mark(axes, base, row.prior, row.exact)
        rows.label(sheet, place, draws.labels[place], LEFT - 0.1)
        rows.numbers(sheet, place, (number_range(*row.interval),), columns)
    rows.heads(sheet, columns)
    draw_key(sheet, "density and mean", lines=(PRIOR_CURVE, POSTERIOR_CURVE))
    return sheet.figure


def densities_text(answer: Answer) -> str:
    """Say in words what the figure shows."""
    names = Names.of(answer.case)
    leaves = [row for row in answer.rows if row.is_leaf]
    if not answer.is_complete:
        return warned(answer, f"Densities of {len(leaves)} hypotheses; the draws after the evidence are not complete.")
    by_width = sorted(leaves, key=lambda row: row.interval[1] - row.interval[0])
    about = [
        f"{spoken(names.node(row.name))}, with {COVERAGE} within {interval(*row.interval)}"
        for row in (by_width[-1], by_width[0])
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
