"""The registry of figures, and figures as files: the same bytes from the same numbers."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any, Literal

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.inference.result import Answer
from falseflag.plots import style
from falseflag.plots.text import with_fallbacks

# Figures as files: the same bytes from the same numbers

DPI = 150

_CANVASES = {"svg": FigureCanvasSVG, "png": FigureCanvasAgg}
_METADATA: dict[str, dict[str, Any]] = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}

_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
"""matplotlib's rule for every element, which within HTML would be one for the whole page."""

_INHERITED = "stroke-linejoin: round; stroke-linecap: butt"
_TAG = re.compile(r"<[^<>]*>")
_REFERENCE = re.compile(r'( id="|href="#|url\(#)')


@style.applied()
def render(figure: Figure, format_: str) -> bytes:
    """Return a figure as SVG or PNG (150 dots to the inch), without date or version.

    Parameters
    ----------
    figure : Figure
    format_ : {'svg', 'png'}
    """
    buffer = io.BytesIO()
    canvas = figure.canvas
    try:
        with with_fallbacks(figure) if format_ == "png" else nullcontext(), warnings.catch_warnings():
            # in SVG the reader's own fonts show what is missing
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            _CANVASES[format_](figure).print_figure(buffer, format=format_, dpi=DPI, metadata=_METADATA[format_])
    finally:
        figure.set_canvas(canvas)
    return buffer.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Write a figure to a file, as SVG or PNG by the file's name."""
    path.write_bytes(render(figure, path.suffix.removeprefix(".")))


def inline_svg(svg: bytes, name: str, text: str) -> str:
    """Return a figure that is SVG as an ``<svg>`` element for use within HTML, with its text alternative.

    Parameters
    ----------
    svg : bytes
    name : str
        Put before every identifier, so that several figures can stand in one page.
    text : str
        The text alternative.
    """
    source = svg.decode()
    element = _STYLE.sub("", source[source.index("<svg ") :])
    element = _TAG.sub(lambda tag: _REFERENCE.sub(rf"\g<1>{name}-", tag[0]), element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(text)}" style="{_INHERITED}" ', 1)


# What a figure is to those who loop over all of them

NO_CASE = "The case was not given, which has its labels."


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
        What it is drawn of: an `Answer`, or a record of explanations; where there are several of them, a tuple of such.
    draw : callable
        From such a record, and what it is labelled by, to a figure. Whatever it raises is a defect, and nobody's to
        catch.
    describe : callable
        From the same to a text alternative that says the same, with numbers.
    why_not : callable
        From such a record alone to the reason why the figure does not apply to it; empty if it does.
    labelled_by : {'itself', 'case', 'cases'}
        Where its labels come from: the record, the first case there is, all of them.
    """

    name: str
    title: str
    record: type
    draw: Callable[..., Figure]
    describe: Callable[..., str]
    why_not: Callable[..., str] = _always
    labelled_by: Literal["itself", "case", "cases"] = "itself"

    def find(self, records: Sequence[object]) -> object | None:
        """Return the record that it is drawn of; None if it is not among those given."""
        return next((record for record in records if self._is_of(record)), None)

    def labels(self, records: Sequence[object]) -> Sequence[Case]:
        """Return what else it is drawn of."""
        if self.labelled_by == "itself":
            return ()
        cases = [r for r in records if isinstance(r, Case)] or [r.case for r in records if isinstance(r, Answer)]
        return cases[:1] if self.labelled_by == "case" else cases

    def _is_of(self, record: object) -> bool:
        if isinstance(record, tuple):
            return bool(record) and all(isinstance(item, self.record) for item in record)
        return isinstance(record, self.record)


@dataclass(frozen=True)
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

    @cached_property
    def svg(self) -> bytes:
        """The figure as SVG, laid out once for its file and for the report."""
        if self.figure is None:
            raise ValueError(f"there is no figure of {self.name}")
        return render(self.figure, "svg")


def picture(plot: Plot, *records: object) -> Picture:
    """Draw a plot of the record among `records` that it is made for, with the labels of the cases among them."""
    record = plot.find(records)
    if record is None:
        return Picture(plot.name, plot.title, None, f"It shows what was not computed here ({plot.record.__name__}).")
    labels = plot.labels(records)
    if plot.labelled_by != "itself" and not labels:
        return Picture(plot.name, plot.title, None, NO_CASE)
    reason = plot.why_not(record)
    if reason:
        return Picture(plot.name, plot.title, None, reason)
    return Picture(plot.name, plot.title, plot.draw(record, *labels), plot.describe(record, *labels))
