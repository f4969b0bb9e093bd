"""Printing, alike for every command: sentences, tables that become lists where there is no room, and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

GAP = 2
"""Columns of the terminal between two columns of a table."""

INDENT = 2

READABLE = 18
"""Text that must be broken gets a column at least so wide, or the table is printed as a list."""

LONG_WORD = 30
"""A word may be broken if it is longer than this."""


class Update(Protocol):
    """What is called with a stage's name, how much of it is done, and of how much."""

    def __call__(self, stage: str, done: float, total: float = 1.0, /) -> None:
        """Show it."""


def show(*items: RenderableType) -> None:
    """Print on standard output; a string is printed as it is, with no markup in it."""
    console = Console()
    for item in items:
        console.print(Text(item) if isinstance(item, str) else item)


def heading(*lines: str) -> None:
    """Print a title, and below it what else is to be said first."""
    show(*(Text(line, style="" if number else "bold") for number, line in enumerate(line for line in lines if line)))


def verdict(text: str, *, good: bool) -> Text:
    """Return text in green, or in red."""
    return Text(text, style="green" if good else "bold red")


@dataclass
class Row:
    """One row of a table."""

    label: str
    numbers: Sequence[str]
    last: Text
    depth: int
    style: str


@dataclass
class Figures:
    """A table of labels, figures, and maybe text at the end; where a terminal is too narrow for it, a list.

    Parameters
    ----------
    title : str
    label : str
        Head of the first column.
    numbers : sequence of str
        Heads of the columns of figures, which are never broken.
    last : str
        Head of the text at the end, if there is any.
    """

    title: str
    label: str
    numbers: Sequence[str]
    last: str = ""
    rows: list[Row] = field(default_factory=list)

    def add(self, label: str, *cells: str, last: str | Text = "", depth: int = 0, style: str = "") -> None:
        """Add a row; nothing in it is taken as markup."""
        self.rows.append(Row(label, cells, Text(last) if isinstance(last, str) else last, depth, style))

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Print the table, or the list."""
        if self.title:
            yield Text(self.title, style="italic")
        widths = self._widths(options.max_width)
        yield from self._as_list() if widths is None else [self._as_table(widths)]
        yield Text()

    def _widths(self, room: int) -> list[int] | None:
        """Return a width for each column; None where words would have to be broken."""
        columns = zip(*(row.numbers for row in self.rows), strict=True)
        figures = [
            max(_longest_word(head), *map(cell_len, cells)) for head, cells in zip(self.numbers, columns, strict=True)
        ]
        texts = [_Needed.of([(0, self.label), *((INDENT * row.depth, row.label) for row in self.rows)])]
        if self.last:
            texts.append(_Needed.of((0, text) for text in (self.last, *(row.last.plain for row in self.rows))))
        left = room - sum(figures) - GAP * (len(figures) + len(texts) - 1)
        least, most = sum(text.least for text in texts), sum(text.most for text in texts)
        if left < least:
            return None
        share = min(1.0, (left - least) / max(1, most - least))
        first, *last = [text.least + int(share * (text.most - text.least)) for text in texts]
        return [first, *figures, *last]

    def _as_table(self, widths: Sequence[int]) -> Table:
        made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, GAP - 1))
        heads = [self.label, *self.numbers, *([self.last] if self.last else [])]
        for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
            is_figure = 0 < place <= len(self.numbers)
            made.add_column(Text(head), justify="right" if is_figure else "left", width=width, overflow="fold")
        for row in self.rows:
            figures = (Text(number) for number in row.numbers)
            made.add_row(_indented(row.label, row.depth), *figures, *([row.last] if self.last else []), style=row.style)
        return made

    def _as_list(self) -> Iterator[RenderableType]:
        for row in self.rows:
            yield _indented(Text(row.label, style=row.style), row.depth)
            figures = (f"{head}: {number}" for head, number in zip(self.numbers, row.numbers, strict=True) if number)
            yield _indented("; ".join(figures), row.depth + 1)
            if row.last.plain:
                yield _indented(Text.assemble(f"{self.last}: ", row.last), row.depth + 1)


@dataclass(frozen=True)
class _Needed:
    """Width that a column of text needs at least, and the width at which nothing is broken."""

    least: int
    most: int

    @classmethod
    def of(cls, texts: Iterable[tuple[int, str]]) -> _Needed:
        """Measure texts, each with its indentation."""
        lines = [(indent, line) for indent, text in texts for line in text.split("\n")]
        most = max(indent + cell_len(line) for indent, line in lines)
        words = (indent + min(_longest_word(line), LONG_WORD) for indent, line in lines)
        return cls(min(most, max(READABLE, *words)), most)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _indented(text: str | Text, depth: int) -> Padding:
    return Padding(Text(text) if isinstance(text, str) else text, (0, 0, 0, INDENT * depth))


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Update]:
    """Show how far the work is on standard error: as bars on a terminal, elsewhere as a line now and then.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable
        To be called as `Update` says. What was done before the first call does not count towards the speed.
    """
    console = Console(stderr=True)
    if quiet or not _is_terminal(console):
        yield _Lines(quiet=quiet)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        yield _Bars(bars)


@contextmanager
def counting(stage: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show how many of how many are done, in the one stage that there is; see `progress`."""
    with progress(quiet=quiet) as update:
        yield partial(update, stage)


def _is_terminal(console: Console) -> bool:
    """Return whether the cursor can be moved; ``FORCE_COLOR`` makes rich believe it of a file."""
    return sys.stderr is not None and sys.stderr.isatty() and not console.is_dumb_terminal


class _Bars:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: float, total: float = 1.0, /) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=None, completed=done)  # type: ignore[arg-type]
        count = "" if total == 1 else f" {done:g} of {total:g}"
        self._bars.update(self._tasks[stage], description=stage + count, total=total if done else None, completed=done)


class _Lines:
    """A line when a stage begins, and at each quarter of it."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._quarters: dict[str, int] = {}

    def __call__(self, stage: str, done: float, total: float = 1.0, /) -> None:
        quarter = int(4 * done / total) if total else 4
        if self._quiet or quarter <= self._quarters.get(stage, -1):
            return
        begins = stage not in self._quarters and quarter == 0
        self._quarters[stage] = quarter
        print(f"{stage} …" if begins else f"{stage}: {25 * quarter} %", file=sys.stderr, flush=True)  # noqa: T201
