"""Fonts of this machine for what DejaVu Sans lacks, such as Chinese; a PNG shows boxes where there is none."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

FONT = "DejaVu Sans"
"""Comes with matplotlib, so that text has the same width on every machine."""


@contextmanager
def with_fallbacks(figure: Figure) -> Iterator[None]:
    """Let a figure's texts use what fonts there are, and say once which script none of them has."""
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and lacking(text.get_text())]
    families = [text.get_fontfamily() for text in texts]
    try:
        for text in texts:
            found, missing = fallbacks(lacking(text.get_text()))
            text.set_fontfamily([FONT, *found])
            for script in sorted(map(_script, missing)):
                _say(script)
        yield
    finally:
        for text, family in zip(texts, families, strict=True):
            text.set_fontfamily(family)


def lacking(text: str) -> frozenset[str]:
    """Return the characters of a text that are to be seen and that DejaVu Sans lacks."""
    if text.isascii():
        return frozenset()
    known = _characters(findfont(FontProperties(family=[FONT])))
    return frozenset(c for c in text if ord(c) not in known and not c.isspace() and unicodedata.category(c) != "Cf")


@cache
def fallbacks(characters: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """Return families that have the characters, as few as that takes, and the characters that none has."""
    found, missing = [], characters
    for family, path in _families().items():
        if not missing:
            break
        rest = frozenset(c for c in missing if ord(c) not in _characters(path))
        if rest != missing:
            found.append(family)
            missing = rest
    return found, missing


def _families() -> dict[str, str]:
    """Return the families installed beside matplotlib's own, each with a file; not those of coloured pictures."""
    own = mpl.get_data_path()
    entries = sorted(fontManager.ttflist, key=lambda font: (abs(int(font.weight) - 400), font.style != "normal"))
    return {
        font.name: font.fname
        for font in reversed(entries)
        if not font.fname.startswith(own) and "Color" not in font.name and Path(font.fname).exists()
    }


@cache
def _characters(path: str) -> frozenset[int]:
    try:
        font = get_font(path)
    except (OSError, RuntimeError):
        return frozenset()
    return frozenset(font.get_charmap()) if font.scalable else frozenset()


def _script(character: str) -> str:
    """Name a character's script by the first word of its Unicode name."""
    if not unicodedata.category(character).startswith("L"):
        return "emoji and other symbols"
    name = unicodedata.name(character, "unknown").split()[0]
    return {"CJK": "Chinese characters"}.get(name, f"{name.capitalize()} letters")


@cache  # once
def _say(script: str) -> None:
    logging.getLogger("falseflag").warning(
        "No font on this machine has %s: PNG files show boxes; SVG files and the report use the reader's fonts.",
        script,
    )
