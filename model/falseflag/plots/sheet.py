"""The sheet that a figure is drawn on: its heading, the mark on what is not to be relied on, places in inches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from falseflag.inference.checks import failed
from falseflag.inference.result import Answer
from falseflag.plots.output import render
from falseflag.plots.style import ALARM, BODY, FAINT, INK, MUTED, SMALL, TITLE, WIDTH
from falseflag.plots.text import POINTS, wrap

UNSOUND = "NOT TO BE RELIED ON"

_MARK = 0.3
_PAD = 0.06


class Drawing(Figure):
    """A figure that a notebook shows as it is printed, whether or not pyplot was ever imported."""

    def _repr_svg_(self) -> str:
        return render(self, "svg").decode()


@dataclass(frozen=True)
class Sheet:
    """A figure with its heading drawn; what is below is free.

    Parameters
    ----------
    figure : Figure
    body : float
        Inches from the lower edge up to the heading.
    """

    figure: Figure
    body: float

    @property
    def height(self) -> float:
        """Height of the whole figure in inches."""
        return float(self.figure.get_figheight())

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Add axes at a place given in inches from the lower left corner."""
        return self.figure.add_axes((left / WIDTH, bottom / self.height, width / WIDTH, height / self.height))

    def write(self, x: float, y: float, text: str, **properties: Any) -> None:  # noqa: ANN401
        """Write at a place given in inches from the lower left corner."""
        self.figure.text(x / WIDTH, y / self.height, text, **properties)

    def rule(self, y: float) -> None:
        """Draw a hairline across the figure."""
        line = Line2D((0, 1), (y / self.height, y / self.height), color=FAINT, linewidth=0.5, zorder=5)
        self.figure.add_artist(line)


def warning_of(answer: Answer) -> str:
    """Return what must stand on every figure of an answer; nothing if it is sound."""
    if answer.is_sound:
        return ""
    return f"{UNSOUND}: failed check {', '.join(check.name for check in failed(answer.checks))}"


def warned(answer: Answer, sentence: str) -> str:
    """Put the warning before what is said of an answer that is not sound."""
    warning = warning_of(answer)
    return f"{warning}. {sentence}" if warning else sentence


def new_sheet(body: float, *, title: str, subtitle: str = "", warning: str = "") -> Sheet:
    """Make a figure of the page's width with a heading.

    Parameters
    ----------
    body : float
        Inches wanted below the heading.
    title, subtitle : str
        The figure's title, broken if long, and the case's, cut if long.
    warning : str
        What `warning_of` returned.
    """
    heading = wrap(title, WIDTH - 2 * _PAD, size=TITLE, weight="bold", lines=2)
    title_height = 1.35 * TITLE / POINTS * (1 + heading.count("\n"))
    subtitle_height = 1.7 * BODY / POINTS if subtitle else 0.0
    mark_height = _MARK + _PAD if warning else 0.0
    total = body + title_height + subtitle_height + mark_height + 2 * _PAD
    sheet = Sheet(Drawing(figsize=(WIDTH, total)), body)
    top = total - _PAD
    if warning:
        _mark(sheet, top - _MARK, warning)
        top -= mark_height
    sheet.write(_PAD, top, heading, va="top", fontsize=TITLE, fontweight="bold", color=INK)
    if subtitle:
        line = wrap(subtitle, WIDTH - 0.3, lines=1)
        sheet.write(_PAD, top - title_height, line, va="top", fontsize=BODY, color=MUTED)
    return sheet


def _mark(sheet: Sheet, bottom: float, warning: str) -> None:
    bar = sheet.axes(0, bottom, WIDTH, _MARK)
    bar.set_axis_off()
    bar.patch.set_visible(False)
    bar.axhspan(0, 1, color=ALARM)
    bar.set_ylim(0, 1)
    text = wrap(warning, WIDTH - 0.3, size=BODY, weight="bold", lines=1)
    bar.text(0.5, 0.46, text, transform=bar.transAxes, ha="center", va="center", color="white", fontweight="bold")


def note(sheet: Sheet, y: float, text: str) -> None:
    """Write a small line at the foot of a figure."""
    sheet.write(_PAD, y, wrap(text, WIDTH - 2 * _PAD, size=SMALL, lines=2), fontsize=SMALL, color=MUTED, va="bottom")
