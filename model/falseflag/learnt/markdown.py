"""Tables and numbers in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from falseflag.plots.layout import signed
from falseflag.validation.backtest_scores import Mean, Spread


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, text: int = 1) -> list[str]:
    """Return the lines of a table whose first columns are text, so many of them, and whose others are numbers."""
    sides = ["---"] * text + ["---:"] * (len(head) - text)
    return [_row(head), _row(sides), *(_row(row) for row in rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"


def number(value: float, *, sign: bool = False) -> str:
    """Return a number with two decimals and a proper minus."""
    return (f"{value:+.2f}" if sign else f"{value:.2f}").replace("-", "−")


def mean(found: Mean, *, sign: bool = False) -> str:
    """Return a mean with its interval; nothing where there is nothing to take it of."""
    if not found.count:
        return ""
    low, high = number(found.low, sign=sign), number(found.high, sign=sign)
    return f"{number(found.value, sign=sign)} ({low} to {high})"


def share(found: Mean) -> str:
    """Return a share in per cent with its interval; nothing where there is nothing to take it of."""
    if not found.count:
        return ""
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def decibans(found: Spread) -> str:
    """Return a weight of evidence with its interval."""
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)})"


def rate(found: Spread) -> str:
    """Return a rate in per cent with its interval."""
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
