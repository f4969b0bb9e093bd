"""A record as the rest of the program sees it: checked, immutable, and as arrays and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from falseflag.record.codebook import CLASSES, GRADE_WEIGHTS, INDICATORS

type Floats = NDArray[np.float64]
type Integers = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Incident:
    """A contested attack whose author was established later.

    Parameters
    ----------
    name, title : str
        Its ``id``, and what people call it.
    date : str
        ISO 8601, to the day.
    victim_state, accused : str
        On whom the attack fell, and whom they, or the first loud claim, blamed.
    author : str
        The class of author that was established, one of `CLASSES`.
    truth_grade : str
        How well it was: A, B or C.
    cells : mapping from str to bool or None
        Each indicator: present, absent, or None where nothing is known.
    source_truth, source_indicators : str
        Where it is from.
    """

    name: str
    title: str
    date: str
    victim_state: str
    accused: str
    author: str
    truth_grade: str
    cells: Mapping[str, bool | None]
    source_truth: str = ""
    source_indicators: str = ""


@dataclass(frozen=True)
class Record:
    """Resolved cases, n of them, coded for m indicators.

    Parameters
    ----------
    incidents : tuple of Incident
        In the file's order.
    path, sha256 : str
        The file that it was read from, and the hash of its bytes; empty for one made in memory.
    """

    incidents: tuple[Incident, ...]
    path: str = ""
    sha256: str = ""

    def __len__(self) -> int:
        """Count the incidents."""
        return len(self.incidents)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of author, as `y` counts them."""
        return tuple(CLASSES)

    @property
    def indicators(self) -> tuple[str, ...]:
        """Names of the indicators, the columns of `x`."""
        return tuple(INDICATORS)

    @cached_property
    def y(self) -> Integers:
        """Author of each incident as a position among `classes`, shape (n,)."""
        return np.array([self.classes.index(incident.author) for incident in self.incidents], dtype=np.intp)

    @cached_property
    def x(self) -> Floats:
        """Indicators of each incident, 1 present, 0 absent, NaN where nothing is known, shape (n, m)."""
        cells = [[incident.cells[name] for name in self.indicators] for incident in self.incidents]
        return np.array([[np.nan if cell is None else float(cell) for cell in row] for row in cells]).reshape(
            len(self), len(self.indicators)
        )

    @cached_property
    def weight(self) -> Floats:
        """What each incident counts for by its truth grade, shape (n,)."""
        return np.array([GRADE_WEIGHTS[incident.truth_grade] for incident in self.incidents])

    @cached_property
    def date(self) -> NDArray[np.datetime64]:
        """Day of each incident, shape (n,)."""
        return np.array([incident.date for incident in self.incidents], dtype="datetime64[D]")

    def only(self, chosen: NDArray[np.bool_]) -> Record:
        """Return the record of the chosen incidents alone, shape (n,); its hash is that of no file."""
        kept = tuple(incident for incident, keep in zip(self.incidents, chosen, strict=True) if keep)
        return replace(self, incidents=kept, sha256="")


# Counts


@dataclass(frozen=True)
class Counts:
    """Incidents with an indicator present and absent, m indicators by C classes; blank cells are in neither.

    Parameters
    ----------
    present, absent : ndarray, shape (m, C)
        Weighted by the grade of truth.
    seen_present, seen_absent : ndarray, shape (m, C)
        Plainly counted.
    """

    present: Floats
    absent: Floats
    seen_present: Floats
    seen_absent: Floats

    @property
    def overall(self) -> Floats:
        """Rate of each indicator over all classes, after Jeffreys: (½ + present) / (1 + all), shape (m,)."""
        present, absent = self.present.sum(axis=1), self.absent.sum(axis=1)
        return np.asarray((0.5 + present) / (1 + present + absent))


def counts_of(record: Record) -> Counts:
    """Count the incidents of a record."""
    of_class = (record.y[:, None] == np.arange(len(record.classes))).astype(float)  # (n, C)
    weighted = of_class * record.weight[:, None]
    present, absent = (record.x == 1).T.astype(float), (record.x == 0).T.astype(float)  # NaN is neither
    return Counts(present @ weighted, absent @ weighted, present @ of_class, absent @ of_class)
