"""One axis of a sweep in a figure: its label, its scale, and the classes of its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from falseflag.case.model import Case
from falseflag.explain.sentences import Labels, capitalised
from falseflag.plots.text import clean, wrap
from falseflag.problem import Floats, Integers
from falseflag.sweep import Sweep
from falseflag.sweep.record import target_label
from falseflag.sweep.targets import Target

FEW = 24
"""Distinct values that a random sample's axis is not cut into classes for."""

OUTERMOST = (0.01, 0.99)
"""Quantiles of a random sample between which its cells lie; what is beyond them counts to the outermost cells."""


@dataclass(frozen=True)
class Scale:
    """An axis cut into C cells.

    Parameters
    ----------
    label : str
    kind : {'linear', 'log', 'words'}
    values : ndarray, shape (C,)
        The cells' values, upwards; for words, 0, 1, ….
    edges : ndarray, shape (C + 1,)
    cell_of : ndarray of int, shape (R,)
        The cell of each run.
    words : tuple of str
    written : float or None
        Where the case as it is written stands, if that is within the edges.
    """

    label: str
    kind: Literal["linear", "log", "words"]
    values: Floats
    edges: Floats
    cell_of: Integers
    words: tuple[str, ...]
    written: float | None

    @classmethod
    def of(cls, sweep: Sweep, axis: int, most: int) -> Scale:
        """Lay out an axis of a sweep with at most so many cells (a grid keeps its own)."""
        target = sweep.design.targets[axis]
        column = sweep.design.values(np.arange(sweep.design.runs))[:, axis]
        values, cell_of = np.unique(column, return_inverse=True)
        label = axis_label(sweep.case, target)
        if target.kind == "observed":
            words = tuple(target.word(value) for value in values)
            place = np.flatnonzero(values == target.written)
            at = np.arange(len(values), dtype=float)
            written = float(place[0]) if len(place) else None
            return cls(label, "words", at, np.append(at, len(at)) - 0.5, cell_of, words, written)
        kind: Literal["linear", "log"] = "log" if _is_log(values) else "linear"
        if not sweep.design.is_grid and len(values) > FEW:
            kind = "log" if _is_skewed(column) else "linear"
            low, high = np.quantile(column, OUTERMOST).tolist()
            edges = (np.geomspace if kind == "log" else np.linspace)(low, high, most + 1)
            cell_of = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, most - 1)
            values = _middle(edges, kind)
        else:
            edges = _between(values, kind)
        if not target.kind.startswith("prior"):
            edges = edges.clip(0, 1)
        written = target.written if edges[0] <= target.written <= edges[-1] else None
        return cls(label, kind, values, edges, cell_of, (), written)

    def on_x(self, axes: Axes, width: float) -> None:
        """Set an x axis up."""
        axes.set_xlabel(wrap(self.label, width, lines=2), labelpad=3)
        axes.set_xlim(self.edges[0], self.edges[-1])
        if self.kind == "words":
            axes.set_xticks(self.values, list(self.words))
        elif self.kind == "log":
            axes.set_xscale("log")
            _plain(axes.xaxis)

    def on_y(self, axes: Axes, height: float) -> None:
        """Set a y axis up."""
        axes.set_ylabel(wrap(self.label, height, lines=2), labelpad=3)
        axes.set_ylim(self.edges[0], self.edges[-1])
        if self.kind == "words":
            axes.set_yticks(self.values, list(self.words), rotation=90, va="center")
        elif self.kind == "log":
            axes.set_yscale("log")
            _plain(axes.yaxis)


def axis_label(case: Case, target: Target) -> str:
    """Return what an axis varies, with the case's labels."""
    return clean(capitalised(target_label(Labels(case), target).removeprefix("the ")))


def _is_log(values: Floats) -> bool:
    """Tell whether values are evenly spaced in logs."""
    if len(values) < 3 or values[0] <= 0:
        return False
    ratios = values[1:] / values[:-1]
    return bool(np.ptp(ratios) < 1e-6 * ratios.mean())


def _is_skewed(column: Floats) -> bool:
    """Tell whether positive values lie more evenly about their middle in logs."""
    low, middle, high = np.quantile(column, (0.05, 0.5, 0.95))
    if low <= 0:
        return False
    logs = np.log((low, middle, high))
    return bool(
        abs(logs[0] + logs[2] - 2 * logs[1]) / (logs[2] - logs[0]) < abs(low + high - 2 * middle) / (high - low)
    )


def _between(values: Floats, kind: str) -> Floats:
    """Return the edges of cells around values."""
    if len(values) == 1:
        return np.asarray(values[0] * np.array([0.9, 1.1]))
    at = np.log(values) if kind == "log" else values
    half = np.diff(at) / 2
    edges = np.concatenate([[at[0] - half[0]], at[:-1] + half, [at[-1] + half[-1]]])
    return np.asarray(np.exp(edges) if kind == "log" else edges)


def _middle(edges: Floats, kind: str) -> Floats:
    return np.asarray(np.sqrt(edges[1:] * edges[:-1]) if kind == "log" else (edges[1:] + edges[:-1]) / 2)


def _plain(axis: Axis) -> None:
    """Write numbers, not powers of ten."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
