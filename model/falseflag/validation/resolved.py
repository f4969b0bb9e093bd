"""Resolved cases: what was known of them, what may be learned from, and how they are split into folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from falseflag.arrays import Floats
from falseflag.errors import RequestError
from falseflag.record.model import Record

# What stands beside a record


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


# What a predictor sees


SMOOTHING = 0.5
"""Added to each class's count (Jeffreys): a class not seen in training is not impossible."""


@dataclass(frozen=True)
class Reports:
    """What was known of n incidents at the time; nothing here says who did it, or how well that was established.

    Parameters
    ----------
    names : tuple of str
    x : ndarray, shape (n, m)
        Indicators: 1 present, 0 absent, NaN missing.
    accused : tuple of str
        Class of the party that the victim state blamed within a day; "" if it blamed none.
    """

    names: tuple[str, ...]
    x: Floats
    accused: tuple[str, ...]


@dataclass(frozen=True)
class Training:
    """Incidents to learn from: the record of them, and the same reports that are there of incidents to be answered."""

    record: Record
    reports: Reports

    @property
    def frequencies(self) -> Floats:
        """Frequency of each class of author, smoothed, shape (C,)."""
        return class_frequencies(self.record)


def class_frequencies(record: Record) -> Floats:
    """Return (½ + count) / (C/2 + n) of each class, incidents shared by the probabilities of their author."""
    counts = SMOOTHING + record.label.sum(axis=0)
    return np.asarray(counts / counts.sum())


def reports_of(record: Record, context: Context) -> Reports:
    """Leave out of a record what says who did it."""
    names = tuple(incident.name for incident in record.incidents)
    return Reports(names, record.x, tuple(context.accused(record)))


def split(
    record: Record, context: Context, known: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> tuple[Training, Reports]:
    """Return what may be learned from and what is asked about; both shape (n,), and no incident is in both."""
    if (known & asked).any():
        raise ValueError("an incident that is asked about must not be learned from")
    training = record.only(known)
    return Training(training, reports_of(training, context)), reports_of(record.only(asked), context)


# Folds


FIRST = 20
"""Incidents that have to be known before the next one is answered, forward in time."""


@dataclass(frozen=True)
class Fold:
    """One step of a back-test.

    Parameters
    ----------
    name : str
    known, asked : ndarray of bool, shape (n,)
        Which incidents may be learned from, and which are asked about.
    """

    name: str
    known: NDArray[np.bool_]
    asked: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way to divide a record; `label` is for people, `folds` makes the steps."""

    name: str
    label: str
    folds: Callable[[Record, Context], Sequence[Fold]]


def _leave_one_out(record: Record, _context: Context) -> list[Fold]:
    every = np.arange(len(record))
    return [Fold(incident.name, every != i, every == i) for i, incident in enumerate(record.incidents)]


def _leave_conflict_out(record: Record, context: Context) -> list[Fold]:
    conflicts = np.array(context.conflicts(record))
    names = dict.fromkeys(conflicts.tolist())
    return [Fold(name, conflicts != name, conflicts == name) for name in names] if len(names) > 1 else []


def _forward(record: Record, _context: Context) -> list[Fold]:
    """Know only what happened on earlier days; incidents of one day do not know of each other."""
    every = np.arange(len(record))
    folds = [
        Fold(incident.name, record.date < record.date[i], every == i) for i, incident in enumerate(record.incidents)
    ]
    return sorted((fold for fold in folds if fold.known.sum() >= FIRST), key=lambda fold: int(fold.known.sum()))


SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("leave_one_out", "leave one out", _leave_one_out),
        Scheme("leave_conflict_out", "leave a whole conflict out", _leave_conflict_out),
        Scheme("forward", "forward in time", _forward),
    )
}
