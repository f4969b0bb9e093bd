"""Figures as files: the same bytes from the same numbers."""

from __future__ import annotations

import io
import re
import warnings
from contextlib import nullcontext
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from falseflag.plots import style
from falseflag.plots.fonts import with_fallbacks

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


def inline_svg(figure: Figure, name: str, text: str) -> str:
    """Return a figure as an ``<svg>`` element for use within HTML, with its text alternative.

    Parameters
    ----------
    figure : Figure
    name : str
        Put before every identifier, so that several figures can stand in one page.
    text : str
        The text alternative.
    """
    source = render(figure, "svg").decode()
    element = _STYLE.sub("", source[source.index("<svg ") :])
    element = _TAG.sub(lambda tag: _REFERENCE.sub(rf"\g<1>{name}-", tag[0]), element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(text)}" style="{_INHERITED}" ', 1)
