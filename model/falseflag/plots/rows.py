"""Rows of a figure: a label to the left, numbers in columns to the right, in inches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from falseflag.plots.sheet import Sheet
from falseflag.plots.style import MUTED, PAGE, SMALL, WIDTH
from falseflag.plots.text import wrap

MARGIN = 0.06
TWO_LINES, THREE_LINES = 0.26, 0.4
"""Inches: the least height of a row for a label of two lines, and for one with a remark."""

LINE_HEIGHT = 0.13

AXIS, LINE = 0.46, 0.13
"""Inches that the scale below the rows takes up, and each line of a note below that."""


def room_for(text: str) -> float:
    """Return how many inches a scale and a note below it take up."""
    shown = wrap(text, WIDTH - 2 * MARGIN, size=SMALL, lines=2)
    return AXIS + MARGIN + LINE * (1 + shown.count("\n"))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows beneath each other.

    Parameters
    ----------
    count : int
    bottom : float
        Inches below the lowest row.
    height : float
        Of one row, in inches.
    """

    count: int
    bottom: float
    height: float

    @classmethod
    def fit(cls, count: int, *, bottom: float, top: float, height: float) -> Rows:
        """Make rows as high as wanted, or as a page with so much above and below them allows."""
        return cls(count, bottom, min(height, (PAGE - bottom - top) / count))

    @property
    def all_high(self) -> float:
        """Height of all of them."""
        return self.height * self.count

    @property
    def top(self) -> float:
        """Upper edge of the first row."""
        return self.bottom + self.all_high

    def y(self, place: int) -> float:
        """Return the middle of a row, counted from the top."""
        return self.top - self.height * (place + 0.5)

    def label(  # noqa: PLR0913
        self, sheet: Sheet, place: int, text: str, right: float, *, left: float = MARGIN, weight: str = "normal"
    ) -> None:
        """Write a row's label, broken to end before `right`."""
        lines = 2 if self.height >= TWO_LINES else 1
        shown = wrap(text, right - left, weight=weight, lines=lines)
        align = "center" if "\n" in shown else "center_baseline"
        sheet.write(left, self.y(place), shown, va=align, fontweight=weight, linespacing=1.05)

    def double_label(self, sheet: Sheet, place: int, texts: tuple[str, str], right: float) -> None:
        """Write a label and a remark beneath it, if there is one."""
        label, remark = texts
        if not remark:
            self.label(sheet, place, label, right)
            return
        shown = wrap(label, right - MARGIN, lines=2 if self.height >= THREE_LINES else 1)
        below = LINE_HEIGHT * (1 + shown.count("\n"))
        top = self.y(place) + (below + LINE_HEIGHT) / 2
        sheet.write(MARGIN, top, shown, va="top", linespacing=1.05)
        shown = wrap(remark, right - MARGIN, size=SMALL, lines=1)
        sheet.write(MARGIN, top - below, shown, va="top", fontsize=SMALL, color=MUTED)

    def numbers(
        self, sheet: Sheet, place: int, texts: Sequence[str], columns: Mapping[str, float], weight: str = "normal"
    ) -> None:
        """Write a row's numbers, each ending at its column's right edge."""
        for text, right in zip(texts, columns.values(), strict=True):
            sheet.write(right, self.y(place), text, ha="right", va="center_baseline", fontweight=weight)

    def heads(self, sheet: Sheet, columns: Mapping[str, float]) -> None:
        """Write the columns' heads."""
        for head, right in columns.items():
            sheet.write(right, self.top + 0.05, head, ha="right", va="bottom", fontsize=SMALL, color=MUTED)
