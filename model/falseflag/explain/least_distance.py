r"""The point nearest to the origin that satisfies smooth constraints c(u) ≥ 0.

Sequential quadratic programming: each step solves min ½‖u + d‖² + ½ dᵀ(B - I)d subject to c + J d ≥ 0, B being the
diagonal of the Lagrangian's second derivatives, then goes as far towards its solution as a merit function and a limit
on the step allow. With B = I this is the method of Hasofer, Lind, Rackwitz and Fiessler by which structural reliability
finds its design point (Zhang and Der Kiureghian 1995, *Two improved algorithms for reliability analysis*).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from falseflag.problem import Floats

STEPS = 60

MET = 1e-10
"""A constraint counts as met when no more than this is missing."""

CURVATURE = (0.25, 4.0)
"""Bounds on B: the problem need not be convex."""


class Constraints(Protocol):
    """K constraints c(u) ≥ 0 in n variables."""

    @property
    def limit(self) -> Floats:
        """How far each variable may go in one step, shape (n,)."""

    def values(self, u: Floats) -> Floats:
        """Return c(u), shape (K,)."""

    def slopes(self, u: Floats) -> tuple[Floats, Floats]:
        """Return the Jacobian and the diagonals of the second derivatives, shape (K, n) each."""


def nearest_point(constraints: Constraints, start: Floats) -> Floats | None:
    """Find a locally nearest point to the origin with c(u) ≥ 0, from a start; None if none was found."""
    u, values = start, constraints.values(start)
    multipliers, penalty = np.zeros(len(values)), 1.0
    for _ in range(STEPS):
        jacobian, curvature = constraints.slopes(u)
        solved = _step(u, values, jacobian, np.clip(1 - multipliers @ curvature, *CURVATURE))
        if solved is None:
            return None
        step, multipliers = solved
        step = step * min(1.0, float((constraints.limit / np.maximum(np.abs(step), 1e-300)).min(initial=1.0)))
        penalty = max(penalty, 2 * float(multipliers.sum()))
        before = u
        u, values = _advance(constraints, u, values, step, penalty)
        if float(np.linalg.norm(u - before)) < 1e-10 * (1 + float(np.linalg.norm(u))):
            break
    return u if values.min(initial=0.0) > -1e-8 else None


def _step(u: Floats, values: Floats, jacobian: Floats, curvature: Floats) -> tuple[Floats, Floats] | None:
    """Solve one quadratic programme, as a least distance problem in √B d + u / √B."""
    scale = 1 / np.sqrt(curvature)
    solved = least_distance(jacobian * scale, (jacobian * scale) @ (scale * u) - values)
    return None if solved is None else (scale * (solved[0] - scale * u), solved[1])


def _advance(
    constraints: Constraints, u: Floats, values: Floats, step: Floats, penalty: float
) -> tuple[Floats, Floats]:
    """Go 1, ½, ¼ … of a step, the largest that lowers ½‖u‖² + penalty · (what is missing most)."""
    before = _merit(u, values, penalty)
    for halvings in range(12):
        share = 0.5**halvings
        there = constraints.values(u + share * step)
        if _merit(u + share * step, there, penalty) <= before - 1e-4 * share * float(step @ step):
            return u + share * step, there
    return u, values


def _merit(u: Floats, values: Floats, penalty: float) -> float:
    return float(u @ u) / 2 + penalty * max(0.0, -float(values.min(initial=0.0)))


def least_distance(rows: Floats, least: Floats) -> tuple[Floats, Floats] | None:
    """Solve min ‖u‖ subject to rows · u ≥ least, by the active set of its dual.

    Returns
    -------
    (ndarray, ndarray) or None
        The point and the multipliers λ ≥ 0 of which it is the sum rows' λ; None where no point will do.
    """
    scale = np.maximum(np.linalg.norm(rows, axis=1), 1e-300)
    if (least[scale <= 1e-150] > MET).any():
        return None
    rows, least = rows / scale[:, None], least / scale
    gram = rows @ rows.T
    multipliers = np.zeros(len(least))
    active = np.zeros(len(least), dtype=bool)
    for _ in range(10 * len(least) + 10):
        lacking = np.where(active, -np.inf, least - gram @ multipliers)
        if len(lacking) == 0 or lacking.max() <= MET * (1 + np.abs(least).max()):
            return rows.T @ multipliers, multipliers / scale
        active[int(np.argmax(lacking))] = True
        multipliers, active = _solve_active(gram, least, multipliers, active)
        if not np.isfinite(multipliers).all() or multipliers.max(initial=0.0) > 1e12:
            return None
    return None


def _solve_active(
    gram: Floats, least: Floats, multipliers: Floats, active: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Solve the active rows as equations; rows whose multiplier would turn negative leave (Lawson and Hanson)."""
    active = active.copy()
    while active.any():
        wanted = np.zeros_like(multipliers)
        wanted[active] = np.linalg.lstsq(gram[np.ix_(active, active)], least[active], rcond=1e-12)[0]
        negative = active & (wanted <= 0)
        if not negative.any():
            return wanted, active
        share = (multipliers[negative] / (multipliers[negative] - wanted[negative] + 1e-300)).min()
        multipliers = multipliers + share * (wanted - multipliers)
        active = active & (multipliers > 1e-14)
        multipliers = np.where(active, multipliers, 0.0)
    return multipliers, active
