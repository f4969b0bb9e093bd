"""Where the cells of a CSV file stand: pandas reads what they say, but not from which line and column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from falseflag.ledger import Ledger, Place

_FIELD = re.compile(r'"(?:[^"]|"")*"|[^",\n]*')


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


def rows_of(text: str, file: str, ledger: Ledger) -> tuple[list[Row], bool]:
    """Find the rows of a CSV file (RFC 4180); empty lines are passed over.

    Returns
    -------
    rows : list of Row
    whole : bool
        False if a quote is not closed or has text after it: what follows could not be read.
    """
    rows: list[Row] = []
    position, line, start = 0, 1, 0  # `start`: of the line
    while position < len(text):
        begin, places = position, []
        while True:
            places.append(Place(file, line, position - start + 1))
            field = _FIELD.match(text, position)
            end = field.end() if field else position
            if breaks := text.count("\n", position, end):
                line, start = line + breaks, text.rfind("\n", 0, end) + 1
            position = end
            if text[position : position + 1] != ",":
                break
            position += 1
        if text[position : position + 1] not in {"", "\n"}:
            ledger.add(places[-1], (), _unclosed(text, position))
            return rows, False
        if position > begin:
            rows.append(Row(text[begin:position], tuple(places)))
        position, line, start = position + 1, line + 1, position + 1
    return rows, True


def _unclosed(text: str, position: int) -> str:
    if text[position] == '"' and text[position - 1 : position] in {"", ",", "\n"}:
        return "A quote begins here that is not closed"
    return 'A cell with a quote in it should stand in quotes, and the quote be doubled: "so ""called"" proof"'
