r"""What one would have to believe for a hypothesis to lead: the smallest change of judgements that makes it so.

Of every number that was elicited with a spread (two-valued statements of likelihoods and circumstances, attempts,
reaches, detections and reliabilities; ratios) the log odds of the mean, or the log, are moved by u of their own
elicited standard deviations: for a Beta √(ψ₁(α) + ψ₁(β)), its strength α + β being kept; for a ratio σ. Sought is the
u of smallest Euclidean length ‖u‖ at which no leaf outside the hypothesis is more probable than its best leaf. Prior
weights and correlations stay, and what is fixed (a point) has no spread to be measured by: whoever holds it
certain would have to say so first.

The log odds of a leaf over its rivals and their gradient come from the exact engine: a component's likelihood is linear
in the factor of any one fact, so that its derivatives in that fact's numbers are products with the fact's environment.
Only a reliability that several reports share enters several factors at once; there a difference is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import optimize, special

from falseflag.arrays import Distributions, Floats, Integers
from falseflag.case.conditions import is_at_or_below
from falseflag.case.edit import Keys
from falseflag.case.model import Case
from falseflag.distributions import Beta, LogNormal
from falseflag.explain.tipping import log_by_leaf
from falseflag.inference.exact.contraction import Factor, contract
from falseflag.inference.exact.factors import Block, Component, Factors
from falseflag.inference.exact.group_nodes import GroupNodes
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.exact.quadrature import truth_probability
from falseflag.numbers import Number, numbers_of
from falseflag.problem import Problem

STRETCH = 1.5
"""The list of changes is shortened as long as it is no longer than this times the smallest change."""

MOST_LISTED = 7
"""… or down to this many, if they can do it at all."""

MOST_MOVED = 150
"""Numbers that are moved at most: those that bear most on who leads."""

MISSED = 1e-7
"""A change that leaves its hypothesis behind by more, in log scores, does not do."""

ROUNDS = 6
"""How often the exact answer may correct the scores at the point found."""

LARGE = 100_000
"""Statements × nodes of groups from which on the search is made with correlations held at their means."""

SETTLED = 1e-8
"""Corrections that change log scores by less are taken to be final."""

FARTHEST = special.logit(0.9999)
"""Means are not moved beyond these log odds on either side, unless they are written there."""

STEP = 1e-5
"""Of differences, in log odds."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed judgement.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    kind : str
        As in a row of tipping points.
    written, needed : float
        The mean as it is and as it would have to be; the spread, as a strength, stays.
    deviations : float
        How far that is, in elicited standard deviations of the log odds, or of the log of a ratio.
    author_class : str
        Class of author that a learned statement is for; empty for all.
    """

    what: Keys
    kind: str
    written: float
    needed: float
    deviations: float
    author_class: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``robust --json``."""
        names = ("kind", "written", "needed", "deviations")
        return {"what": list(self.what), "class": self.author_class or None} | {n: getattr(self, n) for n in names}


@dataclass(frozen=True, slots=True)
class MinimalChange:
    """What one would have to believe.

    Parameters
    ----------
    node : str
        The hypothesis that is to lead.
    leaf : str or None
        Its leaf that then has caught up; None where no change does it.
    distance : float or None
        Length ‖u‖ of the smallest change of all; 0 where the hypothesis leads as it is.
    moved : int
        How many numbers the smallest change moves by more than a hundredth of its largest move.
    changes : tuple of Change
        A short list that suffices, the largest first.
    changes_distance : float or None
        The length of that list's change.
    """

    node: str
    leaf: str | None
    distance: float | None
    moved: int
    changes: tuple[Change, ...]
    changes_distance: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        names = ("node", "leaf", "distance", "moved", "changes_distance")
        return {name: getattr(self, name) for name in names} | {"changes": [c.to_dict() for c in self.changes]}


def minimal_change(exact: ExactPosterior, case: Case, node: str) -> MinimalChange:
    """Find the smallest change of judgements that makes a node, by one of its leaves, lead or tie."""
    problem = exact.problem
    scores = log_by_leaf(problem, exact.log_scores)
    inside = np.array([is_at_or_below(leaf, node) for leaf in problem.leaves])
    best = int(np.argmax(np.where(inside, scores, -np.inf)))
    if inside.all() or scores[best] >= scores[~inside].max():
        return MinimalChange(node, problem.leaves[best], 0.0, 0, (), 0.0)
    surrogate = _Surrogate.of(exact, case)
    rivals = np.flatnonzero(~inside & np.isfinite(scores))
    leaves = np.flatnonzero(inside & np.isfinite(scores)).tolist()
    margin, u = _nearest([_Margin(surrogate.held, leaf, rivals) for leaf in leaves])
    if u is not None:
        rough, margin = margin, replace(margin, surrogate=surrogate)
        u = margin.shortest_of(np.flatnonzero(u), u)
    if u is None:
        rough = margin = replace(margin, surrogate=surrogate)
        margin, u = _nearest([replace(margin, leaf=leaf) for leaf in leaves])
    if u is None:
        return MinimalChange(node, None, None, 0, (), None)
    margin, u = _exactly(margin, u)
    short = _shortened(replace(rough, leaf=margin.leaf), margin, u)
    u = min(u, short, key=np.linalg.norm)
    return MinimalChange(
        node=node,
        leaf=problem.leaves[margin.leaf],
        distance=float(np.linalg.norm(u)),
        moved=int((np.abs(u) > 0.01 * np.abs(u).max()).sum()),
        changes=_changes(surrogate, short),
        changes_distance=float(np.linalg.norm(short)),
    )


def _nearest(margins: Sequence[_Margin]) -> tuple[_Margin, Floats | None]:
    """Return the leaf that a shortest move of all brings level, and that move; None where none does."""
    reached = [(margin, u) for margin in margins if (u := margin.shortest()) is not None]
    return min(reached, key=lambda pair: float(np.linalg.norm(pair[1]))) if reached else (margins[0], None)


def _exactly(margin: _Margin, u: Floats) -> tuple[_Margin, Floats]:
    """Correct the scores by the exact answer at the solution and solve again, until that changes nothing."""
    for _ in range(2 if margin.surrogate.is_large else ROUNDS):
        surrogate = margin.surrogate.corrected(u)
        if np.abs(surrogate.correction - margin.surrogate.correction).max() < SETTLED:
            break
        margin = replace(margin, surrogate=surrogate)
        again = margin.shortest_of(np.flatnonzero(u), u)
        if again is None:
            break
        u = again
    return margin, u


def _changes(surrogate: _Surrogate, u: Floats) -> tuple[Change, ...]:
    order = np.argsort(-np.abs(u), kind="stable")[: int((u != 0).sum())]
    moved = [(surrogate.numbers[n], n) for n in order.tolist()]
    return tuple(
        Change(
            number.what,
            number.kind,
            number.written,
            number.at(number.log_odds + float(u[n] * surrogate.deviation[n])),
            float(u[n]),
            number.author_class,
        )
        for number, n in moved
    )


def _shortened(rough: _Margin, margin: _Margin, u: Floats) -> Floats:
    """Return a change of as few numbers as `STRETCH` and `MOST_LISTED` allow, chosen on a rough surrogate."""
    limit = STRETCH * float(np.linalg.norm(u))
    count = int((np.abs(u) > 1e-6 * np.abs(u).max()).sum())
    size, short = MOST_LISTED, u
    while size < count:  # the fewest above `MOST_LISTED` that can do it at all
        found = rough.shortest_of(np.argsort(-np.abs(u))[:size], u)
        if found is not None:
            short = found
            break
        size = int(1.5 * size)
    while (size := int((short != 0).sum())) > 1:
        fewer = rough.shortest_of(np.argsort(-np.abs(short))[: min(size - 1, MOST_LISTED)], short)
        if fewer is None or (size <= MOST_LISTED + 1 and float(np.linalg.norm(fewer)) > limit):
            break
        short = fewer
    found = margin.shortest_of(np.flatnonzero(short), short)
    if found is None:
        return u
    margin, short = _exactly(margin, found)
    return short if margin.ahead(short, np.arange(0))[0].min() > -MISSED else u


# Log scores of the leaves and their derivatives at a move


@dataclass(frozen=True)
class _Surrogate:
    """Log scores of the leaves at any move of the numbers that have a spread.

    Where groups are large the whole search is made with correlations held at their means, and `corrected` is exact all
    the same; elsewhere the search begins like that.

    Parameters
    ----------
    problem : Problem
    factors : Factors
    numbers : tuple of Number
    deviation : ndarray, shape (n,)
        Standard deviations of the log odds, or of the log.
    correction : ndarray, shape (H,)
        What is added to the scores: nodes of groups are those laid for the case as written, so that far from it the
        exact answer at a point may differ a little.
    """

    problem: Problem
    factors: Factors
    numbers: tuple[Number, ...]
    deviation: Floats
    correction: Floats
    exact: ExactPosterior

    @classmethod
    def of(cls, exact: ExactPosterior, case: Case) -> _Surrogate:
        numbers = tuple(n for n in numbers_of(exact.problem, case) if _can_move(n))
        deviation = np.array([_deviation(n) for n in numbers])
        problem, factors = exact.problem, exact.factors
        found = cls(problem, factors, numbers, deviation, np.zeros(len(problem.leaves)), exact)
        tables = [nodes.table.size for c in factors.components for block in c.blocks for nodes in block.nodes]
        return found.held if sum(tables) > LARGE else found

    @cached_property
    def held(self) -> _Surrogate:
        """The surrogate with correlations held at their means: nearly the same, and made in a third of the time."""
        correlation = self.problem.correlation
        if correlation.is_point.all():
            return self
        nothing = np.full(len(correlation), np.nan)
        problem = replace(self.problem, correlation=Distributions(nothing, nothing, correlation.mean))
        return replace(self, problem=problem, factors=self.factors.with_problem(problem))

    @property
    def is_large(self) -> bool:
        """Whether the exact answer at a move takes long."""
        return self.problem is not self.exact.problem

    def corrected(self, u: Floats) -> _Surrogate:
        """Return the surrogate with a correction that makes it exact at u."""
        problem = replace(self.problem_at(u), correlation=self.exact.problem.correlation)
        exact = problem.log_prior + self.exact.factors.with_problem(problem).log_likelihood
        with np.errstate(invalid="ignore"):
            gap = log_by_leaf(problem, exact) - (self.at(u, np.arange(0))[0] - self.correction)
        return replace(self, correction=np.nan_to_num(gap))

    def bounds(self, places: Integers) -> list[tuple[float, float]]:
        """Return how far some numbers may be moved, in standard deviations."""
        at = np.array([self.numbers[n].log_odds if self.numbers[n].is_probability else 0.0 for n in places])
        low, high = np.minimum(-FARTHEST, at) - at, np.maximum(FARTHEST, at) - at
        return list(zip(low / self.deviation[places], high / self.deviation[places], strict=True))

    def problem_at(self, u: Floats) -> Problem:
        """Return the problem with the numbers moved."""
        problem = self.problem
        for n in np.flatnonzero(u).tolist():
            problem = self._put(problem, n, u[n])
        return problem

    def _put(self, problem: Problem, n: int, u: float) -> Problem:
        number, step = self.numbers[n], float(u * self.deviation[n])
        value = number.distribution
        if isinstance(value, LogNormal):
            return number.put(problem, LogNormal(value.mu + step, value.sigma))
        assert isinstance(value, Beta)  # noqa: S101 (others have no spread)
        strength, log_odds = value.alpha + value.beta, number.log_odds + step
        moved = Beta(strength * float(special.expit(log_odds)), strength * float(special.expit(-log_odds)))
        return number.put(problem, moved)

    def at(self, u: Floats, places: Integers) -> tuple[Floats, Floats]:
        """Return the log scores, shape (H,), and their derivatives in some moves, shape (H, len(places))."""
        problem = self.problem_at(u)
        components = [component.on_same_nodes(problem) for component in self.factors.components]
        scores = problem.log_prior + sum((each.log_likelihood for each in components), np.zeros(len(problem.states)))
        slopes = np.zeros((len(scores), len(places)))
        own = np.array([self._mean_slope(n, u) for n in places])
        for column, n in enumerate(places.tolist()):
            number = self.numbers[n]
            if number.kind in {"circumstance", "attempt"}:
                mean, taken = problem.weights.mean[number.place], problem.choice[number.place]
                slopes[:, column] = np.where(taken == 0, mean[1], np.where(taken == 1, -mean[0], 0.0))
            elif number.kind == "ratio":
                slopes[:, column] = (problem.ratio_of == number.place).any(axis=0)
        for component in components if len(places) else ():
            slopes += _Slopes(component, self.numbers, places, own).by_state()
        by_leaf = log_by_leaf(problem, scores)
        with np.errstate(invalid="ignore"):
            share = np.nan_to_num(np.exp(scores - by_leaf[problem.leaf_of]))
        gradient = (problem.leaf_membership * share) @ slopes
        return by_leaf + self.correction, gradient * self.deviation[places]

    def _mean_slope(self, n: int, u: Floats) -> float:
        """Return the derivative of a mean in its log odds, m (1 - m)."""
        x = self.numbers[n].log_odds + float(u[n] * self.deviation[n])
        return float(special.expit(x) * special.expit(-x))


def _can_move(number: Number) -> bool:
    if number.kind == "correlation":
        return False
    value = number.distribution
    return isinstance(value, Beta) or (isinstance(value, LogNormal) and value.sigma > 0)


def _deviation(number: Number) -> float:
    value = number.distribution
    if isinstance(value, LogNormal):
        return value.sigma
    assert isinstance(value, Beta)  # noqa: S101
    return float(np.sqrt(special.polygamma(1, value.alpha) + special.polygamma(1, value.beta)))


@dataclass(frozen=True)
class _Slopes:
    """Derivatives of one component's log likelihood in the log odds of some numbers.

    Parameters
    ----------
    component : Component
        With all numbers moved.
    numbers : tuple of Number
    places : ndarray of int
        Which of them.
    own : ndarray
        Derivative of each one's mean in its log odds.
    """

    component: Component
    numbers: Sequence[Number]
    places: Integers
    own: Floats

    def by_state(self) -> Floats:
        """Return the derivatives, shape (S, len(places))."""
        component = self.component
        out = np.zeros((len(component.state), len(self.places)))
        by_fact: dict[int, list[int]] = {}
        for column, n in enumerate(self.places.tolist()):
            number = self.numbers[n]
            is_ratio = number.kind == "ratio"  # whose slope is taken in `_Surrogate.at`
            facts = [] if is_ratio else self.component.facts_of(number.kind, number.place)
            if len(facts) == 1:
                by_fact.setdefault(facts[0], []).append(column)
            elif facts:
                out[:, column] = self.by_difference(self.numbers[n], facts)
        for block in component.blocks:
            factors = dict(zip(component.active, component.factors(block), strict=True))
            weights, one = component.vertex_weights(block), Factor((), np.ones(len(block.patterns)))
            for fact, columns in by_fact.items():
                others = [each for other, each in factors.items() if other != fact] or [one]
                environment, _ = contract(others, weights, component.axes_of(fact))
                total = _summed(environment * factors[fact].table)
                for column in columns:
                    slope = self.factor_slope(column, fact, block, factors[fact].table)
                    change = _summed(environment * slope)
                    out[block.patterns, column] = np.where(total > 0, change / np.where(total > 0, total, 1.0), 0.0)
        return out[component.pattern_of]

    def factor_slope(self, column: int, fact: int, block: Block, whole: Floats) -> Floats:
        """Return the derivative of a fact's factor in the log odds of a number that it is linear in."""
        component, problem, number = self.component, self.component.problem, self.numbers[self.places[column]]
        place = self.group_place(fact)
        if number.kind == "likelihood" and place is not None:
            nodes = block.nodes[place]
            at = np.flatnonzero(nodes.used == number.place)
            if not len(at):
                return np.zeros_like(whole)
            step = np.zeros_like(nodes.table)
            step[at] = nodes_slope(nodes, problem, number.place, int(at[0]))
            ends = []
            for sign in (0.5, -0.5):
                held = replace(nodes, table=nodes.table + sign * step)
                ends.append(replace_nodes(component, fact, block, place, held))
            return ends[0] - ends[1]
        mean = self.mean_of(number)
        end = 0.0 if mean > 0.5 else 1.0
        changed = component.on_same_nodes(number.put(problem, end)).factor(fact, block).table
        return np.asarray((changed - whole) / (end - mean) * self.own[column])

    def group_place(self, fact: int) -> int | None:
        group = int(self.component.problem.group_of[fact])
        return self.component.groups.index(group) if group in self.component.groups else None

    def mean_of(self, number: Number) -> float:
        problem = self.component.problem
        if number.kind == "likelihood":
            return float(problem.statements.mean[number.place, 0])
        return float(getattr(problem, number.kind).mean[number.place])

    def by_difference(self, number: Number, facts: Sequence[int]) -> Floats:
        """Return the derivative in a number that enters the factors of several facts, shape (P,)."""
        component, problem = self.component, self.component.problem
        values = getattr(problem, number.kind)[np.array([number.place])]
        strength = float(values.alpha[0] + values.beta[0])
        x = float(special.logit(values.mean[0]))
        ends = []
        for sign in (1, -1):
            mean, rest = special.expit(x + sign * STEP), special.expit(-x - sign * STEP)
            moved = number.put(problem, Beta(strength * float(mean), strength * float(rest)))
            ends.append(component.on_same_nodes(moved, facts).log_likelihood_by_pattern)
        with np.errstate(invalid="ignore"):
            return np.nan_to_num((ends[0] - ends[1]) / (2 * STEP))


def _summed(table: Floats) -> Floats:
    """Sum over all but the patterns."""
    return np.asarray(table.reshape(len(table), -1).sum(axis=1))


def nodes_slope(nodes: GroupNodes, problem: Problem, statement: int, at: int) -> Floats:
    """Return the derivative of a statement's row of a group's table in the log odds of its mean, shape (Z,)."""
    pair = problem.statements.pairs[np.array([statement])]
    strength, x = float(pair.alpha[0] + pair.beta[0]), float(special.logit(pair.mean[0]))
    rows = []
    for sign in (1, -1):
        step = 1e-3 * sign
        moved = replace(pair, alpha=strength * special.expit([x + step]), beta=strength * special.expit([-x - step]))
        rows.append(truth_probability(moved, nodes.sign[[at]], nodes.shift, nodes.noise)[0])
    return np.asarray((rows[0] - rows[1]) / 2e-3)


def replace_nodes(component: Component, fact: int, block: Block, place: int, nodes: GroupNodes) -> Floats:
    """Return a fact's factor with other values of its group's statements at the nodes."""
    held = (*block.nodes[:place], nodes, *block.nodes[place + 1 :])
    return np.asarray(component.factor(fact, Block(block.patterns, held)).table)


# The shortest move


@dataclass(frozen=True)
class _Margin:
    """The search for the shortest move at which a leaf is level with its rivals.

    Parameters
    ----------
    surrogate : _Surrogate
    leaf : int
    rivals : ndarray of int
    """

    surrogate: _Surrogate
    leaf: int
    rivals: Integers

    def ahead(self, u: Floats, places: Integers) -> tuple[Floats, Floats]:
        """Return the log odds of the leaf over each rival, and their derivatives."""
        scores, slopes = self.surrogate.at(u, places)
        return scores[self.leaf] - scores[self.rivals], slopes[self.leaf] - slopes[self.rivals]

    def shortest(self) -> Floats | None:
        """Return the shortest move found from several starts; None if there is none."""
        every = np.arange(len(self.surrogate.numbers))
        if not len(every):
            return None
        ahead, slopes = self.ahead(np.zeros(len(every)), every)
        bears = np.abs(slopes).max(axis=0)
        places = np.sort(np.argsort(-bears, kind="stable")[: min(MOST_MOVED, int((bears > 1e-9).sum()))])
        behind = slopes[int(np.argmin(ahead))]
        starts = [np.zeros(len(every)), 2 * np.sign(behind) * (np.abs(behind) > 0.1 * np.abs(behind).max())]
        found = [u for start in starts if (u := self.shortest_of(places, start)) is not None]
        return min(found, key=lambda u: float(u @ u), default=None)

    def shortest_of(self, places: Integers, start: Floats) -> Floats | None:
        """Return the shortest move of some numbers, from a start; None if none is found."""
        surrogate = self.surrogate
        cache: dict[bytes, tuple[Floats, Floats]] = {}

        def spread(part: Floats) -> Floats:
            u = np.zeros(len(surrogate.numbers))
            u[places] = part
            return u

        def ahead(part: Floats) -> tuple[Floats, Floats]:
            key = part.tobytes()
            if key not in cache:
                cache.clear()
                cache[key] = self.ahead(spread(part), places)
            return cache[key]

        if not len(places):
            return None
        bounds = surrogate.bounds(places)
        found = optimize.minimize(
            lambda part: (part @ part / 2, part),
            np.clip(start[places], *np.array(bounds).T),
            jac=True,
            method="SLSQP",
            bounds=bounds,
            constraints={"type": "ineq", "fun": lambda p: ahead(p)[0], "jac": lambda p: ahead(p)[1]},
            options={"ftol": 1e-9, "maxiter": 60},
        )
        does = np.isfinite(found.x).all() and ahead(found.x)[0].min() > -MISSED
        return spread(found.x) if does else None
