"""Records of resolved cases made in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from falseflag.arrays import Floats
from falseflag.record import CLASSES, INDICATORS, Incident, Record


def made_record(seed: int, size: int, rates: Floats | None = None, grades: str = "ABC") -> Record:
    """Make up a record: classes at random, indicators independent at given rates (m, C), a fifth of the cells blank."""
    rng = np.random.default_rng(seed)
    table = rng.beta(1, 1, (len(INDICATORS), len(CLASSES))) if rates is None else rates
    return Record(tuple(_incident(rng, k, table, grades) for k in range(size)))


def _incident(rng: np.random.Generator, number: int, table: Floats, grades: str) -> Incident:
    of = int(rng.integers(len(CLASSES)))
    cells = {
        name: None if rng.random() < 0.2 else bool(rng.random() < table[j, of]) for j, name in enumerate(INDICATORS)
    }
    date = str(np.datetime64("1950-01-01") + np.timedelta64(100 * number, "D"))
    grade = grades[rng.integers(len(grades))]
    made = Incident(f"i{number}", f"Incident {number}", date, "here", "them", list(CLASSES)[of], grade, cells)
    doubted = grade == "C" and number % 2  # some authors are noted with probabilities of their own
    noted = {list(CLASSES)[of]: 0.6, list(CLASSES)[of - 1]: 0.4} if doubted else {}
    return dataclasses.replace(made, author_probabilities=noted)


def relabelled(
    record: Record, at: int, author: str, grade: str, probabilities: Mapping[str, float] | None = None
) -> Record:
    """Return the record with another author, grade of truth and probabilities of the author for one incident."""
    incidents = list(record.incidents)
    incidents[at] = dataclasses.replace(
        incidents[at], author=author, truth_grade=grade, author_probabilities=probabilities or {}
    )
    return dataclasses.replace(record, incidents=tuple(incidents))
