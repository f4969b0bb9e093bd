"""Looking at figures without looking at pixels, and at what drawing them leaves behind."""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


@contextmanager
def nothing_changed(settings: Callable[[], dict[str, object]]) -> Iterator[None]:
    """Fail if settings are changed within, or figures are left in pyplot."""
    before, figures = settings(), _figures()
    yield
    after = settings()
    changed = [key for key, value in before.items() if after[key] != value]
    assert not changed, f"rcParams were left changed: {changed}"
    assert _figures() <= figures, "figures were left in pyplot"


def _figures() -> set[int]:
    """Return the numbers of the figures that pyplot holds."""
    return set(sys.modules["matplotlib.pyplot"].get_fignums()) if "matplotlib.pyplot" in sys.modules else set()


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure."""
    return [t.get_text() for t in figure.findobj(Text) if isinstance(t, Text) and t.get_text()]


_BOXES: WeakKeyDictionary[Figure, list[tuple[str, Bbox]]] = WeakKeyDictionary()


def boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return every visible text and where it stands, in pixels; a figure is drawn again only if it was changed."""
    if figure.stale or figure not in _BOXES:
        _BOXES[figure] = _drawn_boxes(figure)
    return _BOXES[figure]


def _drawn_boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        canvas.draw()  # type: ignore[no-untyped-call]
        hidden = _out_of_view(figure)
        found = [t for t in figure.findobj(Text) if isinstance(t, Text) and t.get_visible() and t.get_text().strip()]
        return [(t.get_text(), t.get_window_extent()) for t in found if id(t) not in hidden]


def _out_of_view(figure: Figure) -> set[int]:
    """Return the tick labels that are in the tree of artists but not drawn."""
    hidden: set[int] = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        for tick in axis.get_major_ticks():
            if not axis.get_visible() or not axis.axes.axison or not low <= tick.get_loc() <= high:
                hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


def overlaps(figure: Figure, slack: float = 1.5) -> list[tuple[str, str]]:
    """Return the pairs of texts that run into each other by more than `slack` pixels."""
    return [
        (a, b)
        for (a, p), (b, q) in itertools.combinations(boxes(figure), 2)
        if min(p.x1, q.x1) - max(p.x0, q.x0) > slack and min(p.y1, q.y1) - max(p.y0, q.y0) > slack
    ]


def cut_off(figure: Figure, slack: float = 1.5) -> list[str]:
    """Return the texts that leave the figure by more than `slack` pixels."""
    edge = figure.bbox
    return [
        text
        for text, box in boxes(figure)
        if box.x0 < -slack or box.y0 < -slack or box.x1 > edge.width + slack or box.y1 > edge.height + slack
    ]
