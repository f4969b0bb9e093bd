"""Probabilities as people read them, with no more digits than anyone could mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

INTERVAL = (0.05, 0.95)
"""Quantiles that a reported interval runs between."""

COVERAGE = f"{100 * (INTERVAL[1] - INTERVAL[0]):.0f} %"
"""What lies within it, as text."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What the text of a formula may begin with, in the spreadsheets there are."""


def number(probability: float) -> str:
    """Return a probability as a number of per cent, with a decimal where it is near to 0 or 1.

    >>> [number(p) for p in (0.0002, 0.0133, 0.57, 0.994, 0.9999, float("nan"))]
    ['<0.1', '1.3', '57', '99.4', '>99.9', '?']
    """
    if math.isnan(probability):
        return "?"
    if probability < 0.0005:
        return "<0.1"
    if probability >= 0.9995:
        return ">99.9"
    digits = 1 if probability < 0.0995 or probability >= 0.985 else 0
    return f"{100 * probability + 1e-9:.{digits}f}"  # halves are rounded up, as browsers do


def rounded(probability: float) -> float:
    """Return a probability as `number` shows it, 0 below and 1 above what it shows; the words for it go by this."""
    beyond = {"<0.1": 0.0, ">99.9": 1.0, "?": math.nan}
    shown = number(probability)
    return beyond[shown] if shown in beyond else float(shown) / 100


def percent(probability: float) -> str:
    """Return a probability as text, such as ``57 %``."""
    return f"{number(probability)} %"


def number_range(low: float, high: float) -> str:
    """Return an interval in numbers of per cent, such as ``19–88``."""
    return number(low) if math.isnan(low + high) else f"{number(low)}–{number(high)}"


def interval(low: float, high: float) -> str:
    """Return an interval as text, such as ``19–88 %``."""
    return f"{number_range(low, high)} %"


def decibans(db: float) -> str:
    """Write decibans with their sign.

    >>> [decibans(x) for x in (3.14159, -0.04, -12.0)]
    ['+3.1', '0.0', '−12.0']
    """
    if not math.isfinite(db):
        return "?"
    rounded = round(db, 1)
    return f"{rounded:+.1f}".replace("-", "−") if rounded else "0.0"


def dotted(what: Sequence[str], author_class: str = "") -> str:
    """Return the keys that lead to a judgement, joined by dots, with the class of author that it is for."""
    return ".".join(what) + of_class(author_class)


def of_class(author_class: str) -> str:
    """Name the class of author that a statement is for, where it is not for all."""
    return f" (as {class_name(author_class)})" if author_class else ""


def class_name(author_class: str) -> str:
    """Return the name of a class of author for people."""
    if author_class == "any":  # of a node that takes what the record has of all classes together
        return "any author"
    return author_class.replace("_", " ").replace("+", " or ")


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun, whose plural is with an s unless it is given.

    >>> counted(1, "check"), counted(2, "check"), counted(0, "hypothesis", "hypotheses")
    ('1 check', '2 checks', '0 hypotheses')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def csv_cell[Cell](cell: Cell) -> Cell | str:
    """Return a cell of a CSV file: text that a spreadsheet would take for a formula gets an apostrophe before it.

    >>> [csv_cell(cell) for cell in ("=1+1", "@home", "-likely", "-0.5", -0.5, "likely")]
    ["'=1+1", "'@home", "'-likely", '-0.5', -0.5, 'likely']
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) and not _is_number(cell) else cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
