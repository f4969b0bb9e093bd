"""Quadrature nodes of a dependence group: values of ρ and z, and the probability of each statement's value there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from scipy import special

from falseflag.arrays import Distributions, Floats, Integers
from falseflag.inference.exact.quadrature import NARROW, panels, probit_smoothness, truth_probability

STEEP = 0.05
"""A rise in z narrower than this asks for panels."""

CROWD = np.array([-9.0, -6.0, -4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0, 6.0, 9.0])
"""Panel ends around a steep rise, in widths of it."""

PANEL = 12
"""Gauss-Legendre nodes of a panel."""

SMALLEST_NOISE = 1e-9
"""√(1 - ρ) is held above this; what that changes is of the same order."""

REACH, FARTHEST_REACH = 7.5, 38.0
"""The integral over z runs this far on either side at first; and at the most."""

DEPTH = 23.0
"""The integrand at the ends is below its largest value by at least this, in logs."""

DIGITS = 21.0
"""Minus the log of the trapezoid rule's relative error in z."""


@dataclass(frozen=True)
class GroupNodes:
    """Quadrature nodes of a dependence group for patterns that share a correlation, those of each ρ laid end to end.

    Parameters
    ----------
    weight : ndarray, shape (Z,)
        Of ρ, of z, and the normal density.
    start : ndarray of int, shape (ρ,)
        The first node of each value of ρ.
    logit : ndarray, shape (ρ,)
        Log odds of ρ.
    shift, noise : ndarray, shape (Z,)
        √ρ z and √(1 - ρ).
    used : ndarray of int, shape (U,)
        Statements, ascending.
    sign : ndarray, shape (U,)
        1 where `likely` holds the probability of the first value, -1 for the second: the one that was reported.
    table : ndarray, shape (U, Z)
        E[P(that value | z, ρ)] over θ.
    """

    weight: Floats
    start: Integers
    logit: Floats
    shift: Floats
    noise: Floats
    used: Integers
    sign: Floats
    table: Floats

    def with_statements(self, moved: Integers, values: Distributions) -> GroupNodes:
        """Return the nodes with some statements other than they are written; `values` are those of all statements."""
        here = moved[np.isin(moved, self.used)]
        if not len(here):
            return self
        at, table = np.searchsorted(self.used, here), self.table.copy()
        table[at] = truth_probability(values[here], self.sign[at], self.shift, self.noise)
        return replace(self, table=table)

    def both(self, statement: Integers) -> tuple[Floats, Floats]:
        """Return the probabilities of the first and the second value, shape (len(statement), Z) each."""
        at = np.searchsorted(self.used, statement)
        values = self.table[at]
        is_first = (self.sign[at] > 0)[:, None]
        return np.where(is_first, values, 1 - values), np.where(is_first, 1 - values, values)

    def is_short(self, terms: Floats) -> bool:
        """Return whether an integrand, shape (..., Z), has not fallen off at the ends of the range of z."""
        last = np.append(self.start[1:], len(self.shift)) - 1
        flat = terms.reshape(-1, terms.shape[-1])
        edge = np.maximum(flat[:, self.start], flat[:, last])
        return bool((edge > np.exp(-DEPTH) * flat.max(axis=1, keepdims=True)).any())


@dataclass(frozen=True, slots=True)
class Rises:
    """How steeply the probabilities of some statements rise in z.

    Parameters
    ----------
    variance : ndarray, shape (U,)
        Square of the length over which the density of Φ⁻¹(θ) changes: 0 for a point, infinite for 0 and 1.
    mean : ndarray, shape (U,)
    member : ndarray of int, shape (U,)
        The indicator of each statement, counted from 0.
    for_points : bool
        Whether nodes are to suit any one statement held as a point.
    """

    variance: Floats
    mean: Floats
    member: Integers
    for_points: bool = False

    @classmethod
    def of(cls, values: Distributions, indicator: Integers, *, for_points: bool) -> Rises:
        """Describe statements by their distributions and indicators."""
        sharp = values.is_point | (values.alpha + values.beta > NARROW)
        variance = np.where(sharp, 0.0, probit_smoothness(values) ** 2)
        variance = np.where((values.point == 0) | (values.point == 1), np.inf, variance)
        return cls(variance, values.mean, np.unique(indicator, return_inverse=True)[1], for_points)

    def width(self, root: float, noise: float) -> Floats:
        """Return the width in z of each statement's rise."""
        return np.asarray(np.sqrt(self.variance + noise**2) / max(root, 1e-12))

    def spacing(self, root: float, noise: float) -> float:
        """Return how far apart nodes in z may lie in the trapezoid rule.

        A rise of width w is Φ(z / w), which grows as exp(y² / 2w²) at a distance y from the real line; so with the
        normal density the integrand grows as exp(y² (1 + Σ 1/w²) / 2) at most, and the rule with spacing s has a
        relative error of exp(-2π² / s² (1 + Σ 1/w²)) (Trefethen and Weideman 2014, section 5).
        """
        steepest = np.zeros(int(self.member.max()) + 1)
        np.maximum.at(steepest, self.member, self.width(root, noise) ** -2)
        if self.for_points:
            steepest[steepest.argmin()] = (root / noise) ** 2
        return float(np.pi * np.sqrt(2 / (DIGITS * (1 + steepest.sum()))))

    def rule(self, root: float, noise: float, reach: float) -> tuple[Floats, Floats]:
        """Return nodes and weights for an integral over z from -reach to reach, without the normal density.

        The trapezoid rule, unless a probability rises so steeply that its nodes would be many: then Gauss-Legendre
        panels that crowd where it rises.
        """
        width, step = self.width(root, noise), self.spacing(root, noise)
        count = np.ceil(reach / step)
        steep = width < 10 * STEEP
        if width.min(initial=1.0) > STEEP or 2 * count + 1 <= PANEL * (4 * reach + len(CROWD) * steep.sum()):
            return np.arange(-count, count + 1) * step, np.full(int(2 * count + 1), step)
        centre = -special.ndtri(self.mean[steep]) / root
        crowd = (centre[:, None] + width[steep, None] * CROWD).ravel()
        return panels(np.concatenate([np.linspace(-reach, reach, 1 + int(4 * reach)), crowd[np.abs(crowd) < reach]]))

    def count(self, root: float, noise: float, reach: float) -> float:
        """Return about how many nodes `rule` has."""
        evenly = 2 * np.ceil(reach / self.spacing(root, noise)) + 1
        width = self.width(root, noise)
        crowded = PANEL * (4 * reach + len(CROWD) * (width < 10 * STEEP).sum())
        return float(evenly if width.min(initial=1.0) > STEEP else min(evenly, crowded))


def scales(logit: Floats) -> tuple[Floats, Floats]:
    """Return √ρ and √(1 - ρ) from log odds of ρ."""
    return np.sqrt(special.expit(logit)), np.maximum(np.sqrt(special.expit(-logit)), SMALLEST_NOISE)


class _Kept:
    """Nodes of groups that were laid out lately: sweeps, served pages and explanations ask for the same ones again."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._nodes: dict[tuple[object, ...], GroupNodes] = {}
        self._lock = Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], GroupNodes]) -> GroupNodes:
        """Return what is kept under a key, or make and keep it; those not asked for longest go first."""
        with self._lock:
            if key in self._nodes:
                self._nodes[key] = found = self._nodes.pop(key)
                return found
        found = make()
        with self._lock:
            if key not in self._nodes and found.table.size <= self._most:
                self._nodes[key] = found
                self._held += found.table.size
            while self._held > self._most:
                self._held -= self._nodes.pop(next(iter(self._nodes))).table.size
        return found


KEPT = _Kept(4_000_000)
"""Those of the whole program, up to so many numbers."""
