"""Draws of the leaves' probabilities, as several figures show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from falseflag.case.model import Case
from falseflag.inference.result import Answer, Row
from falseflag.plots.text import clean
from falseflag.problem import Floats


@dataclass(frozen=True, slots=True)
class LeafDraws:
    """Draws of some leaves' probabilities.

    Parameters
    ----------
    rows : tuple of Row
        The leaves, in the order of the tree.
    labels : tuple of str
        Theirs, after those of the nodes above.
    prior, posterior : ndarray, shape (n, leaves)
        π_h and P_h(φ).
    left_out : int
        How many leaves there was no room for.
    """

    rows: tuple[Row, ...]
    labels: tuple[str, ...]
    prior: Floats
    posterior: Floats
    left_out: int

    @property
    def names(self) -> list[str]:
        """The leaves' dotted paths."""
        return [row.name for row in self.rows]


def leaf_draws(answer: Answer, most: int) -> LeafDraws:
    """Return the draws of at most `most` leaves, the most probable ones."""
    leaves = [row for row in answer.rows if row.is_leaf]
    ranking = np.argsort([-row.posterior for row in leaves], kind="stable")
    chosen = np.sort(ranking[:most])
    return LeafDraws(
        rows=tuple(leaves[h] for h in chosen),
        labels=tuple(full_label(answer, leaves[h].name) for h in chosen),
        prior=answer.prior_draws.probability[:, chosen],
        posterior=answer.draws.probability[:, chosen],
        left_out=len(leaves) - len(chosen),
    )


def most_probable(case: Case, probability: Mapping[str, float], most: int) -> list[str]:
    """Return the names of at most so many leaves, in the order of the tree."""
    ranking = sorted((leaf.name for leaf in case.leaves), key=lambda name: -probability[name])
    kept = set(ranking[:most])
    return [leaf.name for leaf in case.leaves if leaf.name in kept]


def full_label(answer: Answer, name: str) -> str:
    """Return a node's label after those of the nodes above it, such as ``Ukraine: to send a message``."""
    parts = name.split(".")
    paths = (".".join(parts[: depth + 1]) for depth in range(len(parts)))
    return ": ".join(clean(answer[path].label) or path for path in paths)
