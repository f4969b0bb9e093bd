"""The probability scale with the ICD 203 bands as columns behind the data and their terms on top."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from scipy import special

from falseflag.plots.style import BAND, MUTED, SMALL
from falseflag.scales import BANDS

EDGE = 0.026
"""Where the outermost terms end and begin: they are wider than their bands and stand out to the sides."""

LOG_ODDS_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999)


def draw_bands(axes: Axes, rows: int, *, log_odds: bool = False) -> None:
    """Set up `axes` for `rows` rows at y = rows - 1, ..., 0; every other band is tinted."""
    for band in BANDS[::2]:
        edges = special.logit([band.low, band.high]) if log_odds else (band.low, band.high)
        axes.axvspan(*edges, color=BAND, linewidth=0, zorder=0)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def probability_scale(axes: Axes, label: str = "probability") -> None:
    """Let the x axis run from 0 to 100 %."""
    places = np.linspace(0, 1, 6)
    axes.set_xlim(0, 1)
    axes.set_xticks(places, [f"{100 * place:.0f} %" for place in places])
    axes.set_xlabel(label, labelpad=2)


def log_odds_scale(axes: Axes, low: float, high: float, label: str = "probability (scale of log odds)") -> None:
    """Let the x axis run over log odds, from one probability to another, with probabilities written on it."""
    ticks = [p for p in LOG_ODDS_TICKS if low <= p <= high]
    axes.set_xlim(*special.logit([low, high]))
    axes.set_xticks(special.logit(ticks), [f"{100 * p:g} %" for p in ticks])
    axes.set_xlabel(label, labelpad=2)


def write_terms(axes: Axes) -> None:
    """Write the bands' terms above the axes."""
    for band in BANDS:
        x, side = (band.low + band.high) / 2, "center"
        if band is BANDS[0]:
            x, side = EDGE, "right"
        if band is BANDS[-1]:
            x, side = 1 - EDGE, "left"
        axes.annotate(
            _broken(band.term),
            (x, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 4),
            textcoords="offset points",
            ha=side,
            va="bottom",
            fontsize=SMALL,
            color=MUTED,
            linespacing=1.05,
            annotation_clip=False,
        )


def _broken(term: str) -> str:
    """Break a term into lines: ``almost / no chance``, ``roughly / even / chance``."""
    return term.replace(" ", "\n", 1) if term.endswith("no chance") else term.replace(" ", "\n")
