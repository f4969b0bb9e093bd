"""A record as the rest of the program sees it: checked, immutable, and as arrays and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from falseflag.arrays import Floats, Integers
from falseflag.record.codebook import CLASSES, GRADE_WEIGHTS, INDICATORS


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
        The class of author that was established, one of `CLASSES`; of several the most probable.
    truth_grade : str
        How well it was: A, B or C.
    cells : mapping from str to bool or None
        Each indicator: reported present, reported absent, or None where nothing was found.
    source_truth, source_indicators : str
        Where it is from.
    author_probabilities : mapping from str to float
        Of each class that the author may be of; empty where the grade gives them.
    looked_up : frozenset of str
        Indicators whose cell was checked against a source.
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
    author_probabilities: Mapping[str, float] = field(default_factory=dict)
    looked_up: frozenset[str] = frozenset()

    @property
    def label(self) -> Mapping[str, float]:
        """Probability of each class of author: as noted, or what the grade leaves shared alike by the other classes."""
        if self.author_probabilities:
            return {of: self.author_probabilities.get(of, 0.0) for of in CLASSES}
        right = GRADE_WEIGHTS[self.truth_grade]
        return {of: right if of == self.author else (1 - right) / (len(CLASSES) - 1) for of in CLASSES}


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
        """Most probable author of each incident as a position among `classes`, shape (n,)."""
        return np.array([self.classes.index(incident.author) for incident in self.incidents], dtype=np.intp)

    @cached_property
    def x(self) -> Floats:
        """Indicators of each incident, 1 reported present, 0 reported absent, NaN nothing found, shape (n, m)."""
        cells = [[incident.cells[name] for name in self.indicators] for incident in self.incidents]
        return np.array([[np.nan if cell is None else float(cell) for cell in row] for row in cells]).reshape(
            len(self), len(self.indicators)
        )

    @cached_property
    def label(self) -> Floats:
        """Probability of each class of author, shape (n, C)."""
        rows = [[incident.label[of] for of in self.classes] for incident in self.incidents]
        return np.array(rows).reshape(len(self), len(self.classes))

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
        Each incident shared among the classes by the probabilities of its author.
    seen_present, seen_absent : ndarray, shape (m, C)
        Plainly counted, each incident under its most probable class.
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
    present, absent = (record.x == 1).T.astype(float), (record.x == 0).T.astype(float)  # NaN is neither
    return Counts(present @ record.label, absent @ record.label, present @ of_class, absent @ of_class)
