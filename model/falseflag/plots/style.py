"""How every figure looks: fonts, colours and sizes, and the mark that a figure bears if its answer is not sound.

Colours are of the Okabe–Ito palette, told apart by the colour-blind, and each goes with a second sign (hollow or
solid, dashed or drawn through), so that a figure can be read in grey print too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import matplotlib.style

INK, MUTED, FAINT = "#1a1a1a", "#5f5f5f", "#c8c8c8"
BAND = "#eeeeee"
"""Every other column of the probability scale."""

PRIOR, POSTERIOR = MUTED, "#0072B2"
CHAINS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("-", "--", ":", "-.")
ALARM = "#8f1d00"
"""Background of the mark on a figure that is not to be relied on; white reads on it in print and on screens."""

WIDTH = 6.7
"""Inches: the width of an A4 page between its margins."""

PAGE = 9.6
"""Inches: what fits on an A4 page beneath each other."""

TITLE, BODY, SMALL = 10.0, 8.0, 6.8
"""Font sizes in points at print size."""

SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans", "sans-serif"],  # comes with matplotlib: the same width on every machine
    "font.size": BODY,
    "text.parse_math": False,  # a label with two dollar signs is not a formula
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.labelsize": BODY,
    "axes.titlesize": BODY,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "legend.fontsize": BODY,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 100,
    "svg.fonttype": "none",  # text stays text: smaller, searchable, read out by screen readers
    "svg.hashsalt": "falseflag",  # else every run would give other identifiers
}


@contextmanager
def applied() -> Iterator[None]:
    """Draw in the project's style, whatever the user has set; also a decorator. Nothing stays changed afterwards."""
    with mpl.style.context(SETTINGS, after_reset=True):
        yield
