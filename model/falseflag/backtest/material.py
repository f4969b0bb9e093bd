"""What a predictor may see: incidents with their authors to learn from, and others without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from falseflag.backtest.context import Context
from falseflag.record.model import Floats, Record

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
    """Return (½ + count) / (C/2 + n) of each class."""
    counts = SMOOTHING + np.bincount(record.y, minlength=len(record.classes))
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
