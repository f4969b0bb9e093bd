"""Which incidents may be learned from when which are asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from falseflag.backtest.context import Context
from falseflag.record.model import Record

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
