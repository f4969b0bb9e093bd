"""The exact answer in every run of a sweep, from each piece of the posterior answered by itself.

The log score of a state is a sum over branchings and over components of the evidence. A piece that nothing varies is
answered once; one that some axes vary, once for every combination of those axes' values alone; a run adds up what its
combinations gave.

In a component, all factors that nothing varies are contracted once, onto the nodes that the others touch. A fact that
is varied has a table for each combination of *its* values, and a combination of the component is a product of such
tables summed over those nodes. Only where a correlation or the reliability of a source with several reports is varied
do the nodes change; then this is done for each of their values. Where every number of a component is held at a value,
which is so when all of a case is varied at random, its likelihood is that of draws, for all runs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from falseflag.arrays import Floats, Integers
from falseflag.inference.draws import Draws, log_scores, normalise
from falseflag.inference.exact.contraction import Factor, contract
from falseflag.inference.exact.factors import AT_ONCE, Component, Evidence, Factors
from falseflag.numbers import WEIGHTS, Number
from falseflag.problem import NOTHING, Problem
from falseflag.sweep.design import UNKNOWN, Design, Target

BLOCK = 20_000
"""Runs that are added up at once."""

AT_HELD = 5_000
"""Combinations whose likelihood is computed at once where everything is held."""

type Update = Callable[[int, int], None]
type Values = dict[int, Floats]
"""By axis, its value in each combination."""


def answer_runs(problem: Problem, design: Design, update: Update) -> Floats:
    """Return P(s | x) summed within leaves in every run, shape (R, H)."""
    problem, targets = _with_reports(problem, design.targets)
    factors = Factors.of(problem)
    pieces = [*_branchings(problem, targets), *_components(factors, targets)]
    varied = [piece for piece in pieces if piece.axes]
    constant = sum((piece.answer({}, 1)[0] for piece in pieces if not piece.axes), np.zeros(len(problem.states)))
    tables = []
    for done, piece in enumerate(varied):
        update(done, len(varied))
        values = design.columns(piece.axes)
        tables.append(piece.answer(values, len(next(iter(values.values())))))
    out = np.empty((design.runs, len(problem.leaves)))
    for start in range(0, design.runs, BLOCK):
        runs = np.arange(start, min(start + BLOCK, design.runs))
        scores = np.broadcast_to(constant, (len(runs), len(constant))).copy()
        for piece, table in zip(varied, tables, strict=True):
            scores += table[design.combination_of(piece.axes, runs)]
        out[runs] = normalise(scores) @ problem.leaf_membership.T
    update(len(varied), len(varied))
    return out


@dataclass(frozen=True)
class Piece:
    """One piece of the posterior: the axes that it depends on, and its log terms in some combinations, shape (C, S)."""

    axes: tuple[int, ...]
    answer: Callable[[Values, int], Floats]


def _with_reports(problem: Problem, targets: Sequence[Target]) -> tuple[Problem, tuple[Target, ...]]:
    """Add a report for every unknown indicator that is varied."""
    found = []
    for target in targets:
        if target.report is not None and target.report[1] == NOTHING:
            problem = problem.with_report(target.report[0], 0)
            found.append(replace(target, report=(target.report[0], len(problem.reports) - 1)))
        else:
            found.append(target)
    return problem, tuple(found)


def _branchings(problem: Problem, targets: Sequence[Target]) -> Iterator[Piece]:
    for b in range(len(problem.branchings)):
        own = {
            axis: number
            for axis, target in enumerate(targets)
            for number in target.numbers
            if number.kind in WEIGHTS and number.place == b
        }
        yield Piece(tuple(own), _Shares(problem, b, own).answer)


@dataclass(frozen=True)
class _Shares:
    """A branching of which some axes vary weights."""

    problem: Problem
    place: int
    numbers: Mapping[int, Number]

    def answer(self, values: Values, combinations: int) -> Floats:
        """Return the log share that each state takes in some combinations, 0 where it takes none."""
        branching, taken = self.problem.branchings[self.place], self.problem.choice[self.place]
        mean = self.problem.weights.mean[self.place, : len(branching.alternatives)]
        shares = np.repeat(mean[None], combinations, axis=0)
        for axis, number in self.numbers.items():
            k = number.alternative
            if number.kind == "prior":  # the weights of its siblings stay
                shares[:, k] = mean[k] * values[axis] / number.written
            else:  # their proportions stay
                shares *= ((1 - values[axis]) / np.delete(mean, k).sum())[:, None]
                shares[:, k] = values[axis]
        with np.errstate(divide="ignore"):
            logs = np.log(shares / shares.sum(axis=1, keepdims=True))
        return np.where(taken == NOTHING, 0.0, logs[:, np.maximum(taken, 0)])


def _components(factors: Factors, targets: Sequence[Target]) -> Iterator[Piece]:
    for component in factors.components:
        places = {axis: found for axis, t in enumerate(targets) if (found := _facts_of(component, t))}
        made = _Varied(component, {axis: targets[axis] for axis in places}, places)
        yield Piece(tuple(places), made.answer)


def _facts_of(component: Component, target: Target) -> list[int]:
    """Return the facts of a component whose factors a target enters; of a correlation, the group's."""
    if target.report is not None:
        return [fact for fact in (target.report[0],) if fact in component.active]
    return sorted({fact for number in target.numbers for fact in component.facts_of(number.kind, number.place)})


@dataclass(frozen=True)
class _Varied:
    """A component of which some axes vary something.

    Parameters
    ----------
    component : Component
    targets : mapping of int to Target
        By axis.
    facts : mapping of int to list of int
        The facts that each axis bears on.
    """

    component: Component
    targets: Mapping[int, Target]
    facts: Mapping[int, list[int]]

    def answer(self, values: Values, combinations: int) -> Floats:
        """Return the log likelihood of each state in some combinations, shape (combinations, S)."""
        if not values:
            return self.component.log_likelihood[None]
        if self.is_held:
            return self.held(values, combinations)
        out = np.empty((combinations, len(self.component.state)))
        outer = [axis for axis in values if self.changes_nodes(axis)]
        for rows, at in _distinct([values[axis] for axis in outer], combinations):
            problem, _ = self.put(self.component.problem, dict(zip(outer, at, strict=True)))
            inner = {axis: column[rows] for axis, column in values.items() if axis not in outer}
            out[rows] = self.on_nodes(self.component.with_problem(problem), inner, len(rows))
        return out[:, self.component.pattern_of]

    def changes_nodes(self, axis: int) -> bool:
        """Return whether a target enters more than one fact's factor."""
        kinds = {number.kind for number in self.targets[axis].numbers}
        return "correlation" in kinds or len(self.facts[axis]) > 1

    def put(self, problem: Problem, values: Mapping[int, float]) -> tuple[Problem, Evidence]:
        """Return the problem with values of some axes, and which reports are made."""
        reports = self.component.evidence.reports.copy()
        for axis, value in values.items():
            target = self.targets[axis]
            for number in target.numbers:
                problem = number.put(problem, float(value))
            if target.report is not None and value == UNKNOWN:
                reports[target.report[1]] = False
            elif target.report is not None:
                said = problem.reports.value.copy()
                said[target.report[1]] = int(value)
                problem = replace(problem, reports=replace(problem.reports, value=said))
        return problem, replace(self.component.evidence, reports=reports)

    def on_nodes(self, component: Component, values: Values, combinations: int) -> Floats:
        """Return log likelihoods in combinations that share their nodes, shape (combinations, P)."""
        axes_of = {
            fact: own for fact in component.active if (own := [axis for axis in values if fact in self.facts[axis]])
        }
        out = np.empty((combinations, len(component.state)))
        rows_of = {fact: _which([values[axis] for axis in own], combinations) for fact, own in axes_of.items()}
        for number, block in enumerate(component.blocks):
            factors = {fact: component.factor(fact, block) for fact in component.active}
            touched = tuple(sorted({vertex for fact in axes_of for vertex in factors[fact].axes}))
            still = [factor for fact, factor in factors.items() if fact not in axes_of]
            one = Factor((), np.ones(len(block.patterns)))
            rest, log_scale = contract(still or [one], component.vertex_weights(block), touched)
            tables = {fact: self.tables(component, fact, number, own, values) for fact, own in axes_of.items()}
            size = max(1, int(AT_ONCE // rest.size))
            for start in range(0, combinations, size):
                part = slice(start, start + size)
                product = rest[None]
                for fact, table in tables.items():
                    product = product * _onto(table[rows_of[fact][1][part]], factors[fact].axes, touched)
                whole = product.reshape(*product.shape[:2], -1).sum(axis=2)
                with np.errstate(divide="ignore"):
                    out[part, block.patterns] = np.log(whole) + log_scale
        return out

    def tables(self, component: Component, fact: int, number: int, own: Sequence[int], values: Values) -> Floats:
        """Return a fact's factor for each distinct combination of its own axes, shape (distinct, P, …)."""
        distinct, _ = _which([values[axis] for axis in own], len(values[own[0]]))
        whole = component.factor(fact, component.blocks[number]).table.shape
        found = []
        for at in distinct:
            problem, evidence = self.put(component.problem, dict(zip(own, at.tolist(), strict=True)))
            changed = component.on_same_nodes(problem)
            if not evidence.reports.all():
                changed = changed.with_evidence(evidence)
            table = changed.factor(fact, changed.blocks[number])
            found.append(np.broadcast_to(_onto(table.table[None], table.axes, component.axes_of(fact))[0], whole))
        return np.stack(found)

    @property
    def is_held(self) -> bool:
        """Whether means suffice: every number is held, by the case or by an axis, or nothing couples facts."""
        component, problem = self.component, self.component.problem
        if any(target.report is not None for target in self.targets.values()):
            return False
        if not component.groups and not component.slots:
            return True
        facts = list(component.facts)
        reports = np.isin(problem.reports.indicator, facts)
        taken = {
            "likelihood": (problem.statements.is_fixed, (problem.own_of[facts], problem.blamed_of[facts])),
            "reach": (problem.reach.is_point, (problem.reach_of[facts],)),
            "detection": (problem.detection.is_point, (problem.detection_of[facts],)),
            "reliability": (problem.reliability.is_point, (problem.reports.reliability_of[reports],)),
            "correlation": (problem.correlation.is_point, (problem.correlation_of[list(component.groups)],)),
        }
        varied = {(n.kind, n.place) for target in self.targets.values() for n in target.numbers}
        return all(
            is_point[n] or (kind, n) in varied
            for kind, (is_point, tables) in taken.items()
            for n in np.unique(np.concatenate([table.ravel() for table in tables])).tolist()
            if n != NOTHING
        )

    def held(self, values: Values, combinations: int) -> Floats:
        """Return the log likelihood as that of draws in which everything is held at its value or its mean."""
        component, problem = self.component, self.component.problem
        out = np.empty((combinations, len(problem.states)))
        for start in range(0, combinations, AT_HELD):
            part = slice(start, min(start + AT_HELD, combinations))
            means = {
                "theta": problem.statements.mean,
                "reach": problem.reach.mean,
                "detection": problem.detection.mean,
                "reliability": problem.reliability.mean,
                "correlation": problem.correlation.mean,
                "log_ratio": problem.ratios.log_mean,
            }
            count = part.stop - part.start
            columns: dict[str, Any] = {name: np.repeat(mean[None], count, axis=0) for name, mean in means.items()}
            for axis, column in values.items():
                for number in self.targets[axis].numbers:
                    _hold(columns, number, column[part])
            nothing = np.empty((count, 0))
            draws = Draws(weights=nothing, prior=nothing, probability=nothing, **columns)
            out[part] = log_scores(problem, draws, list(component.facts))
        return out


def _hold(columns: Mapping[str, Floats], number: Number, values: Floats) -> None:
    """Hold a number at some values in draws."""
    if number.kind == "likelihood":
        theta = columns["theta"][:, number.place]
        if number.distribution is not None:
            theta[:, 0], theta[:, 1] = values, 1 - values
        else:
            rest = 1 - theta[:, number.alternative]
            theta *= ((1 - values) / rest)[:, None]
            theta[:, number.alternative] = values
    elif number.kind == "ratio":
        columns["log_ratio"][:, number.place] = np.log(values)
    else:
        columns[number.kind][:, number.place] = values


def _onto(table: Floats, own: tuple[int, ...], axes: tuple[int, ...]) -> Floats:
    """Give a table of shape (n, P, nodes of its own vertices) axes of length 1 for the vertices that it lacks."""
    index = [slice(None), slice(None), *(slice(None) if axis in own else None for axis in axes)]
    return table[tuple(index)]


def _which(columns: Sequence[Floats], count: int) -> tuple[Floats, Integers]:
    """Return the distinct rows of some columns, and which of them each combination has."""
    if not columns:
        return np.zeros((1, 0)), np.zeros(count, dtype=np.intp)
    distinct, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    return distinct, which.ravel()


def _distinct(columns: Sequence[Floats], count: int) -> Iterator[tuple[Integers, list[float]]]:
    """Yield the positions of each distinct row of some columns, and the row."""
    found, which = _which(columns, count)
    order = np.argsort(which, kind="stable")
    for row, places in zip(found, np.split(order, np.cumsum(np.bincount(which))[:-1]), strict=True):
        yield places, row.tolist()
