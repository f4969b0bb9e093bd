r"""A factor of the evidence (an ungrouped indicator, or a group) in every mixture of two cases.

What it says under a leaf depends only on the judgements on its indicators, and of the likelihood statements only on
those that the leaf takes. So each distinct choice of these is answered once, as if it were a leaf of its own, and
remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from falseflag.exact.group_problem import GroupProblem
from falseflag.exact.groups import group_log_likelihood
from falseflag.explain.evidence import SMALLEST_LOG
from falseflag.explain.variants import NOBODY, NOTHING, Variants
from falseflag.problem import Distributions, Floats, Integers

type Choices = NDArray[np.bool_]
"""Which judgements are the second case's, shape (n, judgements)."""

MOST_BITS = 62
"""Choices that fit into one integer."""


@dataclass(frozen=True)
class Component:
    """One factor: its indicators (positions among the variants'), and their correlation.

    Parameters
    ----------
    variants : Variants
    indicators : ndarray of int, shape (M,)
    correlation : Distributions of length 1, or None
        None for an ungrouped indicator.
    """

    variants: Variants
    indicators: Integers
    correlation: Distributions | None
    _known: dict[bytes, float] = field(default_factory=dict, repr=False, compare=False)

    def log_likelihood(self, choices: Choices) -> Floats:
        """Return log likelihoods of the leaves, shape (n, H), or (1, H) where the cases agree on all of it."""
        leaves = range(self.variants.sets_statement.shape[1])
        if all(len(self.variants.players(self.indicators, leaf)) == 0 for leaf in leaves):
            choices = choices[:1]
        parts = [self._codes(leaf, choices) for leaf in leaves]
        self._learn(np.concatenate([codes for codes, _ in parts]))
        values = [np.array([self._known[row.tobytes()] for row in codes])[which] for codes, which in parts]
        return np.stack(values, axis=1)

    def _codes(self, leaf: int, choices: Choices) -> tuple[Integers, Integers]:
        """Return the distinct rows of codes under a leaf, shape (k, M), and which of them each choice has."""
        players = self.variants.players(self.indicators, leaf)
        rows, which = distinct(choices[:, players])
        second = {int(player): rows[:, j] for j, player in enumerate(players)}
        codes = self.variants.codes(self.indicators, leaf, second | {NOBODY: np.zeros(len(rows), dtype=bool)})
        return codes.astype(np.intp), which

    def _learn(self, codes: Integers) -> None:
        """Answer the rows that have not been met yet, all at once."""
        new = {key: row for row in codes if (key := row.tobytes()) not in self._known}
        if new:
            values = self._answers(np.array(list(new.values())))
            self._known.update(zip(new, values.tolist(), strict=True))

    def _answers(self, codes: Integers) -> Floats:
        """Return the log likelihood of each row of codes, shape (rows,)."""
        alone = np.where(codes == NOTHING, 0.0, self._log_report(np.maximum(codes, 0)))
        values = alone.sum(axis=1)
        together = (codes != NOTHING).sum(axis=1) > 1
        if self.correlation is not None and together.any():
            values[together] = self._grouped(codes[together], self.correlation)
        return np.asarray(np.maximum(values, SMALLEST_LOG))

    def _log_report(self, codes: Integers) -> Floats:
        statement, report, right, wrong = self._decoded(codes)
        mean, complement = self.variants.statements.mean[statement], self.variants.statements.complement[statement]
        true, false = np.where(report == 1, mean, complement), np.where(report == 1, complement, mean)
        return np.asarray(np.log(right * true + wrong * false))

    def _decoded(self, codes: Integers) -> tuple[Integers, Integers, Floats, Floats]:
        """Return statement, report, reliability and what it lacks of 1."""
        statement, report, whose = codes // 4, codes // 2 % 2, codes % 2
        owner = self.variants.owner[statement]
        return statement, report, self.variants.right[whose, owner], self.variants.wrong[whose, owner]

    def _grouped(self, codes: Integers, correlation: Distributions) -> Floats:
        """Integrate a group for each row of codes; a member of which nothing is said reports with reliability ½."""
        used, pattern = np.unique(codes, return_inverse=True)
        nothing = used == NOTHING
        statement, report, right, wrong = self._decoded(np.maximum(used, 0))
        values = self.variants.statements[statement]
        group = GroupProblem(
            members=self.indicators,
            used=used,
            statements=Distributions(
                np.where(nothing, 1.0, values.alpha),
                np.where(nothing, 1.0, values.beta),
                np.where(nothing, np.nan, values.point),
            ),
            sign=np.where(report == 1, 1.0, -1.0),
            reliability=np.where(nothing, 0.5, right),
            unreliability=np.where(nothing, 0.5, wrong),
            pattern=pattern.reshape(codes.shape).T,
            pattern_of=np.arange(len(codes)),
            correlation=correlation,
        )
        return np.asarray(group_log_likelihood(group) + np.log(2) * (codes == NOTHING).sum(axis=1))


def distinct(choices: Choices) -> tuple[Choices, Integers]:
    """Return the distinct rows, shape (k, judgements), and which of them each row is, shape (n,)."""
    if choices.shape[1] > MOST_BITS:
        rows, which = np.unique(choices, axis=0, return_inverse=True)
        return rows, which.ravel()
    bits = np.arange(choices.shape[1])
    codes, which = np.unique(choices.astype(np.int64) @ (1 << bits), return_inverse=True)
    return (codes[:, None] >> bits) & 1 == 1, which.ravel()
