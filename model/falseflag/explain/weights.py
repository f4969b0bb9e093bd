r"""Weights of evidence: what each item says for one set of states against another, in decibans.

For a set T of items, v(T) = 10 log₁₀ P(A | x_T) / P(B | x_T) is its coalition value. The weight of an item is its
Shapley value: the average of v(T ∪ {i}) - v(T) over all orders in which the items could come in, T being those before
it. Weights and prior odds add up to the posterior odds, and where the items are independent given A and given B a
weight is the plain log likelihood ratio.

Up to `MOST_EXACT` items all sets are enumerated. Beyond that, orders are drawn in units: a random circle of the items,
read from several places, forwards and backwards. Every item then stands equally often early and late, which takes out
most of the variance; the units are independent and give the standard error.

Given φ, the items are independent in every state, and the same orders serve all draws of φ. What these orders miss of
the exact Shapley value without φ given is taken off again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from falseflag.arrays import Floats, Integers, Mask
from falseflag.explain.analysis import Analysis, Contrast, Item, decibans, distinct, log_sum
from falseflag.inference.draws import LOWEST, Draws, log_scores
from falseflag.wording import INTERVAL

MOST_EXACT = 14
"""Items up to which all sets of them are enumerated."""

UNITS = 64
"""Units of orders at most; and `FEWEST` at least, for a standard error."""

FEWEST = 8

WANTED_ERROR = 0.05
"""Decibans of standard error at which no more orders are drawn."""

SEED = 20230503
"""Of the orders."""

MOST_DRAWS = 1000
"""Draws of φ behind an interval: quantiles of 5 % and 95 % need no more."""

MOST_ELEMENTS = 20_000_000
"""Draws × items × states of the log likelihoods given φ."""

MOST_TERMS = 20_000_000
"""Sets of items × draws × states in the intervals."""

CACHED = 200_000
"""So many of these are computed at once: they stay in a processor's cache."""

COMMON_UNITS = 2
"""Units of orders that the draws share at most."""


@dataclass(frozen=True)
class Orders:
    """Sets of items, and the steps between them whose average is a Shapley value.

    Parameters
    ----------
    sets : ndarray of bool, shape (sets, F)
    before, after, item : ndarray of int, shape (steps,)
        A step brings an item into the set `before`, which makes it the set `after`.
    matrix : ndarray, shape (F, sets)
        Turns coalition values into Shapley values.
    """

    sets: Mask
    before: Integers
    after: Integers
    item: Integers
    matrix: Floats

    @classmethod
    def of(cls, sets: Mask, before: Integers, after: Integers, item: Integers, weight: Floats) -> Orders:
        """Sum up weighted steps."""
        matrix = np.zeros((sets.shape[1], len(sets)))
        np.add.at(matrix, (item, after), weight)
        np.subtract.at(matrix, (item, before), weight)
        return cls(sets, before, after, item, matrix)

    @classmethod
    def every(cls, items: int) -> Orders:
        """Enumerate all sets; set number b holds item f where bit f of b is set."""
        number = np.arange(2**items)
        sets = (number[:, None] >> np.arange(items)) & 1 == 1
        item, before = np.nonzero(~sets.T)
        size = sets.sum(axis=1)[before]
        weight = np.exp(special.gammaln(size + 1) + special.gammaln(items - size) - special.gammaln(items + 1))
        return cls.of(sets, before, before | (1 << item), item, weight)

    @classmethod
    def drawn(cls, items: int, rng: np.random.Generator, starts: int) -> Orders:
        """Draw one unit: a circle of the items read from some places, forwards and backwards."""
        circle = rng.permutation(items)
        turned = np.stack([np.roll(circle, -items * n // starts) for n in range(starts)])
        orders = np.concatenate([turned, turned[:, ::-1]])
        place = np.argsort(orders, axis=1)
        prefixes = place[:, None, :] < np.arange(items + 1)[:, None]  # (orders, steps, items)
        sets, which = distinct(prefixes.reshape(-1, items))
        which = which.reshape(len(orders), items + 1)
        weight = np.full(orders.size, 1 / len(orders))
        return cls.of(sets, which[:, :-1].ravel(), which[:, 1:].ravel(), orders.ravel(), weight)

    def ruling_out(self, ruled_out: Integers) -> Mask:
        """Return which items bring a set to rule out a side that it did not, shape (F,)."""
        changes = ruled_out[self.after] != ruled_out[self.before]
        found = np.zeros(self.sets.shape[1], dtype=bool)
        found[self.item[changes]] = True
        return found


@dataclass(frozen=True, slots=True)
class Weight:
    """What one item weighs.

    Parameters
    ----------
    factor : str
        An ungrouped indicator, or a group.
    is_group : bool
    db : float
        Decibans for the one side against the other; negative where it speaks for the other.
    error : float
        Standard error; 0 where all sets of items were enumerated.
    interval : tuple of float or None
        5 % to 95 % range of the weight given φ, under p(φ | x).
    ruled_out : bool
        Whether it rules a side out, which counts as 1000 decibans.
    """

    factor: str
    is_group: bool
    db: float
    error: float = 0.0
    interval: tuple[float, float] | None = None
    ruled_out: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``explain --json``."""
        row = {
            "factor": self.factor,
            "is_group": self.is_group,
            "db": self.db,
            "interval": None if self.interval is None else list(self.interval),
            "error": self.error,
        }
        return row | ({"ruled_out": True} if self.ruled_out else {})


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of all items; `prior_db` and they add up to `posterior_db`.

    Parameters
    ----------
    for_, against : str
        The two sets of states; ``others`` stands for all states that are not in the first.
    prior_db, posterior_db : float
        Odds of the one against the other before and after the evidence, in decibans.
    rows : tuple of Weight
    is_exact : bool
        Whether all sets of items were enumerated.
    """

    for_: str
    against: str
    prior_db: float
    posterior_db: float
    rows: tuple[Weight, ...]
    is_exact: bool


def weigh(analysis: Analysis, contrasts: Sequence[Contrast], *, with_intervals: bool = True) -> list[Weights]:
    """Weigh the evidence for one set of states against another; the first contrast's weights get intervals.

    Parameters
    ----------
    analysis : Analysis
    contrasts : sequence of Contrast
        Which share all that is computed.
    with_intervals : bool
    """
    items = analysis.items
    values, errors, rules_out, is_exact = _shapley(analysis, contrasts)
    ends = values_of(analysis, np.array([[False], [True]]).repeat(len(items), axis=1), contrasts)[0]
    found = []
    for number, contrast in enumerate(contrasts):
        intervals = _intervals(analysis, contrast, values[number]) if with_intervals and number == 0 else None
        rows = [
            Weight(
                factor=item.name,
                is_group=item.is_group,
                db=float(values[number, f]),
                error=float(errors[number, f]),
                interval=None if intervals is None else (float(intervals[0, f]), float(intervals[1, f])),
                ruled_out=bool(rules_out[number, f]),
            )
            for f, item in enumerate(items)
        ]
        before, after = ends[number].tolist()
        found.append(Weights(contrast.for_, contrast.against, before, after, tuple(rows), is_exact))
    return found


def values_of(analysis: Analysis, sets: Mask, contrasts: Sequence[Contrast]) -> tuple[Floats, Integers]:
    """Return the coalition value of each set in each contrast, and which sides it rules out: 1, 2 or both, 3.

    Returns
    -------
    values : ndarray, shape (contrasts, sets)
    ruled_out : ndarray of int, shape (contrasts, sets)
    """
    parts: list[list[tuple[Floats, Integers]]] = []
    for scores in analysis.coalitions.in_blocks(sets, analysis.problem.log_prior):
        impossible = np.isneginf(scores)
        parts.append(
            [
                (c.decibans(scores), impossible[:, c.first].all(axis=1) + 2 * impossible[:, c.second].all(axis=1))
                for c in contrasts
            ]
        )
    values = [np.concatenate([part[n][0] for part in parts]) for n in range(len(contrasts))]
    ruled_out = [np.concatenate([part[n][1] for part in parts]) for n in range(len(contrasts))]
    return np.array(values), np.array(ruled_out)


def _shapley(analysis: Analysis, contrasts: Sequence[Contrast]) -> tuple[Floats, Floats, Mask, bool]:
    """Return Shapley values, their standard errors and what rules a side out, shape (contrasts, F) each."""
    items = len(analysis.items)
    shape = (len(contrasts), items)
    if items <= MOST_EXACT:
        orders = Orders.every(items)
        values, ruled_out = values_of(analysis, orders.sets, contrasts)
        rules_out = np.array([orders.ruling_out(each) for each in ruled_out]).reshape(shape)
        return values @ orders.matrix.T, np.zeros(shape), rules_out, True
    rng, rules_out = np.random.default_rng(SEED), np.zeros(shape, dtype=bool)
    found: list[Floats] = []
    while len(found) < UNITS:
        orders = Orders.drawn(items, rng, _starts(items))
        values, ruled_out = values_of(analysis, orders.sets, contrasts)
        found.append(values @ orders.matrix.T)
        rules_out |= np.array([orders.ruling_out(each) for each in ruled_out])
        if len(found) >= FEWEST and _error(found).max() < WANTED_ERROR:
            break
    return np.mean(found, axis=0), _error(found), rules_out, False


def _starts(items: int) -> int:
    """Return from how many places a circle is read."""
    return min(items, 40)


def _error(found: Sequence[Floats]) -> Floats:
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    return np.where(error < 1e-9, 0.0, error)


def _intervals(analysis: Analysis, contrast: Contrast, exact: Floats) -> Floats:
    """Return 5 % and 95 % quantiles of the Shapley values given φ, shape (2, F)."""
    items, states = len(analysis.items), len(analysis.problem.states)
    if not items:
        return np.zeros((2, 0))
    draws = analysis.draws.thinned(max(100, min(MOST_DRAWS, MOST_ELEMENTS // (items * states))))
    logs = item_logs(analysis, draws, analysis.items)
    found, missed = [], []
    for orders in _common_orders(items, MOST_TERMS // (len(draws) * states)):
        found.append(orders.matrix @ _given(orders.sets, logs, draws, contrast))
        missed.append(orders.matrix @ values_of(analysis, orders.sets, [contrast])[0][0] - exact)
    given = np.mean(found, axis=0) - np.mean(missed, axis=0)[:, None]
    return np.asarray(np.quantile(given, INTERVAL, axis=1))


def _common_orders(items: int, most_sets: int) -> list[Orders]:
    """Return orders that all draws share, of about so many sets at most: every one, or some units."""
    if 2**items <= min(most_sets, items**2 * COMMON_UNITS):
        return [Orders.every(items)]
    rng = np.random.default_rng(SEED)
    starts = max(1, min(_starts(items), most_sets // (2 * items)))
    units = max(1, min(COMMON_UNITS, most_sets // (items * starts)))
    return [Orders.drawn(items, rng, starts) for _ in range(units)]


def item_logs(analysis: Analysis, draws: Draws, items: Sequence[Item]) -> Floats:
    """Return log P(x_i | s, φ) of each item, draw and state, shape (F, n, S)."""
    return np.stack([log_scores(analysis.problem, draws, item.facts) for item in items])


def _given(sets: Mask, logs: Floats, draws: Draws, contrast: Contrast) -> Floats:
    """Return the coalition value of each set at each draw of φ, shape (sets, n)."""
    log_prior = np.log(np.maximum(draws.prior, np.finfo(float).tiny))
    size = max(1, CACHED // log_prior.size)
    flat = logs.reshape(len(logs), -1)
    has_impossible = bool(logs.min() < LOWEST / 2)
    found = []
    for at in range(0, len(sets), size):
        scores = (sets[at : at + size].astype(float) @ flat).reshape(-1, *log_prior.shape) + log_prior
        if has_impossible:
            scores[scores < LOWEST / 2] = -np.inf
        found.append(contrast.decibans(scores))
    return np.concatenate(found)


NOTHING_DB = 0.5
"""An indicator says nothing if no two states are further apart on it than this."""

STRONG_DB = 20.0
"""A single indicator is suspiciously strong if two states are further apart on it: odds of a hundred to one."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Indicators with evidence, by how far the most different states are apart on them, each indicator taken alone.

    Parameters
    ----------
    tells_nothing, too_strong : tuple of str
    strongest : mapping of str to float
        The largest weight of each between any two states, in decibans; 1000 where it rules one out.
    """

    tells_nothing: tuple[str, ...]
    too_strong: tuple[str, ...]
    strongest: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``explain --json``."""
        return {"tells_nothing": list(self.tells_nothing), "too_strong": list(self.too_strong)}


def flag(analysis: Analysis) -> Flags:
    """Point out the indicators that say nothing or suspiciously much."""
    strongest = {}
    for fact in np.flatnonzero(analysis.problem.is_evidence).tolist():
        logs = analysis.alone(fact)
        strongest[analysis.problem.indicators[fact]] = float(
            decibans(logs.max(keepdims=True), logs.min(keepdims=True))[0]
        )
    return Flags(
        tells_nothing=tuple(name for name, db in strongest.items() if db <= NOTHING_DB),
        too_strong=tuple(name for name, db in strongest.items() if db > STRONG_DB),
        strongest=strongest,
    )


def by_leaf(analysis: Analysis, log_likelihood: Floats) -> Floats:
    """Return log P(evidence | leaf), shape (n, H), from log P(evidence | state), shape (n, S); -inf if impossible."""
    prior, membership = analysis.problem.log_prior, analysis.problem.leaf_membership.astype(bool)
    columns = [log_sum(prior + log_likelihood, members) - log_sum(prior, members) for members in membership]
    return np.stack(columns, axis=1)


def against_average(analysis: Analysis, logs: Floats) -> Floats:
    """Return how many decibans evidence alone raises each leaf by, from log P(evidence | leaf), shape (n, H).

    That is P(evidence | leaf) against its average over all leaves by their prior weights.
    """
    prior = analysis.problem.leaf_membership @ analysis.problem.prior
    average = special.logsumexp(logs + np.log(prior), axis=1, keepdims=True)
    return decibans(logs, np.broadcast_to(average, logs.shape))
