"""What is noted of incidents beside the record: the conflict that each belongs to, and what kind of party was accused.

It stands in ``NAME_context.csv`` beside ``NAME.csv``, with the columns ``id``, ``conflict`` and ``accused_class``. An
incident that is not in it, or whose conflict is blank, is a conflict of its own. ``accused_class`` tells what the
record's ``accused`` says in words: ``adversary`` for a state, its forces or services, ``nonstate`` for all others,
blank if nobody was named; an incident that is not in the file counts as accusing a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from falseflag.errors import RequestError
from falseflag.record.model import Record

COLUMNS = ["id", "conflict", "accused_class"]
ACCUSED_CLASSES = ("adversary", "nonstate")
UNMAPPED = "adversary"
"""Whom an accusation is taken to mean where nothing is noted."""


@dataclass(frozen=True, slots=True)
class Context:
    """Notes on incidents, by their ``id``."""

    conflict: Mapping[str, str] = field(default_factory=dict)
    accused_class: Mapping[str, str] = field(default_factory=dict)

    def conflicts(self, record: Record) -> list[str]:
        """Return the conflict of each incident; its own name where it belongs to none."""
        return [self.conflict.get(incident.name) or incident.name for incident in record.incidents]

    def accused(self, record: Record) -> list[str]:
        """Return the class of the party that each incident's victim state blamed within a day; "" for none."""
        return [
            (self.accused_class.get(incident.name, UNMAPPED) if incident.cells["accused_within_day"] else "")
            for incident in record.incidents
        ]


def read_context(record: Record) -> Context:
    """Read the notes beside a record's file; there need be none.

    Raises
    ------
    RequestError
        If the file is not what it should be.
    """
    if not record.path:
        return Context()
    path = Path(record.path)
    beside = path.with_name(f"{path.stem}_context.csv")
    if not beside.exists():
        return Context()
    import pandas as pd  # noqa: PLC0415  (heavy)

    try:
        table = pd.read_csv(beside, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:
        raise RequestError(f"{beside}: cannot be read ({error})") from error
    if list(table.columns) != COLUMNS:
        raise RequestError(f"{beside}:1: the columns should be {', '.join(COLUMNS)}")
    for line, (name, of) in enumerate(zip(table["id"], table["accused_class"], strict=True), start=2):
        if of not in {*ACCUSED_CLASSES, ""}:
            raise RequestError(f"{beside}:{line}: {name}: accused_class should be adversary, nonstate or blank")
    if table["id"].duplicated().any():
        raise RequestError(f"{beside}: {table['id'][table['id'].duplicated()].iloc[0]} stands in it twice")
    names = table["id"].tolist()
    return Context(
        conflict=dict(zip(names, table["conflict"].tolist(), strict=True)),
        accused_class=dict(zip(names, table["accused_class"].tolist(), strict=True)),
    )
