"""Collects the errors and warnings of a file, and words those that are shown."""

from __future__ import annotations

import difflib
import heapq
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from itertools import islice
from typing import NamedTuple

from falseflag.errors import CaseError, Diagnostic

SHOWN = 1000
"""How many errors are reported; the rest is counted."""
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


type _Found = tuple[Place, Path, Message]


class Diagnostics:
    """The errors and warnings found so far.

    A message may be a function, called only if it is shown: a suggestion costs time, and a hostile file can hold a
    hundred thousand misspelt keys.

    Attributes
    ----------
    complete : bool
        False once reading stopped because errors were so many: there are more than were found.
    """

    def __init__(self) -> None:
        self.complete = True
        self._errors: list[_Found] = []
        self._warnings: list[_Found] = []

    def __len__(self) -> int:
        """Count the errors."""
        return len(self._errors)

    def add(self, place: Place, path: Path, message: Message) -> None:
        """Add an error."""
        self._errors.append((place, path, message))

    def warn(self, place: Place, path: Path, message: Message) -> None:
        """Add a warning: something that is allowed but is probably not meant."""
        self._warnings.append((place, path, message))

    def error(self) -> CaseError:
        """Return all errors in the order of file, line and column."""
        shown = _shown(self._errors)
        return CaseError(shown, omitted=len(self._errors) - len(shown), complete=self.complete)

    def warnings(self) -> list[Diagnostic]:
        """Return the warnings in the order of file, line and column, at most `SHOWN`."""
        return _shown(self._warnings)


def _shown(found: list[_Found]) -> list[Diagnostic]:
    first = heapq.nsmallest(SHOWN, found, key=_order)
    return sorted(_worded(each, suggest=number < SUGGESTED) for number, each in enumerate(first))


def _worded(found: _Found, *, suggest: bool) -> Diagnostic:
    place, path, message = found
    before = _suggesting.set(suggest)
    try:
        text = message if isinstance(message, str) else message()
    finally:
        _suggesting.reset(before)
    return Diagnostic(place.file, place.line, place.column, _dotted(path), text)


def _order(found: _Found) -> tuple[str, int, int, str]:
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
    """Return the name that is most like `word`, or nothing where none is; never its negation."""
    if len(word) > LONGEST_ECHO or not _suggesting.get():
        return ""
    near = (text for text in islice(candidates, CANDIDATES) if text != word and abs(len(text) - len(word)) < 6)
    by_case = {text.lower(): text for text in near if not _is_negation(text.lower(), word.lower())}
    best = difflib.get_close_matches(word.lower(), by_case, n=1)
    return by_case[best[0]] if best else ""


_NEGATION = re.compile(r"(un|in|im|not_|no_|non)")


def _is_negation(one: str, other: str) -> bool:
    longer, shorter = (one, other) if len(one) > len(other) else (other, one)
    match = _NEGATION.match(longer)
    return match is not None and longer[match.end() :] == shorter


def nearest_words(text: str, candidates: Iterable[str]) -> str:
    """Return the wording that differs from `text` by a letter or two of one word, or nothing.

    Words carry meaning: there is none where two are as near, since one may be the opposite of the other.

    >>> nearest_words("very likly", ["likely", "very likely", "very unlikely"])
    'very likely'
    >>> nearest_words("nlikely", ["likely", "unlikely"])
    ''
    """
    if len(text) > LONGEST_ECHO or not _suggesting.get():
        return ""
    words = text.lower().split()
    near = [candidate for candidate in candidates if _differ_by_letters(words, candidate.lower().split())]
    exact = [candidate for candidate in near if candidate.lower().split() == words]
    return exact[0] if exact else near[0] if len(near) == 1 else ""


def _differ_by_letters(words: list[str], others: list[str]) -> bool:
    if len(words) != len(others):
        return False
    different = [(one, other) for one, other in zip(words, others, strict=True) if one != other]
    if len(different) != 1:
        return not different
    one, other = different[0]
    return not _is_negation(one, other) and _distance(one, other) <= min(2, (max(len(one), len(other)) - 1) // 2)


def _distance(one: str, other: str) -> int:
    """Count the letters to insert, delete, replace or swap with the next one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


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
