"""The curves of growth as a picture, in the style of the project's figures."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from growth import Found, Size
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from falseflag.plots.style import CHAINS, INK, MUTED, TITLE, WIDTH, applied

LINES = {
    "exact": ("exact", "o", "-"),
    "exact, groups": ("exact, all in groups", "s", "-"),
    "nuts": ("NUTS", "o", "--"),
    "nuts, groups": ("NUTS, with groups", "s", "--"),
}
PANELS = {
    "seconds": ("Time", "seconds"),
    "megabytes": ("Memory it adds", "MB"),
    "evaluation": ("One gradient of NUTS", "microseconds"),
}


@applied()
def draw(found: Found, path: Path) -> None:
    """Draw time, memory and the cost of one evaluation against the work; dotted lines rise linearly."""
    figure, axes = plt.subplots(1, 3, figsize=(WIDTH, 2.6), layout="constrained")
    for ax, (what, (title, unit)) in zip(axes, PANELS.items(), strict=True):
        for colour, (kind, costs) in zip(CHAINS, found.items(), strict=False):
            _curve(ax, colour, kind, costs, what)
        _slope(ax)
        ax.set(xscale="log", yscale="log", xlabel="leaves × indicators", ylabel=unit)
        ax.set_title(title, loc="left", color=INK)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(LogLocator(numticks=5))
            axis.set_major_formatter("{x:g}")
            axis.set_minor_locator(NullLocator())
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5)
    figure.suptitle("How cost grows with the size of a case", x=0.01, ha="left", fontsize=TITLE)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _curve(ax: Axes, colour: str, kind: str, costs: list[tuple[Size, dict[str, float]]], what: str) -> None:
    """Draw one kind's cost, where that kind has it."""
    points = sorted((size.work, cost[what]) for size, cost in costs if cost.get(what, 0) > 0)
    if points:
        label, marker, dash = LINES[kind]
        ax.plot(*zip(*points, strict=True), marker=marker, ls=dash, ms=3.5, color=colour, label=label)


def _slope(ax: Axes) -> None:
    """Draw what grows linearly, through the middle of the panel."""
    lines = [line.get_xydata() for line in ax.get_lines()]
    everything = np.log(np.concatenate(lines))
    x = np.array([everything[:, 0].min(), everything[:, 0].max()])
    y = x - x.mean() + np.median(everything[:, 1])
    ax.plot(np.exp(x), np.exp(y), ls=":", lw=0.8, color=MUTED, label="linear")
