"""Reads a record: a CSV file, every error told at once with its line, its rule and where it helps a suggestion."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING

from falseflag.diagnostics import Diagnostics, Path, Place, listed, quoted, suggestion, visible
from falseflag.reading import decode, read_bytes
from falseflag.record.codebook import CLASSES, COLUMNS, GRADE_WEIGHTS, INDICATORS, LOOKED_UP, RECORD, RETIRED
from falseflag.record.model import Incident, Record

if TYPE_CHECKING:
    import pandas as pd


def read_record(path: str | os.PathLike[str]) -> Record:
    """Read a record from a CSV file.

    Raises
    ------
    CaseError
        With all errors in it.
    """
    name, diagnostics = os.fspath(path), Diagnostics()
    try:
        content = read_bytes(name, RECORD)
    except ValueError as error:
        diagnostics.add(Place(visible(name, limit=1000), 1, 1), (), str(error))
        raise diagnostics.error() from error
    record = record_of(content, name, diagnostics)
    if record is None:
        raise diagnostics.error()
    return record


def record_of(content: bytes, name: str, diagnostics: Diagnostics) -> Record | None:
    """Read a record from the bytes of a CSV file called `name`, or put its errors into the diagnostics."""
    before, shown = len(diagnostics), visible(name, limit=1000)
    text = decode(content, shown, diagnostics, RECORD)
    rows, whole = rows_of(text, shown, diagnostics) if text is not None else ([], False)
    if not rows:
        if whole:
            diagnostics.add(Place(shown, 1, 1), (), "The file is empty: a record has a line of columns, then incidents")
        return None
    incidents = _incidents(rows, diagnostics)
    if whole and len(rows) == 1:
        diagnostics.add(rows[0].places[0], (), "Should hold one incident or more below the line of columns")
    if len(diagnostics) > before:
        return None
    return Record(tuple(incidents), name, hashlib.sha256(content).hexdigest())


def _incidents(rows: list[Row], diagnostics: Diagnostics) -> list[Incident]:
    """Return the incidents of the rows below the header; where there are errors they mean nothing."""
    width = len(rows[0].places)
    fit = [row for row in rows if len(row.places) == width]
    table = _table(fit)
    columns = _columns(table.iloc[0].tolist(), fit[0].places, diagnostics)
    for row in rows:
        if len(row.places) != width:
            got = f"has {len(row.places)} cells where the first has {width}"
            diagnostics.add(row.places[0], (), f"This row {got}. A cell with a comma in it needs quotes")
    cells = {name: table[position].tolist()[1:] for name, position in columns.items()}
    for name, position in columns.items():
        _check(name, cells, [row.places[position] for row in fit[1:]], diagnostics)
    return _made(cells) if set(columns) >= set(COLUMNS) else []


def _table(rows: list[Row]) -> pd.DataFrame:
    """Return the rows as text, the header among them, columns by position."""
    import pandas as pd  # noqa: PLC0415  (heavy, and a case that does not learn needs none of it)

    positions = range(len(rows[0].places))
    text = "\n".join((",".join(map(str, positions)), *(row.text for row in rows)))  # pandas drops a BOM at the start
    table = pd.read_csv(StringIO(text), dtype=str, na_filter=False, skip_blank_lines=False)
    return table.set_axis(positions, axis="columns")


def _columns(header: list[str], places: tuple[Place, ...], diagnostics: Diagnostics) -> dict[str, int]:
    """Return the position of each known column."""
    found: dict[str, int] = {}
    for position, (name, place) in enumerate(zip(header, places, strict=True)):
        if name in found:
            diagnostics.add(place, (name,), "This column stands here twice")
        elif name in RULES:
            found[name] = position
        else:
            diagnostics.add(place, (), partial(_unknown, name))
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        diagnostics.add(places[0], (), f"A record lacks {listed(missing, 30)}: its first line names the columns")
    return found


def _unknown(name: str) -> str:
    return f"Unknown column {quoted(name)}{_meant(name)}"


def _meant(name: str) -> str:
    if ";" in name or "\t" in name:
        return ". Columns are separated by commas"
    near = suggestion(name, RULES)
    return "." + near if near else ""


def _check(name: str, cells: dict[str, list[str]], places: list[Place], diagnostics: Diagnostics) -> None:
    """Hold every cell of a column against its rule."""
    rule = RULES[name]
    first: dict[str, Place] = {}
    names = cells.get("id") or [""] * len(places)
    for incident, cell, place in zip(names, cells[name], places, strict=True):
        path: Path = tuple(part for part in (incident, name) if part)
        if broken := rule(cell):
            diagnostics.add(place, path, broken)
        elif name in UNIQUE and cell in first:
            diagnostics.add(place, path, f"{quoted(cell)} stands on line {first[cell].line} already")
        first.setdefault(cell, place)


def _made(cells: dict[str, list[str]]) -> list[Incident]:
    return [_incident({name: column[k] for name, column in cells.items()}) for k in range(len(cells["id"]))]


def _incident(row: dict[str, str]) -> Incident:
    labels = labels_of(row["author"])
    return Incident(
        name=row["id"],
        title=row["incident"],
        date=row["date"],
        victim_state=row["victim_state"],
        accused=row["accused"],
        author=max(labels, key=lambda of: labels[of]) if labels else row["author"],
        truth_grade=row["truth_grade"],
        cells={name: {"1": True, "0": False}.get(row[name]) for name in INDICATORS},
        source_truth=row["source_truth"],
        source_indicators=row["source_indicators"],
        author_probabilities=labels,
        looked_up=frozenset(row.get(LOOKED_UP, "").split()),
    )


# What each column may hold; a rule returns what is wrong with a cell, or nothing


type Rule = Callable[[str], str]

_NAME = re.compile("[a-z][a-z0-9_]*")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHARE = re.compile(r"0?\.[0-9]{1,6}|1(\.0*)?")
ROUNDING = 1e-6
EXAMPLE = "'nonstate:0.7 false_flag:0.3'"
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


def _indicators(cell: str) -> str:
    rule = _one_of(INDICATORS)
    return next((broken for name in cell.split() if (broken := rule(name))), "")


def labels_of(cell: str) -> dict[str, float]:
    """Return the probabilities in a cell such as ``nonstate:0.7 false_flag:0.3``; nothing for a class alone."""
    pairs = [part.partition(":") for part in cell.split()]
    return {of: float(share) for of, _, share in pairs} if ":" in cell and all(_is_share(s) for *_, s in pairs) else {}


def _is_share(text: str) -> bool:
    return bool(_SHARE.fullmatch(text)) and float(text) > 0


def _author(cell: str) -> str:
    """One class, or several with probabilities that add up to 1."""
    if ":" not in cell:
        return _CLASS(cell)
    pairs = [part.partition(":") for part in cell.split()]
    if broken := next((broken for of, _, _ in pairs if (broken := _CLASS(of))), ""):
        return broken
    if len(labels_of(cell)) != len(pairs) or abs(sum(labels_of(cell).values()) - 1) > ROUNDING:
        return f"Should be classes with probabilities that add up to 1, as in {EXAMPLE}, but got {quoted(cell)}"
    return ""


_CLASS = _one_of(CLASSES)

RULES: dict[str, Rule] = {
    "id": _name,
    "incident": _text,
    "date": _date,
    "victim_state": _text,
    "accused": _text,
    "author": _author,
    "truth_grade": _one_of(GRADE_WEIGHTS),
    "source_truth": _text,
    "source_indicators": lambda _: "",
    **dict.fromkeys(INDICATORS, _indicator),
    LOOKED_UP: _indicators,
    RETIRED: lambda _: "",
}


# Where the cells of a CSV file stand: pandas reads what they say, but not from which line and column


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
