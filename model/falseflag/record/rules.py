"""What each column of a record may hold; a rule returns what is wrong with a cell, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from falseflag.diagnostics import quoted, suggestion
from falseflag.record.codebook import CLASSES, GRADE_WEIGHTS, INDICATORS

type Rule = Callable[[str], str]

_NAME = re.compile("[a-z][a-z0-9_]*")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
UNIQUE = frozenset({"id"})
"""Columns in which no cell may stand twice."""


def _name(cell: str) -> str:
    if _NAME.fullmatch(cell):
        return ""
    return f"Should be a name of a-z, 0-9 and _ that begins with a letter but got {quoted(cell)}"


def _date(cell: str) -> str:
    try:
        if _DATE.fullmatch(cell) and date.fromisoformat(cell):
            return ""
    except ValueError:
        pass
    return f"Should be the day as in 1939-11-26 but got {quoted(cell)}"


def _text(cell: str) -> str:
    return "" if cell.strip() else "Should not be blank"


def _one_of(choices: Iterable[str]) -> Rule:
    known = tuple(choices)

    def rule(cell: str) -> str:
        if cell in known:
            return ""
        near = suggestion(cell, known)
        return f"Should be {', '.join(known[:-1])} or {known[-1]} but got {quoted(cell)}{'.' + near if near else ''}"

    return rule


def _indicator(cell: str) -> str:
    if cell in {"1", "0", ""}:
        return ""
    meant = cell.strip().removesuffix(".0")
    hint = f" Did you mean {quoted(meant)}?" if meant in {"1", "0"} else " Blank is for what is not known"
    return f"Should be 1, 0 or blank but got {quoted(cell)}.{hint}"


RULES: dict[str, Rule] = {
    "id": _name,
    "incident": _text,
    "date": _date,
    "victim_state": _text,
    "accused": _text,
    "author": _one_of(CLASSES),
    "truth_grade": _one_of(GRADE_WEIGHTS),
    "source_truth": _text,
    "source_indicators": lambda _: "",
    **dict.fromkeys(INDICATORS, _indicator),
}
