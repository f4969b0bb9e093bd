"""What one piece of evidence is given in C combinations of the values that it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from falseflag.problem import Distributions, Floats, Integers, Problem
from falseflag.sweep.targets import Target


@dataclass(frozen=True)
class Columns:
    """Values that are varied, each of shape (C,), by where they stand in the problem.

    Parameters
    ----------
    count : int
        C.
    weight : mapping from int to ndarray
        By node.
    statement, reliability, observed, correlation : mapping from int to ndarray
        By statement, indicator, indicator, group.
    """

    count: int
    weight: Mapping[int, Floats]
    statement: Mapping[int, Floats]
    reliability: Mapping[int, Floats]
    observed: Mapping[int, Floats]
    correlation: Mapping[int, Floats]

    @classmethod
    def of(cls, columns: Mapping[int, Floats], targets: tuple[Target, ...]) -> Columns:
        """Sort columns by axis into what they vary."""
        kinds: dict[str, dict[int, Floats]] = {
            kind: {} for kind in ("prior", "likelihood", "reliability", "observed", "correlation")
        }
        for axis, values in columns.items():
            kinds[targets[axis].kind] |= dict.fromkeys(targets[axis].places, values)
        count = len(next(iter(columns.values())))
        return cls(count, *kinds.values())

    def __getitem__(self, rows: Integers | NDArray[np.bool_]) -> Columns:
        """Select combinations."""
        parts = (self.weight, self.statement, self.reliability, self.observed, self.correlation)
        chosen = [{place: values[rows] for place, values in part.items()} for part in parts]
        return Columns(len(np.arange(self.count)[rows]), *chosen)


def held_at(values: Distributions, points: Mapping[int, float]) -> Distributions:
    """Hold some distributions at points."""
    alpha, beta, point = values.alpha.copy(), values.beta.copy(), values.point.copy()
    places = list(points)
    alpha[places] = beta[places] = np.nan
    point[places] = list(points.values())
    return Distributions(alpha, beta, point)


def unknown_but(problem: Problem, indicators: Iterable[int]) -> Problem:
    """Return the problem with only some indicators' reports in it."""
    keep = np.isin(np.arange(len(problem.indicators)), list(indicators))
    return replace(problem, observed=np.where(keep, problem.observed, -1).astype(np.int8))
