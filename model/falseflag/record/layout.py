"""Where the cells of a CSV file stand: pandas reads what they say, but not from which line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from falseflag.diagnostics import Diagnostics, Place

MAX_INCIDENTS, MAX_COLUMNS = 5000, 100
"""Beyond that a file is not read on."""

_FIELD = re.compile(r'"(?:[^"]|"")*"|[^",\n]*')
_EMPTY_LINES = re.compile("\n+")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file.

    Parameters
    ----------
    text : str
        The row, its line's end left out.
    places : tuple of Place
        Where each of its cells begins.
    """

    text: str
    places: tuple[Place, ...]


def rows_of(text: str, file: str, diagnostics: Diagnostics) -> tuple[list[Row], bool]:
    """Find the rows of a CSV file (RFC 4180); empty lines are passed over.

    Returns
    -------
    rows : list of Row
    whole : bool
        False if a quote is not closed or has text after it, or there is too much: what follows was not read.
    """
    rows: list[Row] = []
    scanner = _Scanner(text, file)
    while scanner.begins_row():
        row = scanner.row()
        if len(row.places) > MAX_COLUMNS or len(rows) > MAX_INCIDENTS:
            message = f"A record should hold at most {MAX_INCIDENTS:,} incidents in {MAX_COLUMNS} columns"
            diagnostics.add(row.places[0], (), message)
            return rows, False
        if not scanner.ends_line():
            diagnostics.add(row.places[-1], (), _unclosed(text, scanner.position))
            return rows, False
        rows.append(row)
    return rows, True


@dataclass(slots=True)
class _Scanner:
    """Goes through a CSV file; `start` is where the line begins on which `position` is."""

    text: str
    file: str
    position: int = 0
    line: int = 1
    start: int = 0

    def begins_row(self) -> bool:
        """Pass over empty lines, a million as quickly as one, and tell whether anything follows."""
        empty = _EMPTY_LINES.match(self.text, self.position)
        if empty:
            self.line, self.position = self.line + len(empty[0]), empty.end()
            self.start = self.position
        return self.position < len(self.text)

    def row(self) -> Row:
        """Read cells up to the line's end, to what no cell may hold, or to one more than there should be."""
        begin, places = self.position, [self._cell()]
        while self.text.startswith(",", self.position) and len(places) <= MAX_COLUMNS:
            self.position += 1
            places.append(self._cell())
        return Row(self.text[begin : self.position], tuple(places))

    def ends_line(self) -> bool:
        """Go on to the next line, if this one ends here."""
        if self.text[self.position : self.position + 1] not in {"", "\n"}:
            return False
        self.position, self.line = self.position + 1, self.line + 1
        self.start = self.position
        return True

    def _cell(self) -> Place:
        place = Place(self.file, self.line, self.position - self.start + 1)
        field = _FIELD.match(self.text, self.position)
        end = field.end() if field else self.position
        if breaks := self.text.count("\n", self.position, end):
            self.line, self.start = self.line + breaks, self.text.rfind("\n", 0, end) + 1
        self.position = end
        return place


def _unclosed(text: str, position: int) -> str:
    if text[position] == '"' and text[position - 1 : position] in {"", ",", "\n"}:
        return "A quote begins here that is not closed"
    return 'A cell with a quote in it should stand in quotes, and the quote be doubled: "so ""called"" proof"'
