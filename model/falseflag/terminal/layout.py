"""Tables and sentences, laid out alike by every command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def heading(console: Console, *lines: str) -> None:
    """Print a title, and below it what else is to be said first."""
    for number, line in enumerate(line for line in lines if line):
        console.print(Text(line, style="" if number else "bold"))


def sentences(console: Console, lines: Iterable[str]) -> None:
    """Print sentences, each a paragraph."""
    for line in lines:
        console.print(Text(line))


def table(title: str, words: str, numbers: Sequence[str], last: str = "") -> Table:
    """Make a table with a first column of words, columns of numbers, and maybe a last one of words."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left")
    made.add_column(words, ratio=1, overflow="fold")
    for name in numbers:
        made.add_column(name, justify="right", no_wrap=True)
    if last:
        made.add_column(last)
    return made


def add(made: Table, *cells: str, style: str = "") -> None:
    """Add a row; nothing in it is taken as markup."""
    made.add_row(*(Text(cell) for cell in cells), style=style)
