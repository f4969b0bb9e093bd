"""Text in figures: what a case's author wrote, made to fit; and numbers as people read them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

from falseflag.plots.fonts import FONT
from falseflag.plots.style import BODY

ELLIPSIS = "…"
SPOKEN = 80
"""Characters that a label may take up within a sentence."""

LEFT_TO_RIGHT = "\u200e"
"""Before a line of a sentence, lest an Arabic label that comes first in it turns the line round."""

POINTS = 72
"""Points to an inch."""

_UNPRINTABLE = {"Cc", "Cs", "Co", "Cn"}
_DIRECTIONS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Return `text` in one line, without what cannot be drawn, breaks an SVG or turns round what follows it."""
    drawable = (
        c for c in text if c.isspace() or (unicodedata.category(c) not in _UNPRINTABLE and c not in _DIRECTIONS)
    )
    return " ".join("".join(drawable).split())


def spoken(label: str) -> str:
    """Return a label for use in a sentence: cut, and set apart if it runs from right to left."""
    text = clean(label)
    if len(text) > SPOKEN:
        text = text[: SPOKEN - 1].rstrip() + ELLIPSIS
    return f"\u2068{text}\u2069" if _runs_left(text) else text


@lru_cache(maxsize=8192)
def width_of(text: str, size: float = BODY, weight: str = "normal") -> float:
    """Return the width of one line of text in inches; a character that the font lacks counts as a broad square."""
    properties = FontProperties(family=[FONT], size=size, weight=weight)
    font = get_font(findfont(properties))
    known = "".join(c if font.get_char_index(ord(c)) else "M " for c in text)
    return float(text_to_path.get_text_width_height_descent(known, properties, ismath=False)[0]) / POINTS


def wrap(text: str, width: float, *, size: float = BODY, weight: str = "normal", lines: int = 2) -> str:
    """Break text into lines that fit.

    Parameters
    ----------
    text : str
    width : float
        Room in inches.
    size : float
        Font size in points.
    weight : str
        Font weight.
    lines : int
        Most lines that there is room for; what goes beyond is replaced by an ellipsis.

    Returns
    -------
    str
        At most `lines` lines.
    """

    def fits(line: str) -> bool:
        return width_of(line, size, weight) <= width

    out: list[str] = []
    rest = clean(text)
    while rest and len(out) < lines - 1:
        line = _first_line(rest, fits)
        out.append(line)
        rest = rest[len(line) :].lstrip()
    if rest:
        out.append(rest if fits(rest) else _longest(rest, lambda line: fits(line + ELLIPSIS)).rstrip() + ELLIPSIS)
    return "\n".join(LEFT_TO_RIGHT + line if _runs_left(line) and not _is_turned(text) else line for line in out)


def _runs_left(text: str) -> bool:
    """Return whether there is Arabic or Hebrew in a text."""
    return any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)


def _is_turned(text: str) -> bool:
    """Return whether a text as a whole runs from right to left, as its first letter does."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"


def _first_line(text: str, fits: Callable[[str], bool]) -> str:
    """Return what goes on the first line: whole words, or a part of a word that is too long for any line."""
    if fits(text):
        return text
    longest = _longest(text, fits)
    before, space, _ = longest.rpartition(" ")
    return longest.rstrip() if text[len(longest)] == " " or not space else before.rstrip()


def _longest(text: str, fits: Callable[[str], bool]) -> str:
    """Return the longest beginning of `text` that fits, at least one character."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle - 1)
    return text[:low]
