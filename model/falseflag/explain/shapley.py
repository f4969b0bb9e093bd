r"""Shapley values of the factors in the log odds of a node against all the rest.

With S_A(F) = Σ_{h∈A} π_h Π_{f∈F} E[P(x_f | h)], a set F of factors makes the log odds v(F) = log S_A(F) - log S_Ā(F).
A factor's value is the average of v(F ∪ {f}) - v(F) over every order in which the factors could come in, F being those
before it. The values add up to the change from prior to posterior log odds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.explain.sides import leaves_of
from falseflag.problem import Floats

MOST_EXACT = 16
"""Players up to which all 2^players subsets are enumerated."""

PAIRS = 1000
"""Permutations, each with its reverse, of the estimate."""

SEED = 20230503

CHUNK = 20_000_000
"""Entries of the largest table of coalitions that is made at once."""

BLOCK = 2_000_000
"""Entries of it that are turned into numbers at once."""

type Game = Callable[[NDArray[np.bool_]], Floats]
"""The worth of each of n coalitions, shape (n,), from who is in them, shape (n, players)."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each player contributes, and the standard error of that; 0 where it is exact."""

    values: Floats
    errors: Floats
    is_exact: bool


def share_out(players: int, game: Game, pairs: int = PAIRS, seed: int = SEED) -> Shares:
    """Return the Shapley values of a game.

    Parameters
    ----------
    players : int
    game : callable
    pairs, seed : int
        Antithetic pairs of permutations and their seed, where there are more than `MOST_EXACT` players.
    """
    if players == 0:
        return Shares(np.zeros(0), np.zeros(0), is_exact=True)
    if players <= MOST_EXACT:
        return Shares(_enumerated(players, game), np.zeros(players), is_exact=True)
    return _estimated(players, game, pairs, seed)


def _enumerated(players: int, game: Game) -> Floats:
    """Σ_{F∌f} |F|! (n - |F| - 1)! / n! (v(F ∪ {f}) - v(F)); subset number b holds f where bit f of b is set."""
    number = np.arange(2**players)
    inside = (number[:, None] >> np.arange(players)) & 1 == 1
    worth = game(inside)
    size = inside.sum(axis=1)
    weight = np.exp(special.gammaln(size + 1) + special.gammaln(players - size) - special.gammaln(players + 1))
    values = np.empty(players)
    for f in range(players):
        without = ~inside[:, f]
        gain = worth[number[without] | (1 << f)] - worth[without]
        values[f] = gain @ weight[without]
    return values


def _estimated(players: int, game: Game, pairs: int, seed: int) -> Shares:
    rng = np.random.default_rng(seed)
    at_once = max(1, CHUNK // (2 * players * players))
    gains = []
    for start in range(0, pairs, at_once):
        orders = rng.permuted(np.tile(np.arange(players), (min(at_once, pairs - start), 1)), axis=1)
        both = _gains(np.concatenate([orders, orders[:, ::-1]]), game)
        gains.append((both[: len(orders)] + both[len(orders) :]) / 2)
    each = np.concatenate(gains)
    return Shares(each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(pairs), is_exact=False)


def _gains(orders: NDArray[np.intp], game: Game) -> Floats:
    """Return what each player adds when it comes in, shape (orders, players)."""
    count, players = orders.shape
    place = np.argsort(orders, axis=1)
    inside = place[:, None, :] < np.arange(players + 1)[:, None]  # (orders, steps, players)
    worth = game(inside.reshape(-1, players)).reshape(count, players + 1)
    return np.take_along_axis(np.diff(worth, axis=1), place, axis=1)


@dataclass(frozen=True, slots=True)
class ShapleyRow:
    """One factor's Shapley value in decibans, with its standard error (0 where exact)."""

    factor: str
    db: float
    error: float

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        return {"factor": self.factor, "db": self.db, "error": self.error}


@dataclass(frozen=True, slots=True)
class Shapley:
    """Shapley values of all factors in the log odds of `node` against all the rest."""

    node: str
    prior_db: float
    posterior_db: float
    rows: tuple[ShapleyRow, ...]
    is_exact: bool

    def as_dict(self) -> list[dict[str, Any]]:
        """Return its part of ``explain --json``."""
        return [row.as_dict() for row in self.rows]


def shapley(evidence: Evidence, node: str | None = None, pairs: int = PAIRS, seed: int = SEED) -> Shapley:
    """Share out the change of a node's log odds among the factors.

    Parameters
    ----------
    evidence : Evidence
    node : str, optional
        By default the leading leaf.
    pairs, seed : int
        Antithetic pairs of permutations and their seed, where there are more than 16 factors.
    """
    if node is None:
        node = evidence.problem.leaves[evidence.leader]
    game = _log_odds_game(evidence, node)
    shares = share_out(len(evidence.factors), game, pairs, seed)
    empty = np.zeros((1, len(evidence.factors)), dtype=bool)
    rows = zip(evidence.factors, DECIBANS * shares.values, DECIBANS * shares.errors, strict=True)
    return Shapley(
        node=node,
        prior_db=DECIBANS * float(game(empty)[0]),
        posterior_db=DECIBANS * float(game(~empty)[0]),
        rows=tuple(ShapleyRow(factor, float(db), float(error)) for factor, db, error in rows),
        is_exact=shares.is_exact,
    )


def _log_odds_game(evidence: Evidence, node: str) -> Game:
    leaves = leaves_of(evidence.problem, node)
    log_prior, logs = evidence.exact.log_prior, evidence.log_likelihoods

    def worth(inside: NDArray[np.bool_]) -> Floats:
        rows = max(1, BLOCK // max(1, inside.shape[1]))
        parts = [log_prior + inside[at : at + rows].astype(float) @ logs for at in range(0, len(inside), rows)]
        return np.concatenate([_log_sum(part[:, leaves]) - _log_sum(part[:, ~leaves]) for part in parts])

    return worth


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=1)
    return np.asarray(top + np.log(np.exp(terms - top[:, None]).sum(axis=1)))
