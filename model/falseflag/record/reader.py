"""Reads a record: a CSV file, every error told at once with its line, its rule and where it helps a suggestion."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING

from falseflag.diagnostics import Diagnostics, Path, Place, listed, quoted, suggestion, visible
from falseflag.reading import decode, read_bytes
from falseflag.record.codebook import COLUMNS, INDICATORS, RECORD
from falseflag.record.layout import Row, rows_of
from falseflag.record.model import Incident, Record
from falseflag.record.rules import RULES, UNIQUE

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
    return _made(cells) if set(columns) == set(COLUMNS) else []


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
        elif name in COLUMNS:
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
    near = suggestion(name, COLUMNS)
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
    return [
        Incident(
            name=row["id"],
            title=row["incident"],
            date=row["date"],
            victim_state=row["victim_state"],
            accused=row["accused"],
            author=row["author"],
            truth_grade=row["truth_grade"],
            cells={name: {"1": True, "0": False}.get(row[name]) for name in INDICATORS},
            source_truth=row["source_truth"],
            source_indicators=row["source_indicators"],
        )
        for row in ({name: column[k] for name, column in cells.items()} for k in range(len(cells["id"])))
    ]
