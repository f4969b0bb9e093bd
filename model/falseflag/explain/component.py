r"""One component of the evidence in every mixture of two cases: an indicator, or all that groups tie together.

Its term depends on whether each judgement in it is the first case's or the second's, and of the likelihood statements
only on those that a leaf takes. So each distinct choice of these is answered once, as if it were a leaf of its own, and
remembered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from falseflag.case.model import Case
from falseflag.exact.posterior import factors_of
from falseflag.explain.evidence import SMALLEST_LOG
from falseflag.explain.judgements import Keys, nearest
from falseflag.explain.mixture import mixed
from falseflag.problem import Distributions, Floats, Integers, Problem, problem_of

if TYPE_CHECKING:
    from falseflag.explain.worth import Worth

type Choices = NDArray[np.bool_]
"""Which judgements are the second case's, shape (n, judgements)."""

MOST_BITS = 62
"""Choices that fit into one integer."""


@dataclass(frozen=True)
class Component:
    """What two cases say on a set of indicators.

    Parameters
    ----------
    first, second : Case
        Cut down to these indicators.
    leaves : tuple of str
    players : tuple of tuple of str
        All judgements in which the whole cases differ.
    inner, outer : tuple of int
        Those among them that bear on this component: likelihood statements, and others.
    """

    first: Case
    second: Case
    leaves: tuple[str, ...]
    players: tuple[Keys, ...]
    inner: tuple[int, ...]
    outer: tuple[int, ...]
    _settled: dict[frozenset[Keys], Settled] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, worth: Worth, names: frozenset[str]) -> Component:
        """Cut a component out of two cases."""
        first, second = _cut(worth.first, names), _cut(worth.second, names)
        players = tuple(player.what for player in worth.players)
        own = [j for j, what in enumerate(players) if _is_in(what, first, second)]
        inner = tuple(j for j in own if players[j][2:3] == ("likelihood",))
        outer = tuple(j for j in own if j not in inner)
        return cls(first, second, tuple(leaf.name for leaf in worth.first.leaves), players, inner, outer)

    @property
    def own(self) -> tuple[int, ...]:
        """The judgements that bear on this component."""
        return (*self.outer, *self.inner)

    def log_likelihood(self, choices: Choices) -> Floats:
        """Return the component's log likelihood of each leaf, shape (n, H)."""
        rows, which = distinct(choices[:, list(self.outer)])
        out = np.empty((len(choices), len(self.leaves)))
        for number, row in enumerate(rows):
            chosen = frozenset(self.players[j] for j, is_theirs in zip(self.outer, row, strict=True) if is_theirs)
            at = which == number
            out[at] = self._settle(chosen).log_likelihood(choices[at])
        return out

    def _settle(self, chosen: frozenset[Keys]) -> Settled:
        if chosen not in self._settled:
            theirs = chosen | {self.players[j] for j in self.inner}
            ours, both = mixed(self.first, self.second, chosen), mixed(self.first, self.second, theirs)
            self._settled[chosen] = Settled(problem_of(ours), problem_of(both), self._player_of(ours))
        return self._settled[chosen]

    def _player_of(self, case: Case) -> Integers:
        """Return which judgement sets the statement that a leaf takes, shape (indicators, H); -1 where none does."""
        place = {self.players[j]: j for j in self.inner}
        rows = [
            [place.get(("indicators", i.name, "likelihood", nearest(leaf, i.likelihood)), -1) for leaf in self.leaves]
            for i in case.indicators.values()
        ]
        return np.array(rows, dtype=np.intp).reshape(-1, len(self.leaves))


@dataclass(frozen=True)
class Settled:
    """A component where all is settled but whose likelihood statements hold.

    Parameters
    ----------
    ours, theirs : Problem
        With the first case's statements, and with the second's.
    player_of : ndarray of int, shape (indicators, H)
        The judgement that sets the statement that a leaf takes; -1 where they agree.
    """

    ours: Problem
    theirs: Problem
    player_of: Integers
    _known: dict[bytes, float] = field(default_factory=dict, repr=False, compare=False)

    def log_likelihood(self, choices: Choices) -> Floats:
        """Return log likelihoods of the leaves, shape (n, H)."""
        out = np.zeros((len(choices), self.player_of.shape[1]))
        if not self.ours.indicators:
            return out
        parts = [self._columns(h, choices) for h in range(out.shape[1])]
        self._learn(np.concatenate([columns for columns, _ in parts]))
        for h, (columns, which) in enumerate(parts):
            out[:, h] = np.array([self._known[column.tobytes()] for column in columns])[which]
        return out

    def _columns(self, leaf: int, choices: Choices) -> tuple[Integers, Integers]:
        """Return the distinct sets of statements that a leaf takes, shape (k, indicators), and which each row has."""
        players = np.unique(self.player_of[:, leaf])
        players = players[players >= 0]
        rows, which = distinct(choices[:, players])
        is_theirs = np.concatenate([rows, np.zeros((len(rows), 1), dtype=bool)], axis=1)
        place = np.where(self.player_of[:, leaf] < 0, -1, np.searchsorted(players, self.player_of[:, leaf]))
        ours, theirs = self.ours.statement_of[:, leaf], self.theirs.statement_of[:, leaf] + len(self.ours.statements)
        return np.where(is_theirs[:, place], theirs, ours), which

    def _learn(self, columns: Integers) -> None:
        """Answer the sets of statements that have not been met yet, all at once, as if each were a leaf."""
        new = {key: column for column in columns if (key := column.tobytes()) not in self._known}
        if new:
            values = self._answers(np.array(list(new.values())).T)
            self._known.update(zip(new, values.tolist(), strict=True))

    def _answers(self, statement_of: Integers) -> Floats:
        first, second = self.ours.statements, self.theirs.statements
        problem = replace(
            self.ours,
            leaves=("",) * statement_of.shape[1],
            statements=Distributions(
                np.concatenate([first.alpha, second.alpha]),
                np.concatenate([first.beta, second.beta]),
                np.concatenate([first.point, second.point]),
            ),
            statement_indicator=np.concatenate([self.ours.statement_indicator, self.theirs.statement_indicator]),
            statement_of=statement_of,
        )
        total = np.zeros(statement_of.shape[1])
        for factor in factors_of(problem):
            total += np.maximum(factor.log_likelihood, SMALLEST_LOG)
        return total


def distinct(choices: Choices) -> tuple[Choices, Integers]:
    """Return the distinct rows, shape (k, judgements), and which of them each row is, shape (n,)."""
    if choices.shape[1] > MOST_BITS:
        rows, which = np.unique(choices, axis=0, return_inverse=True)
        return rows, which.ravel()
    bits = np.arange(choices.shape[1])
    codes, which = np.unique(choices.astype(np.int64) @ (1 << bits), return_inverse=True)
    return (codes[:, None] >> bits) & 1 == 1, which.ravel()


def _cut(case: Case, names: frozenset[str]) -> Case:
    """Return the case with some of its indicators only, and the groups that they stand in."""
    return replace(
        case,
        indicators={name: i for name, i in case.indicators.items() if name in names},
        groups={name: g for name, g in case.groups.items() if names.issuperset(g.indicators)},
    )


def _is_in(what: Keys, a: Case, b: Case) -> bool:
    """Tell whether a judgement bears on what was cut out."""
    if what[0] == "indicators":
        return what[1] in a.indicators or what[1] in b.indicators
    if what[0] == "sources":
        return any(i.source == what[1] for case in (a, b) for i in case.indicators.values())
    if what[0] == "dependence":
        return what[1] in a.groups or what[1] in b.groups
    return False
