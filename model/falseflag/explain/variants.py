"""The two versions of every indicator that two cases have between them, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from falseflag.case.model import Case
from falseflag.case.places import nearest
from falseflag.explain.judgements import Keys, reliability_keys, union
from falseflag.explain.mixture import mixed
from falseflag.problem import UNKNOWN, Distributions, Floats, Integers, Problem, problem_of

NOBODY = -1
"""Stands for the judgement that sets what the cases agree on: always the first case's."""

NOTHING = -1
"""Code of an indicator that is unknown or not there."""


@dataclass(frozen=True)
class Variants:
    """Two cases with the same H leaves, and I indicators between them.

    Parameters
    ----------
    names : tuple of str
    statements : Distributions
        Those of the first case, then those of the second.
    right, wrong : ndarray, shape (2, I)
        Mean reliability in either case, and what it lacks of 1.
    statement_of : ndarray of int, shape (2, I, H)
        Position among `statements`; -1 in a case that has no such indicator.
    observed : ndarray of int, shape (2, I)
        `UNKNOWN` in a case that has no such indicator.
    owner : ndarray of int, shape (S,)
        The indicator of each statement.
    sets_statement : ndarray of int, shape (I, H)
        The judgement that says whether it is the first case's or the second's; `NOBODY` where they agree.
    sets_observed, sets_reliability : ndarray of int, shape (I,)
        The same; for an indicator that one case lacks, both are the judgement whether it is there.
    """

    names: tuple[str, ...]
    statements: Distributions
    right: Floats
    wrong: Floats
    statement_of: Integers
    observed: Integers
    owner: Integers
    sets_statement: Integers
    sets_observed: Integers
    sets_reliability: Integers

    @classmethod
    def of(cls, first: Case, second: Case, players: tuple[Keys, ...]) -> Variants:
        """Lay two cases side by side; `players` are the judgements in which they differ."""
        place = {what: j for j, what in enumerate(players)}
        names = union(first.indicators, second.indicators)
        pair = problem_of(mixed(first, second, frozenset())), problem_of(mixed(first, second, frozenset(players)))
        sets = [_sets(first, second, name, place) for name in names]
        offset = len(pair[0].statements)
        return cls(
            names=names,
            statements=_joined(pair[0].statements, pair[1].statements),
            right=np.stack([_aligned(p, names, p.reliability.mean, 0.5) for p in pair]),
            wrong=np.stack([_aligned(p, names, p.reliability.complement, 0.5) for p in pair]),
            statement_of=np.stack([_aligned(p, names, p.statement_of + n * offset, -1) for n, p in enumerate(pair)]),
            observed=np.stack([_aligned(p, names, p.observed, UNKNOWN) for p in pair]),
            owner=np.concatenate([_owners(p, names) for p in pair]),
            sets_statement=np.array([at for at, _, _ in sets], dtype=np.intp).reshape(len(names), len(first.leaves)),
            sets_observed=np.array([at for _, at, _ in sets], dtype=np.intp),
            sets_reliability=np.array([at for _, _, at in sets], dtype=np.intp),
        )

    def players(self, indicators: Integers, leaf: int) -> Integers:
        """Return the judgements that bear on some indicators under a leaf."""
        parts = [
            self.sets_statement[indicators, leaf],
            self.sets_observed[indicators],
            self.sets_reliability[indicators],
        ]
        found = np.unique(np.concatenate(parts))
        return np.asarray(found[found != NOBODY])

    def codes(self, indicators: Integers, leaf: int, second: Mapping[int, NDArray[np.bool_]]) -> Integers:
        """Return what is said on some indicators under a leaf, shape (n, indicators).

        Parameters
        ----------
        indicators : ndarray of int
        leaf : int
        second : mapping from int to ndarray of bool, shape (n,)
            For each judgement, which of n choices have it from the second case; `NOBODY` is there too.

        Returns
        -------
        ndarray of int
            4 · statement + 2 · report + whose reliability, or `NOTHING`.
        """
        columns = []
        for i in indicators:
            statement = np.where(second[int(self.sets_statement[i, leaf])], *self.statement_of[::-1, i, leaf])
            observed = np.where(second[int(self.sets_observed[i])], *self.observed[::-1, i])
            whose = second[int(self.sets_reliability[i])]
            columns.append(np.where(np.equal(observed, UNKNOWN), NOTHING, 4 * statement + 2 * observed + whose))
        return np.stack(columns, axis=1)


def _sets(first: Case, second: Case, name: str, place: Mapping[Keys, int]) -> tuple[list[int], int, int]:
    """Return the judgements that set an indicator's statement (for each leaf), report and reliability."""
    leaves = [leaf.place for leaf in first.leaves]
    if name not in first.indicators or name not in second.indicators:
        there = place[("indicators", name)]
        return [there] * len(leaves), there, there
    nodes = union(first.indicators[name].likelihood, second.indicators[name].likelihood)
    statement = [place.get(("indicators", name, "likelihood", nearest(leaf, nodes)), NOBODY) for leaf in leaves]
    observed = place.get(("indicators", name, "observed"), NOBODY)
    same = first.indicators[name].reliability.distribution == second.indicators[name].reliability.distribution
    reliability = NOBODY if same else place[reliability_keys(first, second, name)]
    return statement, observed, reliability


def _aligned(
    problem: Problem, names: tuple[str, ...], values: NDArray[np.generic], missing: float
) -> NDArray[np.generic]:
    """Bring values by indicator into the order of `names`."""
    place = {name: i for i, name in enumerate(problem.indicators)}
    at = np.array([place.get(name, -1) for name in names], dtype=np.intp)
    out = np.full((len(names), *values.shape[1:]), missing, dtype=np.result_type(values.dtype, np.int8))
    out[at >= 0] = values[at[at >= 0]]
    return out


def _owners(problem: Problem, names: tuple[str, ...]) -> Integers:
    place = np.array([names.index(name) for name in problem.indicators], dtype=np.intp)
    return place[problem.statement_indicator]


def _joined(a: Distributions, b: Distributions) -> Distributions:
    return Distributions(
        np.concatenate([a.alpha, b.alpha]), np.concatenate([a.beta, b.beta]), np.concatenate([a.point, b.point])
    )
