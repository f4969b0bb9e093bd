"""What a figure is to those who loop over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure


def _always(_record: object) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure that can be drawn of one kind of record.

    Parameters
    ----------
    name : str
        For files and anchors.
    title : str
        For headings.
    record : type
        What it is drawn of: an `Answer`, or a record of explanations.
    draw : callable
        From such a record to a figure. Whatever it raises is a defect, and nobody's to catch.
    describe : callable
        From such a record to a text alternative that says the same, with numbers.
    why_not : callable
        From such a record to the reason why the figure does not apply to it; empty if it does.
    """

    name: str
    title: str
    record: type
    draw: Callable[[Any], Figure]
    describe: Callable[[Any], str]
    why_not: Callable[[Any], str] = _always


@dataclass(frozen=True, slots=True)
class Picture:
    """What has come of a `Plot`.

    Parameters
    ----------
    name, title : str
    figure : Figure or None
        None where the figure does not apply.
    text : str
        Its text alternative, or the reason why it does not apply.
    """

    name: str
    title: str
    figure: Figure | None
    text: str


def picture(plot: Plot, *records: object) -> Picture:
    """Draw a plot of the record among `records` that it is made for."""
    record = next((r for r in records if isinstance(r, plot.record)), None)
    if record is None:
        return Picture(plot.name, plot.title, None, f"It shows what was not computed here ({plot.record.__name__}).")
    reason = plot.why_not(record)
    if reason:
        return Picture(plot.name, plot.title, None, reason)
    return Picture(plot.name, plot.title, plot.draw(record), plot.describe(record))
