"""What a record says of how often each indicator is present under each class of author, incident by incident.

The counts are weighted by the grade of truth (`falseflag.record.codebook.GRADE_WEIGHTS`): an incident whose author is
less well established counts for less. Weighted counts as they enter a Beta are a power prior (Ibrahim and Chen 2000,
*Power prior distributions for regression models*, Statistical Science 15, 46–60).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from falseflag.record.model import Floats, Record


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
