r"""Tipping points: how far a single elicited number must move before another leaf leads.

Each number is moved with all else as written, from what was written (its mean) to the nearest value, in log odds (for
weights and ratios in logs), at which the leading leaf has an equal. A move by more than `FARTHEST` in the odds is
nothing that anybody could weigh, and is not offered.

In most numbers p every state's score is linear. Then a leaf's score is

    one · p + zero · (1 - p),

with its scores at p = 1 and at p = 0 summed over its states, of which some take the number and some do not, so that two
leaves are equal at the odds (zero_rival - zero_leader) / (one_leader - one_rival). That holds for the share of a weight
among its siblings' (their proportions stay), for likelihoods, detections, attempts and reaches, for the reliability of
a single report, and for a ratio, which stands for the odds itself.

Likelihoods in a dependence group, the reliability of a source with several reports, and correlations are held as a
point; the scores are then curves in its log odds, of which the crossing nearest to what is written is sought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from scipy import special

from falseflag.arrays import Distributions, Floats, Integers, Mask
from falseflag.case.edit import Keys
from falseflag.case.model import Case
from falseflag.distributions import Point
from falseflag.errors import RequestError
from falseflag.inference.exact.contraction import contract
from falseflag.inference.exact.factors import AT_ONCE, Block, Component
from falseflag.inference.exact.group_nodes import GroupNodes
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.exact.quadrature import truth_probability
from falseflag.numbers import Number, numbers_of
from falseflag.problem import NOTHING, Problem

FARTHEST = 1e6
"""The largest factor in the odds that is offered."""

TIE = 1e-9
"""Log scores this near count as equal."""

BESIDE = 1e-6
"""How far beyond a tipping point, in log odds, it is looked who leads there."""

LARGE = 20_000
"""Nodes of a group from which on the curve is looked at in fewer places."""

MOST_FINE = 10_000_000
"""Statements × nodes of groups from which on no finer nodes are laid."""

LIKELIHOOD_GRID = np.linspace(-20.0, 20.0, 81)
RELIABILITY_GRID = np.linspace(-7.0, 7.0, 29)
CORRELATION_GRID = np.linspace(-6.0, 6.0, 13)
"""Log odds between which curves are looked at for crossings."""


@dataclass(frozen=True, slots=True)
class Tipping:
    """How far one elicited number is from overturning the answer.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file; for one of several weights, its value comes last.
    kind : str
        prior, circumstance, attempt, likelihood, ratio, detection, reach, reliability or correlation.
    written : float
        The weight of a hypothesis as written; else the mean, of weights as a probability.
    tips_at : float or None
        None where no value within a factor of `FARTHEST` changes the leader.
    new_leader : str or None
    odds_factor : float or None
        How far that is, as a factor (1 or more) in the odds; for a weight or a ratio, in itself.
    author_class : str
        Class of author that a learned statement is for; empty for all.
    """

    what: Keys
    kind: str
    written: float
    tips_at: float | None = None
    new_leader: str | None = None
    odds_factor: float | None = None
    author_class: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``robust --json``."""
        names = ("kind", "written", "tips_at", "new_leader", "odds_factor")
        return {"what": list(self.what), "class": self.author_class or None} | {n: getattr(self, n) for n in names}


def tipping(exact: ExactPosterior, case: Case, among: Sequence[str] = ()) -> tuple[Tipping, ...]:
    """Return the tipping point of every elicited number: priors first, then all that the evidence is weighed by.

    Parameters
    ----------
    exact : ExactPosterior
        The answer to the case as written.
    case : Case
    among : sequence of str
        Nodes that exclude each other, one of which leads; by default the leaves.
    """
    paths = _Paths(exact, among or exact.problem.leaves)
    return tuple(_row(number, paths) for number in numbers_of(exact.problem, case))


def _row(number: Number, paths: _Paths) -> Tipping:
    row = Tipping(number.what, number.kind, number.written, author_class=number.author_class)
    path = paths.of(number) if np.isfinite(number.log_odds) else None
    tip = None if path is None else _tip(path, paths.leader, number.log_odds)
    if tip is None:
        return row
    x, leaf = tip
    factor = float(np.exp(abs(x - number.log_odds)))
    return replace(row, tips_at=number.at(x), new_leader=paths.names[leaf], odds_factor=factor)


def nearest(rows: Iterable[Tipping]) -> Tipping | None:
    """Return the tipping point that is the least factor away, the first of equals, if there is any."""
    found = [row for row in rows if row.odds_factor is not None]
    least = min((row.odds_factor for row in found if row.odds_factor is not None), default=np.inf)
    return next((row for row in found if row.odds_factor is not None and row.odds_factor <= least * (1 + TIE)), None)


def leader_of(log_leaves: Floats) -> int:
    """Return the leaf with the highest log score, the first of those that are level."""
    return int(np.argmax(log_leaves >= log_leaves.max() - TIE))


def log_by_leaf(problem: Problem, log_scores: Floats) -> Floats:
    """Sum the scores of states within leaves, shape (..., H), in logs."""
    return log_by_set(problem.leaf_membership, log_scores)


def log_by_set(membership: Floats, log_scores: Floats) -> Floats:
    """Sum the scores of states within sets of them, shape (..., sets), in logs."""
    top = log_scores.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(log_scores - top) @ membership.T) + top)


# How the scores of leaves depend on one number


class _Path(Protocol):
    """Log scores of the leaves along the log odds x of one number."""

    def at(self, x: float) -> Floats:
        """Return the log scores at x, shape (H,)."""

    def crossings(self, leader: int, start: float) -> Iterable[float]:
        """Return values of x at which the leader may have an equal."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Scores one · p + zero · (1 - p) up to a common factor, p having log odds x; both in logs, shape (H,)."""

    zero: Floats
    one: Floats

    def at(self, x: float) -> Floats:
        return np.asarray(np.logaddexp(self.one + special.log_expit(x), self.zero + special.log_expit(-x)))

    def crossings(self, leader: int, start: float) -> Iterable[float]:  # noqa: ARG002 (those of a line are all known)
        falls, log_fall = _log_difference(self.zero, self.zero[leader])
        rises, log_rise = _log_difference(self.one[leader], self.one)
        meets = (falls == rises) & (falls != 0)
        return [float(x) for x in log_fall[meets] - log_rise[meets]]


def _log_difference(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Return the sign of exp(a) - exp(b), 0 where they are level, and the log of its size."""
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = np.nan_to_num(a - b, nan=0.0)
        return np.where(np.abs(gap) < TIE, 0.0, np.sign(gap)), np.maximum(a, b) + np.log(-np.expm1(-np.abs(gap)))


@dataclass(frozen=True, slots=True)
class _Curve:
    """Scores known at any x, shape (len(x), H), and at the points of a grid."""

    scores: Callable[[Floats], Floats]
    grid: Floats
    on_grid: Floats

    def at(self, x: float) -> Floats:
        return np.asarray(self.scores(np.array([x]))[0])

    def crossings(self, leader: int, start: float) -> Iterable[float]:
        from scipy import optimize  # noqa: PLC0415  (takes a tenth of a second, and most cases have lines alone)

        def lead(x: float) -> float:
            return float(_lead(self.at(x), leader))

        points, ahead = self.grid, _lead(self.on_grid, leader)
        for place in _dips(ahead):  # the lead may be lost and won again between two points
            low, high = points[place - 1], points[place + 1]
            found = optimize.minimize_scalar(lead, bounds=(low, high), method="bounded", options={"xatol": 1e-3})
            if found.fun < 0:
                at = int(np.searchsorted(points, found.x))
                points, ahead = np.insert(points, at, found.x), np.insert(ahead, at, found.fun)
        cells = np.flatnonzero((ahead[:-1] >= 0) != (ahead[1:] >= 0))
        middle = (points[cells] + points[cells + 1]) / 2
        near = cells[np.argsort(np.abs(middle - start))[:2]]
        return [float(optimize.brentq(lead, points[cell], points[cell + 1], xtol=1e-12)) for cell in near]


def _lead(log_leaves: Floats, leader: int) -> Floats:
    """Return by how much the leader's log score exceeds the next one's, shape (...,)."""
    others = np.delete(log_leaves, leader, axis=-1).max(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.clip(np.nan_to_num(log_leaves[..., leader] - others, nan=0.0), -1e3, 1e3)


def _dips(lead: Floats) -> Integers:
    """Return the inner points at which a lead is least and small enough to be lost nearby; the last first."""
    inner = lead[1:-1]
    fall = np.maximum(lead[:-2], lead[2:]) - inner
    return np.flatnonzero((inner > 0) & (inner <= lead[:-2]) & (inner <= lead[2:]) & (inner < fall))[::-1] + 1


def _tip(path: _Path, leader: int, start: float) -> tuple[float, int] | None:
    """Return the nearest x at which the lead changes, and who leads beyond."""
    found = [x for x in path.crossings(leader, start) if abs(x - start) <= np.log(FARTHEST)]
    for x in sorted(found, key=lambda x: abs(x - start)):
        level = abs(x - start) < BESIDE
        for side in (1.0, -1.0) if level else (np.sign(x - start), -np.sign(x - start)):
            scores = path.at(x + side * BESIDE)
            best = int(np.argmax(scores))
            if best != leader and scores[best] > scores[leader]:
                return x, best
    return None


# The path of each number


class _Paths:
    """How the scores of leaves, or of other nodes that exclude each other, depend on each number of an answer."""

    def __init__(self, exact: ExactPosterior, names: Sequence[str]) -> None:
        self.names, self.membership = names, np.array([exact.problem.membership[name] for name in names], dtype=float)
        self.problem, self.components, self.log_scores = exact.problem, exact.factors.components, exact.log_scores
        self.evidence = exact.factors.evidence
        self.leader = leader_of(self.by_leaf(exact.log_scores))
        self._environments: dict[tuple[int, int], list[tuple[Floats, Floats]]] = {}
        self._in_block: dict[tuple[int, int, int], tuple[Floats, Floats]] = {}
        self._on_grid: dict[tuple[int, float], Floats] = {}
        self._fine: dict[int, Component | None] = {}
        self._shared: dict[int, Floats] = {}
        self._polynomials: dict[int, list[_Polynomial]] = {}

    def by_leaf(self, log_scores: Floats) -> Floats:
        return log_by_set(self.membership, log_scores)

    def of(self, number: Number) -> _Path | None:
        """Return the path of a number; None where the answer does not depend on it."""
        match number.kind:
            case "prior" | "circumstance" | "attempt":
                return self.share(number.place, number.alternative)
            case "ratio":
                return self.ratio(number)
            case "reliability":
                return self.reliability(number)
            case "correlation":
                return self.correlation(number)
            case _:
                return self.of_fact(number)

    def of_fact(self, number: Number) -> _Path | None:
        """Return the path of a likelihood, a detection or a reach."""
        problem = self.problem
        taken = {"detection": problem.detection_of, "reach": problem.reach_of}.get(number.kind)
        if taken is None:
            fact = int(problem.statement_indicator[number.place])
        else:
            fact = int(np.argmax((taken == number.place).any(axis=1)))
        place = self.component(fact)
        if place is None:
            return None
        if number.kind == "likelihood" and problem.group_of[fact] in self.components[place].groups:
            return self.in_group(place, fact, number)
        return self.line(place, fact, number)

    def ratio(self, number: Number) -> _Path:
        takes = (self.problem.ratio_of == number.place).any(axis=0)
        with_, without = np.where(takes, self.log_scores, -np.inf), np.where(takes, -np.inf, self.log_scores)
        return _Line(self.by_leaf(without), self.by_leaf(with_) - number.log_odds)

    def share(self, place: int, k: int) -> _Path:
        """Return the scores along an alternative's share of a branching."""
        mean, taken, scores = self.problem.weights.mean[place], self.problem.choice[place], self.log_scores
        log_own, log_rest = np.log(mean[k]), np.log(np.delete(mean, k).sum())
        own, beside = taken == k, (taken != k) & (taken != NOTHING)
        one = np.where(beside, -np.inf, scores - np.where(own, log_own, 0.0))
        zero = np.where(own, -np.inf, scores - np.where(beside, log_rest, 0.0))
        return _Line(self.by_leaf(zero), self.by_leaf(one))

    def component(self, fact: int) -> int | None:
        """Return the place of the component in which there is evidence on a fact, if there is any."""
        return next((n for n, each in enumerate(self.components) if fact in each.active), None)

    def but_for(self, places: Sequence[int]) -> Floats:
        """Return the log scores but for the evidence of some components, shape (S,)."""
        logs = [each.log_likelihood for n, each in enumerate(self.components) if n not in places]
        return self.problem.log_prior + sum(logs, np.zeros(len(self.problem.states)))

    def line(self, place: int, fact: int, number: Number) -> _Line:
        """Return the scores along a number that one fact's factor is linear in."""
        component = self.components[place]
        if (place, fact) not in self._environments:
            found = [component.environment(fact, block) for block in component.blocks]
            self._environments[place, fact] = found
        logs = np.empty((2, len(component.state)))
        for end in (0, 1):
            changed = component.on_same_nodes(number.put(self.problem, float(number.at(np.inf if end else -np.inf))))
            parts = zip(component.blocks, self._environments[place, fact], strict=True)
            for block, (table, log_scale) in parts:
                whole = (table * changed.factor(fact, block).table).reshape(len(block.patterns), -1).sum(axis=1)
                with np.errstate(divide="ignore"):
                    logs[end, block.patterns] = np.log(whole) + log_scale
        return _Line(*self.by_leaf(self.but_for([place]) + logs[:, component.pattern_of]))

    def in_group(self, place: int, fact: int, number: Number) -> _Path:
        """Return the scores as a statement in a dependence group is held at a point."""
        component = self.fine(place)
        if component is None:
            return self.answered([place], LIKELIHOOD_GRID[::4], number)
        parts = []
        for b, block in enumerate(component.blocks):
            nodes = block.nodes[component.groups.index(int(self.problem.group_of[fact]))]
            if number.place in nodes.used:
                if (place, fact, b) not in self._in_block:
                    if any(key[:2] != (place, fact) for key in self._in_block):
                        self._in_block.clear()  # statements come fact by fact
                    self._in_block[place, fact, b] = component.environment(fact, block)
                parts.append(_Part.of(component, block, fact, number.place, self._in_block[place, fact, b]))
        rest, pattern_of = self.but_for([place]), component.pattern_of
        is_large = sum(len(part.nodes.shift) for part in parts) > LARGE
        grid = LIKELIHOOD_GRID[::4] if is_large else LIKELIHOOD_GRID

        def log_scores(values: Iterable[Floats], count: int) -> Floats:
            logs = np.repeat(component.log_likelihood_by_pattern[None], count, axis=0)
            for part, table in zip(parts, values, strict=True):
                logs[:, part.patterns] = part.log_likelihood(table)
            return self.by_leaf(rest + logs[:, pattern_of])

        on_grid = log_scores((part.told(grid) if is_large else self.told_on_grid(part) for part in parts), len(grid))
        return _Curve(lambda x: log_scores((part.told(x) for part in parts), len(x)), grid, on_grid)

    def told_on_grid(self, part: _Part) -> Floats:
        """Return what all statements at the same nodes with the same sign have in common."""
        key = (id(part.nodes), part.sign)
        if key not in self._on_grid:
            self._on_grid[key] = part.told(LIKELIHOOD_GRID)
        return self._on_grid[key]

    def fine(self, place: int) -> Component | None:
        """Return a component on nodes that suit any statement held as a point; None where they would be too many.

        One that is large already is taken as it is.
        """
        if place not in self._fine:
            component = self.components[place]
            size = sum(nodes.table.size for block in component.blocks for nodes in block.nodes)
            fine = replace(component, for_points=True) if size < MOST_FINE else component
            self._fine[place] = fine
            try:
                fine.blocks  # noqa: B018 (lays the nodes)
            except RequestError:
                self._fine[place] = None
        return self._fine[place]

    def reliability(self, number: Number) -> _Path | None:
        reports = self.problem.reports
        own = np.flatnonzero((reports.reliability_of == number.place).any(axis=1) & self.evidence.reports)
        if not len(own):
            return None
        facts = reports.indicator[own].tolist()
        places = sorted({place for fact in facts if (place := self.component(fact)) is not None})
        if len(own) == 1:
            return self.line(places[0], facts[0], number)
        takes = reports.reliability_of[own[0]] == number.place
        return self.shared(int(reports.slot[own[0]]), takes, places)

    def shared(self, slot: int, takes: Mask, places: Sequence[int]) -> _Path:
        """Return the scores as a reliability behind several reports is held at a point, in the states that take it."""
        rest = self.but_for(places)
        if slot not in self._polynomials:
            self._polynomials[slot] = [_Polynomial.of(self.components[n], slot) for n in places]
        polynomials = self._polynomials[slot]

        def held(x: Floats) -> Floats:
            values = special.expit(x)
            return rest + sum(polynomial.log_at(values) for polynomial in polynomials)

        def scores(states: Floats) -> Floats:
            return self.by_leaf(np.where(takes, states, self.log_scores))

        if slot not in self._shared:
            self._shared[slot] = held(RELIABILITY_GRID)
        return _Curve(lambda x: scores(held(x)), RELIABILITY_GRID, scores(self._shared[slot]))

    def correlation(self, number: Number) -> _Path | None:
        group = self.problem.groups.index(self.problem.correlation_names[number.place].owner)
        places = [n for n, each in enumerate(self.components) if group in each.groups]
        return self.answered(places, CORRELATION_GRID, number) if places else None

    def answered(self, places: Sequence[int], grid: Floats, number: Number) -> _Curve:
        """Return the scores with some components answered anew at each value."""
        rest = self.but_for(places)

        def scores(x: Floats) -> Floats:
            rows = []
            for log_odds in x.tolist():
                problem = number.put(self.problem, number.at(log_odds))
                rows.append(rest + sum(self.components[n].with_problem(problem).log_likelihood for n in places))
            return self.by_leaf(np.array(rows))

        return _Curve(scores, grid, scores(grid))


@dataclass(frozen=True, slots=True)
class _Part:
    """A block of patterns whose likelihood is Σ_z one_z F(z) + zero_z (1 - F(z)), F being a statement's value at z.

    Parameters
    ----------
    patterns : ndarray of int, shape (P,)
    nodes : GroupNodes
    sign : float
        1 where F is the probability of the first value, -1 for the second.
    one, zero : ndarray, shape (P, Z)
    log_scale : ndarray, shape (P,)
    """

    patterns: Integers
    nodes: GroupNodes
    sign: float
    one: Floats
    zero: Floats
    log_scale: Floats

    @classmethod
    def of(cls, component: Component, block: Block, fact: int, statement: int, outside: tuple[Floats, Floats]) -> _Part:
        place = component.groups.index(int(component.problem.group_of[fact]))
        nodes = block.nodes[place]
        environment, log_scale = outside
        told = component.told(fact, block)
        at = np.flatnonzero(nodes.used == statement)
        ends = []
        for value in (0.0, 1.0):
            table = nodes.table.copy()
            table[at] = value
            held = (*block.nodes[:place], replace(nodes, table=table), *block.nodes[place + 1 :])
            truths = component.truths(fact, Block(block.patterns, held))
            total: Floats | float = 0.0
            for (itself, planted), report in zip(truths, told, strict=True):
                told_here = (environment * report[:, None]).reshape(*environment.shape[:2], -1).sum(axis=2)
                total = total + told_here * (itself + planted)
            ends.append(np.asarray(total))
        return cls(block.patterns, nodes, float(nodes.sign[at[0]]), ends[1], ends[0], log_scale)

    def told(self, x: Floats) -> Floats:
        """Return F at some log odds of the statement, shape (len(x), Z)."""
        points = Distributions.of([Point(value) for value in special.expit(x).tolist()])
        sign = np.full(len(points), self.sign)
        return truth_probability(points, sign, self.nodes.shift, self.nodes.noise)

    def log_likelihood(self, table: Floats) -> Floats:
        """Return the log likelihood of each pattern at each row of F, shape (rows, P)."""
        whole = self.zero.sum(axis=1) + table @ (self.one - self.zero).T
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(np.maximum(whole, 0.0)) + self.log_scale)


@dataclass(frozen=True, slots=True)
class _Polynomial:
    """The likelihood of a component as a polynomial in a source's reliability.

    Its degree is the number of the source's reports. It is kept as its values at Chebyshev points, and evaluated by the
    second barycentric formula (Berrut and Trefethen 2004, *Barycentric Lagrange interpolation*, SIAM Review 46,
    501-517).

    Parameters
    ----------
    points, weights : ndarray, shape (degree + 1,)
    values : ndarray, shape (degree + 1, S)
        Over a scale for each state.
    log_scale : ndarray, shape (S,)
    """

    points: Floats
    weights: Floats
    values: Floats
    log_scale: Floats

    @classmethod
    def of(cls, component: Component, slot: int) -> _Polynomial:
        reports = component.problem.reports
        own = (reports.slot == slot) & component.evidence.reports & np.isin(reports.indicator, component.facts)
        degree = max(1, int(own.sum()))
        points: Floats = (1 + np.cos(np.pi * np.arange(degree + 1) / degree)) / 2
        weights = np.asarray((-1.0) ** np.arange(degree + 1), float)
        weights[[0, -1]] /= 2
        logs = _at_reliability(component, slot, points)
        top = logs.max(axis=0)
        top = np.where(np.isfinite(top), top, 0.0)
        return cls(points, weights, np.exp(logs - top), top)

    def log_at(self, values: Floats) -> Floats:
        """Return log likelihoods at some reliabilities, shape (values, S)."""
        difference = values[:, None] - self.points
        exact = difference == 0
        terms = self.weights / np.where(exact, 1.0, difference)
        terms = np.where(exact.any(axis=1, keepdims=True), exact.astype(float), terms)
        found = (terms @ self.values) / terms.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.maximum(found, 0.0)) + self.log_scale)


@dataclass(frozen=True)
class _AtValues(Component):
    """A component with one source's reliability at given values in place of quadrature nodes."""

    slot: int = NOTHING
    values: tuple[float, ...] = ()

    def _reliabilities(self, block: Block, more: int) -> dict[int, tuple[Floats, Floats]]:
        shape = (len(block.patterns), len(self.values))
        others = replace(self, slots=tuple(s for s in self.slots if s != self.slot))
        others.__dict__.update(_patterns=self._patterns, degrees=self.degrees)
        found = Component._reliabilities(others, block, more)  # noqa: SLF001
        return found | {self.slot: (np.broadcast_to(self.values, shape), np.ones(shape))}


def _at_reliability(component: Component, slot: int, values: Floats) -> Floats:
    """Return the log likelihood of each state with a source's reliability held at some values, shape (values, S)."""
    slots = component.slots if slot in component.slots else (*component.slots, slot)
    own = (component.problem, component.evidence, component.facts, component.groups, slots)
    logs = np.empty((len(values), len(component.state)))
    for block in component.blocks:
        nodes = [float(weight.shape[1]) for weight in component.vertex_weights(block).values()]
        size = len(block.patterns) * max(nodes[: len(component.groups)], default=1.0)
        step = max(1, int(AT_ONCE // (size * np.prod(nodes[len(component.groups) :]))))
        for at in range(0, len(values), step):
            held = _AtValues(*own, slot=slot, values=tuple(values[at : at + step].tolist()))
            shared = {name: getattr(component, name) for name in ("_patterns", "blocks", "active")}
            held.__dict__.update(shared, degrees=dict.fromkeys(slots, 1) | component.degrees)
            axis = len(component.groups) + slots.index(slot)
            table, log_scale = contract(held.factors(block), held.vertex_weights(block), (axis,))
            with np.errstate(divide="ignore"):
                logs[at : at + step, block.patterns] = (np.log(table) + log_scale[:, None]).T
    return logs[:, component.pattern_of]
