"""The numbers from which the page answers "what if": enough of the exact engine's to answer every setting exactly.

Given a state, what is observed is a product of items (an ungrouped indicator, or a dependence group) summed over the
nodes of the reliabilities that they share. Each item is handed over as tables by state pattern and node, one for each
outcome that a reader can choose of each of its members, or that it is left out; with the groups' correlations as
written, at 0 and at 0.99.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import PurePath
from typing import Any

import numpy as np

from falseflag.arrays import Floats, Integers
from falseflag.case.chain import overlay
from falseflag.case.model import Case, Group
from falseflag.case.yaml import Budget, Scalar, compose, entries, get
from falseflag.diagnostics import Diagnostics
from falseflag.errors import RequestError
from falseflag.explain.robustness import FULL, with_correlation
from falseflag.inference.exact.factors import Component, Evidence, Factors
from falseflag.problem import Problem
from falseflag.scales import BANDS

UNNAMED = "case.yaml"
"""Stands for the file's name where the case was made in memory."""

UNKNOWN = "unknown"
LEFT_OUT = -1
"""The option that an indicator is left out: unknown."""

AS_OBSERVED = "as observed"
"""The only other option where more was observed than one report: several reports, silence, ratios."""

BUDGET = 150_000
"""Numbers that the tables of all items may take: 1.6 MB of text. What is beyond stands as observed."""

LOWEST = -1e6
"""Logs are held above this, so that differences of two are numbers."""

DEPENDENCES = {"written": None, "none": 0.0, "full": FULL}


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader can choose for an indicator.

    Parameters
    ----------
    names : tuple of str
        Values that it may be reported to have, or `AS_OBSERVED` alone.
    chosen : int
        What was observed, `LEFT_OUT` for nothing.
    """

    names: tuple[str, ...]
    chosen: int


@dataclass(frozen=True)
class Item:
    """Tables of an indicator, or of a group.

    Parameters
    ----------
    members : tuple of int
        Indicators; the first one's options go slowest.
    axes : tuple of int
        Which of the component's reliabilities it depends on.
    log_table : ndarray, shape (outcomes, P, nodes of each axis)
        For each member, its options and then that it is left out.
    """

    members: tuple[int, ...]
    axes: tuple[int, ...]
    log_table: Floats


@dataclass(frozen=True)
class Tables:
    """Items that share reliabilities.

    Parameters
    ----------
    pattern_of : ndarray of int, shape (S,)
    weights : list of ndarray, shape (P, nodes)
        Quadrature weights of each reliability that they share.
    items : tuple of Item
    """

    pattern_of: Integers
    weights: list[Floats]
    items: tuple[Item, ...]

    @property
    def size(self) -> int:
        """Count the numbers."""
        return sum(item.log_table.size for item in self.items)

    def to_dict(self) -> dict[str, Any]:
        """Return them for the page."""
        return {
            "patternOf": self.pattern_of.tolist(),
            "weights": [encoded(weight) for weight in self.weights],
            "nodes": [weight.shape[1] for weight in self.weights],
            "items": [
                {"members": list(i.members), "axes": list(i.axes), "table": encoded(i.log_table)} for i in self.items
            ],
        }


@dataclass(frozen=True)
class WhatIf:
    """What the page computes with.

    Parameters
    ----------
    case, problem : Case, Problem
    options : tuple of Options
        Of each indicator.
    tables : mapping of str to tuple of Tables
        By dependence: ``written``, ``none`` and ``full``; one for each component that the page can switch.
    fixed : mapping of str to ndarray, shape (S,)
        By dependence, log likelihood of what the page cannot switch.
    held : frozenset of str
        Indicators that it cannot switch, since their tables would be too large.
    """

    case: Case
    problem: Problem
    options: tuple[Options, ...]
    tables: dict[str, tuple[Tables, ...]]
    fixed: dict[str, Floats]
    held: frozenset[str]

    @classmethod
    def of(cls, case: Case, problem: Problem) -> WhatIf:
        """Compute the numbers of a case."""
        options = tuple(_options(case, problem))
        every = problem
        for i in np.flatnonzero(~problem.is_evidence):  # as if each unknown one were reported
            every = every.with_report(int(i), 0)
        held = _held(Factors.of(every).components, options)
        tables: dict[str, tuple[Tables, ...]] = {}
        fixed: dict[str, Floats] = {}
        alone: dict[tuple[int, ...], Tables] = {}  # of components without groups, the same under each dependence
        for name, correlation in DEPENDENCES.items():
            changed = every if correlation is None else with_correlation(every, correlation)
            factors = Factors.of(changed)
            free = [c for c in factors.components if not held & set(c.facts)]
            tables[name] = tuple(alone[c.facts] if c.facts in alone else _tables(c, options) for c in free)
            alone |= {c.facts: found for c, found in zip(free, tables[name], strict=True) if not c.groups}
            bound = [c for c in factors.components if held & set(c.facts)]
            observed = _evidence(every, options, [o.chosen for o in options])
            parts = [component.with_evidence(observed).log_likelihood for component in bound]
            fixed[name] = np.maximum(np.sum(parts, axis=0), LOWEST) if parts else np.zeros(len(problem.states))
        names = frozenset(problem.indicators[i] for i in held)
        return cls(case, problem, options, tables, fixed, names)

    @property
    def branchings(self) -> list[tuple[str, tuple[int, ...]]]:
        """The node above each branching of the tree, empty for the top, and the places of its children among nodes."""
        place = {name: v for v, name in enumerate(self.problem.nodes)}
        trees = [b for b in self.problem.branchings if b.kind == "hypotheses"]
        return [(b.alternatives[0].rpartition(".")[0], tuple(place[name] for name in b.alternatives)) for b in trees]

    def word(self, indicator: int) -> str:
        """Return the option that is chosen as the case is written."""
        options = self.options[indicator]
        return UNKNOWN if options.chosen == LEFT_OUT else options.names[options.chosen]

    def words(self, indicator: int) -> list[tuple[str, str]]:
        """Return the options of an indicator with their labels."""
        labels = list(self.case.indicators.values())[indicator].values
        names = self.options[indicator].names
        return [(name, labels.get(name) or name) for name in names] + [(UNKNOWN, UNKNOWN)]

    def common(self, group: Group) -> list[tuple[str, str]]:
        """Return the options of the members of a group where all have the same ones, else none."""
        found = [self.words(self.problem.indicators.index(name)) for name in group.indicators]
        alike = all([name for name, _ in one] == [name for name, _ in found[0]] for one in found)
        return found[0] if alike and found[0][0][0] != AS_OBSERVED else []

    @property
    def extends(self) -> str:
        """The name by which a profile beside the case file extends it."""
        return PurePath(self.case.files[0].name).name if self.case.files else UNNAMED

    def to_dict(self) -> dict[str, Any]:
        """Return the page's data: numbers, names of nodes, indicators and groups, the file's name."""
        problem = self.problem
        branchings, written = [places for _, places in self.branchings], _written(self.case)
        distinct = {id(tables): tables for found in self.tables.values() for tables in found}
        places = {key: place for place, key in enumerate(distinct)}
        of_tree = [b.kind == "hypotheses" for b in problem.branchings]
        rest = replace(problem, choice=problem.choice[~np.array(of_tree)])
        with np.errstate(divide="ignore"):
            log_rest = rest.sum_over_branchings(np.log(problem.weights.mean[~np.array(of_tree)]))
        return {
            "extends": self.extends,
            "nodes": list(problem.nodes),
            "weights": [node.weight for node in self.case.nodes],
            "branchings": branchings,
            "states": [np.flatnonzero(column).tolist() for column in problem.node_membership.T],
            "logRest": log_rest.tolist(),
            "indicators": [
                {
                    "name": name,
                    "options": list(o.names),
                    "chosen": o.chosen,
                    "group": int(g),
                    "held": name in self.held,
                    **written.get(name, {"says": ["observed"], "removes": []}),
                }
                for name, o, g in zip(problem.indicators, self.options, problem.group_of, strict=True)
            ],
            "groups": [
                {"name": name, "members": np.flatnonzero(problem.group_of == g).tolist()}
                for g, name in enumerate(problem.groups)
            ],
            "components": [tables.to_dict() for tables in distinct.values()],
            "tables": {name: [places[id(tables)] for tables in found] for name, found in self.tables.items()},
            "fixed": {name: values.tolist() for name, values in self.fixed.items()},
            "fullCorrelation": FULL,
            "bands": [[band.term, band.low] for band in BANDS],
            "highest": BANDS[-1].high,
        }


def _written(case: Case) -> dict[str, dict[str, list[str]]]:
    """Return where each indicator's value stands in the case file, and which keys do not go with ``observed: unknown``.

    A profile that changes an indicator has to change what is written there: ``observed``, or a report's ``says``.
    """
    root = None
    for file in case.files:  # the case, then what it extends, then what it learns from
        node = compose(file.content.decode("utf-8-sig"), file.name, Diagnostics(), Budget())
        if node is None:
            return {}
        root = node if root is None else overlay(node, root)
        if not isinstance(get(node, "extends"), Scalar):
            break
    found = {}
    for name, entry in entries(get(root, "indicators")).items():
        says = ["observed"]
        for source, report in entries(get(entry.value, "reports")).items():
            says = ["reports", source] if isinstance(report.value, Scalar) else ["reports", source, "says"]
        removes = [key for key in ("reports", "detection", "ratios") if get(entry.value, key) is not None]
        found[name] = {"says": says, "removes": removes}
    return found


def _options(case: Case, problem: Problem) -> Iterator[Options]:
    for i, indicator in enumerate(case.indicators.values()):
        reports = np.flatnonzero(problem.reports.indicator == i)
        if not indicator.is_evidence:
            yield Options(problem.values[i], LEFT_OUT)
        elif len(reports) == 1:
            yield Options(problem.values[i], int(problem.reports.value[reports[0]]))
        else:
            yield Options((AS_OBSERVED,), 0)


def _held(components: Sequence[Component], options: Sequence[Options]) -> set[int]:
    """Return the indicators of components whose tables would take too much, the largest left out first."""
    sizes = {n: _size(component, options) for n, component in enumerate(components)}
    held: set[int] = set()
    total = sum(sizes.values())
    for n in sorted(sizes, key=lambda n: -sizes[n]):
        if total <= BUDGET:
            break
        total -= sizes[n]
        held |= set(components[n].facts)
    return held


def _size(component: Component, options: Sequence[Options]) -> float:
    try:
        component.check_size()
    except RequestError:
        return float("inf")
    total = 0.0
    for item in component.items:
        axes = {axis for fact in item for axis in component.axes_of(fact) if axis >= len(component.groups)}
        nodes = [(component.degrees[component.slots[a - len(component.groups)]] + 3) // 2 for a in axes]
        outcomes = [float(len(options[fact].names) + 1) for fact in item]
        total += float(np.prod(outcomes) * np.prod([float(n) for n in nodes])) * len(component.state)
    total += len(component.pattern_of) / 3  # whole numbers are shorter
    return total * (len(DEPENDENCES) if component.groups else 1)


def _evidence(problem: Problem, options: Sequence[Options], chosen: Sequence[int]) -> Evidence:
    """Return the evidence that is left of a problem in which every indicator is observed."""
    left_out = [i for i in range(len(options)) if chosen[i] == LEFT_OUT]
    return Evidence.all_of(problem).without(problem, indicators=left_out)


def _tables(component: Component, options: Sequence[Options]) -> Tables:
    blocks = [component.slot_weights(block) for block in component.blocks]
    weights = []
    for axis in blocks[0] if blocks else ():
        whole = np.empty((len(component.state), blocks[0][axis].shape[1]))
        for block, found in zip(component.blocks, blocks, strict=True):
            whole[block.patterns] = found[axis]
        weights.append(whole)
    items = tuple(_item(component, item, options) for item in component.items)
    return Tables(component.pattern_of, weights, items)


def _item(component: Component, members: tuple[int, ...], options: Sequence[Options]) -> Item:
    problem, groups = component.problem, len(component.groups)
    axes = tuple(sorted({a for fact in members for a in component.axes_of(fact) if a >= groups}))
    outcomes = list(product(*([*range(len(options[fact].names)), LEFT_OUT] for fact in members)))
    nodes = [(component.degrees[component.slots[axis - groups]]) // 2 + 1 for axis in axes]
    out = np.zeros((len(outcomes), len(component.state), *nodes))
    for n, outcome in enumerate(outcomes):
        chosen = dict(zip(members, outcome, strict=True))
        value = problem.reports.value.copy()
        for fact, option in chosen.items():
            if option != LEFT_OUT and options[fact].names != (AS_OBSERVED,):
                value[problem.reports.indicator == fact] = option
        left_out = [fact for fact, option in chosen.items() if option == LEFT_OUT]
        some = component.with_values(value)
        some = some.with_evidence(component.evidence.without(problem, indicators=left_out))
        active = tuple(fact for fact in members if fact not in left_out)
        for block in component.blocks if active else ():
            factor, log_scale = some.item(active, block)
            index = [slice(None), *(slice(None) if axis in factor.axes else None for axis in axes)]
            with np.errstate(divide="ignore"):
                logs = np.log(factor.table[tuple(index)]) + log_scale.reshape(-1, *[1] * len(axes))
            out[n, block.patterns] = np.maximum(logs, LOWEST)
    return Item(members, tuple(axis - groups for axis in axes), out)


def encoded(values: Floats) -> str:
    """Return numbers as base64 of little-endian doubles, row after row."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode()
