"""Text in figures: fonts for what DejaVu Sans lacks, what a case's author wrote made to fit, and its labels."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Protocol

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from falseflag.case.conditions import OTHERS_NAME
from falseflag.case.model import Case
from falseflag.plots.style import BODY
from falseflag.wording import of_class

# Fonts of this machine for what DejaVu Sans lacks, such as Chinese; a PNG shows boxes where there is none

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


# Text in figures: what a case's author wrote, made to fit; and numbers as people read them

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


# What things are called in figures

ANY_OTHER = "any other hypothesis"


@dataclass(frozen=True, slots=True)
class Names:
    """Labels by name, fit to be drawn; a name stands for itself where a label is blank or missing.

    Parameters
    ----------
    title : str
        Of the case, or of the first of several.
    nodes, indicators, groups, circumstances, propositions : mapping from str to str
    values : mapping from (str, str) to str
        Labels of the values of circumstances and of indicators.
    known : mapping from str to int
        How many indicators of each group are evidence.
    """

    title: str
    nodes: Mapping[str, str]
    indicators: Mapping[str, str]
    groups: Mapping[str, str]
    circumstances: Mapping[str, str]
    propositions: Mapping[str, str]
    values: Mapping[tuple[str, str], str]
    known: Mapping[str, int]

    @classmethod
    def of(cls, *cases: Case) -> Names:
        """Collect the labels of some cases; where they differ, an earlier case's count."""
        in_turn = cases[::-1]
        return cls(
            title=cases[0].title,
            nodes=_labels(node for case in in_turn for node in case.nodes),
            indicators=_labels(each for case in in_turn for each in case.indicators.values()),
            groups=_labels(each for case in in_turn for each in case.groups.values()),
            circumstances=_labels(each for case in in_turn for each in case.circumstances.values()),
            propositions=_labels(each for case in in_turn for each in case.propositions.values()),
            values={key: label for case in in_turn for key, label in _values(case)},
            known={name: count for case in in_turn for name, count in _known(case).items()},
        )

    def node(self, name: str) -> str:
        """Return a node's label after those of the nodes above it, such as ``Ukraine: to send a message``."""
        parts = name.split(".")
        return ": ".join(self.short(".".join(parts[: depth + 1])) for depth in range(len(parts)))

    def short(self, name: str) -> str:
        """Return a node's own label."""
        return self.nodes.get(name, name.rpartition(".")[2])

    def set(self, name: str) -> str:
        """Return the label of a set of states: a node, a proposition or a condition; "" stands for all the rest."""
        if name in self.propositions:
            return self.propositions[name]
        return self.place(name) if name else "all the rest"

    def place(self, name: str) -> str:
        """Return the label of the condition under which a statement is made."""
        condition, _, author_class = name.partition("@")
        if condition == OTHERS_NAME:
            return ANY_OTHER + of_class(author_class)
        return ", ".join(map(self._part, condition.split("&"))) + of_class(author_class)

    def _part(self, part: str) -> str:
        name, equals, value = (piece.strip() for piece in part.partition("="))
        return f"{self.circumstances.get(name, name)}: {self.value(name, value)}" if equals else self.node(name)

    def value(self, name: str, value: str) -> str:
        """Return the label of a value of a circumstance or an indicator."""
        return self.values.get((name, value), value)

    def item(self, name: str, *, is_group: bool = False) -> str:
        """Return the label of an indicator, or of a group."""
        return (self.groups if is_group else self.indicators).get(name, name)

    def counted(self, name: str, *, is_group: bool) -> str:
        """Return the same, for a group with the number of its indicators that are evidence."""
        label, count = self.item(name, is_group=is_group), self.known.get(name, 0)
        return f"{label} ({count} indicator{'s' * (count != 1)})" if is_group else label


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...


def _labels(things: Iterable[_Labelled]) -> dict[str, str]:
    return {thing.name: clean(thing.label) or thing.name for thing in things}


def _values(case: Case) -> Iterator[tuple[tuple[str, str], str]]:
    things = [
        *((c.name, c.values) for c in case.circumstances.values()),
        *((i.name, i.values) for i in case.indicators.values()),
    ]
    return (((name, value), clean(label) or value) for name, values in things for value, label in values.items())


def _known(case: Case) -> dict[str, int]:
    return {name: sum(case.indicators[i].is_evidence for i in group.indicators) for name, group in case.groups.items()}
