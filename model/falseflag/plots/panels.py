"""Figures of many small panels."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from falseflag.plots.sheet import Sheet
from falseflag.plots.style import SMALL, WIDTH
from falseflag.plots.text import wrap

_MARGIN, _GAP = 0.2, 0.3
_HEAD, _FOOT = 0.34, 0.2


@dataclass(frozen=True, slots=True)
class Grid:
    """Where `count` panels stand: up to nine in three columns, more in four and less high."""

    count: int

    @property
    def columns(self) -> int:
        """Panels in a row."""
        return min(self.count, 3) if self.count <= 9 else 4

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return -(-self.count // self.columns)

    @property
    def panel(self) -> tuple[float, float]:
        """Width and height of one panel's axes in inches."""
        free = WIDTH - 2 * _MARGIN - _GAP * (self.columns - 1)
        return free / self.columns, 0.62 if self.count <= 9 else 0.5

    @property
    def height(self) -> float:
        """Height of all of it in inches."""
        return self.rows * (_HEAD + self.panel[1] + _FOOT)

    def axes(self, sheet: Sheet, bottom: float) -> list[Axes]:
        """Add the axes, row after row from the top, above `bottom` inches."""
        width, height = self.panel
        pitch = _HEAD + height + _FOOT
        return [
            sheet.axes(
                _MARGIN + (place % self.columns) * (width + _GAP),
                bottom + (self.rows - 1 - place // self.columns) * pitch + _FOOT,
                width,
                height,
            )
            for place in range(self.count)
        ]

    def head(self, axes: Axes, label: str) -> None:
        """Write a panel's label above it, broken to fit."""
        text = wrap(label, self.panel[0], weight="bold", size=SMALL, lines=2)
        axes.set_title(text, loc="left", fontsize=SMALL, fontweight="bold", pad=3, linespacing=1.05)
