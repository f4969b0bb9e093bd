"""A case as arrays: what both engines compute on.

Shapes are given with H leaves (exclusive hypotheses), V nodes of the tree, N indicators, S likelihood statements and
G dependence groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from falseflag.case.model import Case, Hypothesis
from falseflag.case.places import nearest
from falseflag.distributions import Beta, Distribution
from falseflag.size import check_size

type Floats = NDArray[np.float64]
type Integers = NDArray[np.intp]

PRESENT, ABSENT, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Distributions:
    """Elicited values, one to an element: a Beta (then `point` is NaN) or a point (then `alpha`, `beta` are)."""

    alpha: Floats
    beta: Floats
    point: Floats

    @classmethod
    def of(cls, values: Sequence[Distribution]) -> Distributions:
        """Lay out a list of distributions as arrays of shape (len(values),)."""
        table = np.array(
            [
                (value.alpha, value.beta, np.nan) if isinstance(value, Beta) else (np.nan, np.nan, value.value)
                for value in values
            ]
        ).reshape(-1, 3)
        return cls(*table.T)

    def __len__(self) -> int:
        """Count the elements."""
        return len(self.point)

    def __getitem__(self, index: Integers | NDArray[np.bool_] | slice) -> Distributions:
        """Select elements by any NumPy index."""
        return Distributions(self.alpha[index], self.beta[index], self.point[index])

    @property
    def is_point(self) -> NDArray[np.bool_]:
        """Which elements are held certain."""
        return ~np.isnan(self.point)

    @property
    def mean(self) -> Floats:
        """Expected values."""
        return np.where(self.is_point, self.point, self.alpha / (self.alpha + self.beta))

    @property
    def complement(self) -> Floats:
        """One minus the expected values, without cancellation."""
        return np.where(self.is_point, 1 - self.point, self.beta / (self.alpha + self.beta))

    def sample(self, rng: np.random.Generator, draws: int) -> Floats:
        """Draw independently; shape (draws, len(self))."""
        out = np.broadcast_to(self.point, (draws, len(self))).copy()
        uncertain = np.flatnonzero(~self.is_point)
        out[:, uncertain] = rng.beta(self.alpha[uncertain], self.beta[uncertain], (draws, len(uncertain)))
        return out


@dataclass(frozen=True, slots=True)
class Branching:
    """One branching of the tree: its children (positions among the nodes) and their Dirichlet concentrations."""

    parent: str
    children: Integers
    concentration: Floats


@dataclass(frozen=True)
class Problem:
    """The arrays of a case.

    Parameters
    ----------
    nodes, leaves, indicators, groups : tuple of str
        Names, in the file's order.
    branchings : tuple of Branching
        The Dirichlet tree.
    membership : ndarray of bool, shape (V, H)
        Whether leaf h lies at or below node v.
    observed : ndarray of int, shape (N,)
        `PRESENT`, `ABSENT` or `UNKNOWN`.
    reliability : Distributions of length N
    statements : Distributions of length S
    statement_indicator : ndarray of int, shape (S,)
        The indicator that a statement belongs to.
    statement_node : tuple of str, length S
        The node it is made at, or ``others``; in a case that learns, with the class of author that it is for.
    statement_of : ndarray of int, shape (N, H)
        The statement that leaf h takes for indicator i.
    group_of : ndarray of int, shape (N,)
        The group that an indicator stands in, -1 for none.
    correlation : Distributions of length G
    """

    nodes: tuple[str, ...]
    leaves: tuple[str, ...]
    branchings: tuple[Branching, ...]
    membership: NDArray[np.bool_]
    indicators: tuple[str, ...]
    observed: NDArray[np.int8]
    reliability: Distributions
    statements: Distributions
    statement_indicator: Integers
    statement_node: tuple[str, ...]
    statement_of: Integers
    groups: tuple[str, ...]
    group_of: Integers
    correlation: Distributions

    @cached_property
    def node_mean(self) -> Floats:
        """Expected prior weight of each node among its siblings, shape (V,)."""
        mean = np.ones(len(self.nodes))
        for branching in self.branchings:
            mean[branching.children] = branching.concentration / branching.concentration.sum()
        return mean

    @cached_property
    def log_prior(self) -> Floats:
        """Log of the expected prior probability of each leaf, shape (H,)."""
        return np.asarray(np.log(self.node_mean) @ self.membership)

    @property
    def prior(self) -> Floats:
        """Expected prior probability of each leaf, shape (H,)."""
        return np.exp(self.log_prior)

    @property
    def statement_names(self) -> tuple[str, ...]:
        """Name every likelihood statement ``indicator | node``."""
        owners = (self.indicators[i] for i in self.statement_indicator)
        return tuple(f"{owner} | {node}" for owner, node in zip(owners, self.statement_node, strict=True))

    @property
    def is_reported(self) -> NDArray[np.bool_]:
        """Which indicators were reported present or absent, shape (N,)."""
        return np.asarray(self.observed != UNKNOWN)

    def members(self, group: int) -> Integers:
        """Positions of a group's reported indicators; the unknown ones integrate to one and drop out."""
        return np.flatnonzero((self.group_of == group) & self.is_reported)


def problem_of(case: Case) -> Problem:
    """Lay out a case as arrays.

    Raises
    ------
    RequestError
        If the case is too large to be answered.
    """
    check_size(case)
    nodes = case.nodes
    leaves = tuple(leaf.name for leaf in case.leaves)
    indicators = tuple(case.indicators.values())
    keys = [tuple(indicator.likelihood) for indicator in indicators]
    offsets = np.concatenate([[0], np.cumsum([len(k) for k in keys])]).astype(np.intp)
    asking = tuple(leaf.place for leaf in case.leaves)
    positions = {k: _statement_positions(k, asking) for k in set(keys)}
    statement_of = np.array([offset + positions[k] for offset, k in zip(offsets, keys, strict=False)], dtype=np.intp)
    group_of = {name: g for g, group in enumerate(case.groups.values()) for name in group.indicators}
    return Problem(
        nodes=tuple(node.name for node in nodes),
        leaves=leaves,
        branchings=tuple(_branchings(case)),
        membership=_membership(tuple(node.name for node in nodes), leaves),
        indicators=tuple(case.indicators),
        observed=np.array([UNKNOWN if i.observed is None else int(i.observed) for i in indicators], dtype=np.int8),
        reliability=Distributions.of([i.reliability.distribution for i in indicators]),
        statements=Distributions.of([j.distribution for i in indicators for j in i.likelihood.values()]),
        statement_indicator=np.repeat(np.arange(len(indicators), dtype=np.intp), np.diff(offsets)),
        statement_node=tuple(node for k in keys for node in k),
        statement_of=statement_of.reshape(len(indicators), len(leaves)),
        groups=tuple(case.groups),
        group_of=np.array([group_of.get(name, -1) for name in case.indicators], dtype=np.intp),
        correlation=Distributions.of([group.correlation.distribution for group in case.groups.values()]),
    )


def _membership(nodes: tuple[str, ...], leaves: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return whether each leaf lies at or below each node, shape (V, H)."""
    place = {name: position for position, name in enumerate(nodes)}
    below = np.zeros((len(nodes), len(leaves)), dtype=bool)
    for h, leaf in enumerate(leaves):
        name = leaf
        while name:
            below[place[name], h] = True
            name = name.rpartition(".")[0]
    return below


def _statement_positions(keys: tuple[str, ...], leaves: tuple[str, ...]) -> Integers:
    """Return for each leaf the position of its statement: that of the nearest ancestor-or-self, else ``others``."""
    position = {key: position for position, key in enumerate(keys)}
    return np.array([position[nearest(leaf, position)] for leaf in leaves], dtype=np.intp)


def _branchings(case: Case) -> list[Branching]:
    place = {node.name: position for position, node in enumerate(case.nodes)}

    def branching(parent: str, children: tuple[Hypothesis, ...], strength: float) -> Branching:
        weights = np.array([child.weight for child in children])
        weights = weights / weights.max()  # weights near the largest float must not overflow in the sum
        mean = weights / weights.sum()
        return Branching(parent, np.array([place[child.name] for child in children]), strength * mean)

    inner = (branching(node.name, node.children, node.prior_strength) for node in case.nodes if node.children)
    return [branching("", case.hypotheses, case.prior_strength), *inner]
