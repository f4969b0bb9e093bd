"""The probability scale with the ICD 203 bands as columns behind the data and their terms on top."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from falseflag.plots.style import BAND, MUTED, SMALL
from falseflag.scales import BANDS

EDGE = 0.026
"""Where the outermost terms end and begin: they are wider than their bands and stand out to the sides."""


def draw_bands(axes: Axes, rows: int) -> None:
    """Set up `axes` for `rows` rows at y = rows - 1, ..., 0 on a probability scale; every other band is tinted."""
    for band in BANDS[::2]:
        axes.axvspan(band.low, band.high, color=BAND, linewidth=0, zorder=0)
    axes.set_ylim(-0.5, rows - 0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    probability_scale(axes)


def probability_scale(axes: Axes, label: str = "probability", ticks: int = 6) -> None:
    """Let the x axis run from 0 to 100 %."""
    places = np.linspace(0, 1, ticks)
    axes.set_xlim(0, 1)
    axes.set_xticks(places, [f"{100 * place:.0f} %" for place in places])
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
