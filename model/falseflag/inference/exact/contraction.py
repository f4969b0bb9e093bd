"""Factors over the nodes of vertices, and the product of factors with the vertices summed out.

Vertices are summed out one after another, each time the one that leaves the smallest table, never over the grid of all
of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from falseflag.arrays import Floats


@dataclass(frozen=True, slots=True)
class Factor:
    """A table over patterns and the nodes of some vertices.

    Parameters
    ----------
    axes : tuple of int
        The vertices, ascending.
    table : ndarray, shape (..., P, nodes of each vertex)
        May have further leading axes, over cases that are computed together.
    """

    axes: tuple[int, ...]
    table: Floats


def contract(
    factors: Sequence[Factor],
    weights: Mapping[int, Floats],
    keep: tuple[int, ...] = (),
    record: list[tuple[int, Factor]] | None = None,
) -> tuple[Floats, Floats]:
    """Multiply factors and sum out those of their vertices that have weights; axes of others stay.

    Parameters
    ----------
    factors : sequence of Factor
    weights : mapping of int to ndarray, shape (P, nodes)
        Quadrature weights of each vertex.
    keep : tuple of int
        Vertices to keep, ascending; their weights are multiplied in.
    record : list, optional
        Takes each vertex that is summed out with the table that it is summed out of, in order: the nodes of a vertex,
        given those of the vertices that come later, are distributed as that table says.

    Returns
    -------
    table : ndarray, shape (..., P, nodes of each vertex left)
    log_scale : ndarray, shape (..., P)
        Log of what the table is to be multiplied by. Without factors and vertices both are of shape ().
    """
    if not factors and not weights:
        return np.ones(()), np.zeros(())
    patterns = next(iter(weights.values())).shape[0] if weights else factors[0].table.shape[-1]
    pool = [_Scaled.of(factor, patterns) for factor in factors]
    left = set(weights) - set(keep)
    while left:
        vertex = min(left, key=lambda v: _union_size(pool, v))
        left.remove(vertex)
        touching = [each for each in pool if vertex in each.axes]
        weight = _Scaled((vertex,), weights[vertex], np.zeros(patterns))
        product = _product([weight, *touching])
        pool = [each for each in pool if vertex not in each.axes]
        pool.append(product.summed(vertex))
        if record is not None:
            record.append((vertex, Factor(product.axes, product.table)))
    pool += [_Scaled((vertex,), weights[vertex], np.zeros(patterns)) for vertex in keep]
    final = _product(pool) if pool else _Scaled((), np.ones(patterns), np.zeros(patterns))
    return final.table, final.log_scale


def _union_size(pool: Sequence[_Scaled], vertex: int) -> float:
    """Return the entries of the table that summing a vertex out would make on the way."""
    sizes = {axis: size for each in pool if vertex in each.axes for axis, size in each.sizes}
    return float(np.prod([float(size) for size in sizes.values()]))


def largest_table(factors: Iterable[tuple[int, ...]], sizes: Mapping[int, int]) -> tuple[float, set[int]]:
    """Return the number of entries of the largest table that `contract` would make, and the vertices that it spans."""
    pool = [set(axes) for axes in factors]
    left, largest, spanned = set(sizes), 1.0, set[int]()

    def union(vertex: int) -> set[int]:
        return set().union({vertex}, *(axes for axes in pool if vertex in axes))

    def entries(axes: Iterable[int]) -> float:
        return float(np.prod([float(sizes[axis]) for axis in axes]))

    while left:
        vertex = min(left, key=lambda v: entries(union(v)))
        left.remove(vertex)
        together = union(vertex)
        if entries(together) > largest:
            largest, spanned = entries(together), together
        pool = [axes for axes in pool if vertex not in axes]
        pool.append(together - {vertex})
    return largest, spanned


@dataclass(slots=True)
class _Scaled:
    """A factor times a scale for each pattern, whose log is kept apart so that products do not underflow."""

    axes: tuple[int, ...]
    table: Floats
    log_scale: Floats

    @classmethod
    def of(cls, factor: Factor, patterns: int) -> _Scaled:
        batch = factor.table.ndim - len(factor.axes)
        return cls(factor.axes, factor.table, np.zeros((*factor.table.shape[: batch - 1], patterns)))

    @property
    def batch(self) -> int:
        """Number of axes before those of the vertices."""
        return self.table.ndim - len(self.axes)

    @property
    def sizes(self) -> Iterable[tuple[int, int]]:
        """Each vertex with its number of nodes."""
        return zip(self.axes, self.table.shape[self.batch :], strict=True)

    def onto(self, axes: tuple[int, ...]) -> Floats:
        """Return the table with axes of length 1 for the vertices of `axes` that it lacks."""
        index = [slice(None)] * self.batch + [slice(None) if axis in self.axes else None for axis in axes]
        return self.table[tuple(index)]

    def rescaled(self) -> _Scaled:
        """Divide by the largest element of each pattern."""
        if not self.axes:
            with np.errstate(divide="ignore"):
                return _Scaled((), np.ones_like(self.table), self.log_scale + np.log(self.table))
        top = self.table.max(axis=tuple(range(self.batch, self.table.ndim)))
        safe = np.where(top > 0, top, 1.0)
        with np.errstate(divide="ignore"):
            log_scale = self.log_scale + np.log(top)
        return _Scaled(self.axes, self.table / safe.reshape(*top.shape, *[1] * len(self.axes)), log_scale)

    def summed(self, vertex: int) -> _Scaled:
        """Sum a vertex out."""
        place = self.axes.index(vertex)
        axes = self.axes[:place] + self.axes[place + 1 :]
        return _Scaled(axes, self.table.sum(axis=self.batch + place), self.log_scale).rescaled()


def axes_of(factors: Iterable[Factor]) -> tuple[int, ...]:
    """Return all the vertices that some factors touch, ascending."""
    return tuple(sorted({axis for factor in factors for axis in factor.axes}))


def _product(parts: Sequence[_Scaled]) -> _Scaled:
    axes = tuple(sorted({axis for part in parts for axis in part.axes}))
    found = _Scaled(axes, parts[0].onto(axes), parts[0].log_scale)
    for number, part in enumerate(parts[1:], start=1):
        found = _Scaled(axes, found.table * part.onto(axes), found.log_scale + part.log_scale)
        if number % 8 == 0:
            found = found.rescaled()
    return found
