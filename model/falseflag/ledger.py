"""Collects the mistakes of a file and words those that are shown."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from itertools import islice
from typing import NamedTuple

from falseflag.errors import CaseError, Mistake

SHOWN = 1000
"""How many mistakes are told; the rest is counted."""
SUGGESTED = 100
"""For how many of them names are compared to find what may be meant; it takes far longer than anything else."""
LONGEST_ECHO = 60
CANDIDATES = 500
"""How many names a misspelt one is compared with."""

_suggesting = ContextVar("_suggesting", default=True)

type Path = tuple[str | int, ...]
type Message = str | Callable[[], str]


class Place(NamedTuple):
    """Where something stands: the file as the user named it, line and column counted from 1."""

    file: str
    line: int
    column: int


class Ledger:
    """The mistakes found so far.

    A message may be a function, called only if it is shown: a suggestion costs time, and a hostile file can
    hold a hundred thousand misspelt keys.

    Attributes
    ----------
    complete : bool
        False once reading stopped because mistakes were so many: there are more than were found.
    """

    def __init__(self) -> None:
        self.complete = True
        self._found: list[tuple[Place, Path, Message]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, path: Path, message: Message) -> None:
        """Note a mistake."""
        self._found.append((place, path, message))

    def error(self) -> CaseError:
        """Return all mistakes in the order of file, line and column."""
        first = heapq.nsmallest(SHOWN, self._found, key=_order)
        mistakes = sorted(_worded(found, suggest=number < SUGGESTED) for number, found in enumerate(first))
        return CaseError(mistakes, omitted=len(self._found) - len(mistakes), complete=self.complete)


def _worded(found: tuple[Place, Path, Message], *, suggest: bool) -> Mistake:
    place, path, message = found
    before = _suggesting.set(suggest)
    try:
        text = message if isinstance(message, str) else message()
    finally:
        _suggesting.reset(before)
    return Mistake(place.file, place.line, place.column, _dotted(path), text)


def _order(found: tuple[Place, Path, Message]) -> tuple[str, int, int, str]:
    place, path, _ = found
    return *place, str(path[-1]) if path else ""


def _dotted(path: Path) -> str:
    return ".".join(visible(str(part)) for part in path)


def visible(text: str, limit: int = LONGEST_ECHO) -> str:
    """Return `text` fit for a terminal: cut to `limit`, everything unprintable or bidirectional escaped."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def quoted(text: str) -> str:
    """Return `text` as `visible` gives it, in quotes."""
    return f"'{visible(text)}'"


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return the candidate that is most like `word`, or nothing where none is."""
    if len(word) > LONGEST_ECHO or not _suggesting.get():
        return ""
    near = (text for text in islice(candidates, CANDIDATES) if text != word and abs(len(text) - len(word)) < 6)
    by_case = {text.lower(): text for text in near}
    best = difflib.get_close_matches(word.lower(), by_case, n=1)
    return by_case[best[0]] if best else ""


def suggestion(word: str, candidates: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the candidate nearest to `word`, else nothing."""
    return did_you_mean(nearest(word, candidates))


def did_you_mean(meant: str) -> str:
    """Return `` Did you mean 'x'?``, or nothing for nothing."""
    return f" Did you mean {quoted(meant)}?" if meant else ""


def listed(names: Iterable[str], limit: int = 20) -> str:
    """Return up to `limit` names, joined by commas, and say whether there are more."""
    first = list(islice(names, limit + 1))
    return ", ".join(visible(name) for name in first[:limit]) + (" and more" if len(first) > limit else "")
