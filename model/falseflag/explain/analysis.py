"""An exact answer as explanations need it: items of evidence, the two sides of a comparison, sets of items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from falseflag.arrays import Floats, Integers, Mask
from falseflag.case.conditions import OTHERS_NAME
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.inference.checks import Check, check_independent
from falseflag.inference.draws import Draws
from falseflag.inference.exact.contraction import Factor, contract, largest_table
from falseflag.inference.exact.factors import Block, Component, Evidence
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import DECIBANS
from falseflag.problem import NOTHING, Problem, problem_of

RULED_OUT = 1000.0
"""Decibans that stand for infinite ones."""

TIE = 1e-11
"""Log scores nearer than this are equal: only rounding separates them."""

AT_ONCE = 4_000_000
"""Elements of a table over coalitions that are computed at once."""

DRAWS = 2000
"""Draws of φ behind intervals."""

SEED = 20230503
"""Of these draws: an explanation depends on the case alone, not on the seed of a run."""


def leading(log_scores: Floats) -> int:
    """Return the position of the largest log score; the first of equals."""
    return int(np.argmax(log_scores > log_scores.max() - TIE))


def log_sum(scores: Floats, members: Mask) -> Floats:
    """Return the log of the total of some states, shape (...,), from log scores of shape (..., S)."""
    part = scores[..., members]
    if not part.shape[-1]:
        return np.full(part.shape[:-1], -np.inf)
    top = part.max(axis=-1)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + np.log(np.exp(part - safe[..., None]).sum(axis=-1)))


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of evidence that explanations treat as one: an ungrouped indicator with all its reports, or a group.

    Parameters
    ----------
    name : str
    is_group : bool
    facts : tuple of int
        The indicators with evidence.
    """

    name: str
    is_group: bool
    facts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two sets of states that exclude each other.

    Parameters
    ----------
    for_, against : str
        Nodes, propositions or conditions; `OTHERS_NAME` stands for all states that are not in the first set.
    first, second : ndarray of bool, shape (S,)
    """

    for_: str
    against: str
    first: Mask
    second: Mask

    def decibans(self, log_scores: Floats) -> Floats:
        """Return the odds of the first over the second from log scores of shape (..., S)."""
        return decibans(log_sum(log_scores, self.first), log_sum(log_scores, self.second))

    @property
    def against_all_the_rest(self) -> Contrast:
        """The first set against all other states."""
        return Contrast(self.for_, OTHERS_NAME, self.first, ~self.first)


def decibans(first: Floats, second: Floats) -> Floats:
    """Return odds in decibans from two logs; `RULED_OUT` stands for the infinite, and 0 where both are impossible."""
    one, other = np.isfinite(first), np.isfinite(second)
    with np.errstate(invalid="ignore"):
        finite = DECIBANS * (first - second)
    return np.where(one & other, finite, RULED_OUT * (one.astype(float) - other))


@dataclass(frozen=True)
class Analysis:
    """The exact answer to a problem, with what its explanations share.

    Parameters
    ----------
    problem : Problem
    exact : ExactPosterior
    """

    problem: Problem
    exact: ExactPosterior

    @classmethod
    def of(cls, case: Case | Problem) -> Analysis:
        """Answer a case, or a problem, exactly."""
        problem = problem_of(case) if isinstance(case, Case) else case
        return cls(problem, ExactPosterior.of(problem))

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Ungrouped indicators with evidence, and groups with evidence, in the order of their first indicators."""
        problem = self.problem
        known = np.flatnonzero(problem.is_evidence)
        group_of = problem.group_of[known]
        found = {
            (i if g == NOTHING else ~g): Item(problem.indicators[i], False, (i,))
            if g == NOTHING
            else Item(problem.groups[g], True, tuple(known[group_of == g].tolist()))
            for i, g in zip(known.tolist(), group_of.tolist(), strict=True)
        }
        return tuple(found.values())

    @property
    def top_level(self) -> tuple[str, ...]:
        """The hypotheses at the top of the tree: what the answer is first of all about."""
        return tuple(name for name in self.problem.nodes if "." not in name)

    def ranked(self, log_scores: Floats | None = None) -> list[str]:
        """Return the top-level hypotheses, most probable first; equals stay in the file's order."""
        scores = self.exact.log_scores if log_scores is None else log_scores
        left = [(name, float(log_sum(scores, self.problem.membership[name]))) for name in self.top_level]
        found = []
        while left:
            found.append(left.pop(leading(np.array([score for _, score in left])))[0])
        return found

    @property
    def leader(self) -> str:
        """The most probable top-level hypothesis; the first of equals."""
        return self.ranked()[0]

    def contrast(self, for_: str | None = None, against: str | None = None) -> Contrast:
        """Return the two sets of states that are to be compared.

        Parameters
        ----------
        for_, against : str, optional
            Nodes, propositions or conditions, the second also ``others``: all the rest. By default the most probable
            top-level hypotheses that are not on the other side; all the rest where one side touches every one of them.

        Raises
        ------
        RequestError
            If there is no such set, if one is impossible, or if the two overlap.
        """
        first = for_ if for_ is not None else self._best(None if against == OTHERS_NAME else against)
        second = against if against is not None else self._best(first)
        one = self._possible(first)
        other = ~one if second == OTHERS_NAME else self._possible(second)
        if not other.any():
            raise RequestError(f"'{first}' holds in every possible state; there is nothing to compare it with")
        found = Contrast(first, second, one, other)
        if (found.first & found.second).any():
            raise RequestError(f"'{first}' and '{second}' overlap; what is compared should exclude each other")
        return found

    def _possible(self, name: str) -> Mask:
        members = self.problem.states_in(name)
        if not members.any():
            raise RequestError(f"'{name}' holds in no possible state")
        return members

    def _best(self, other: str | None) -> str:
        taken = np.zeros(len(self.problem.states), dtype=bool) if other is None else self._possible(other)
        for name in self.ranked():
            if not (self.problem.membership[name] & taken).any():
                return name
        return OTHERS_NAME

    def nodes(self, log_scores: Floats) -> dict[str, float]:
        """Return the probability of each node from log scores of the states."""
        total = log_sum(log_scores, np.ones(len(log_scores), dtype=bool))
        if not np.isfinite(total):
            raise RequestError("What is left of the evidence has probability 0 in every state")
        states = np.exp(log_scores - total)
        values = self.problem.node_membership @ states
        return dict(zip(self.problem.nodes, values.tolist(), strict=True))

    def given(self, evidence: Evidence) -> Floats:
        """Return log scores of the states given part of the evidence, shape (S,)."""
        coupled = {id(each.component): each for each in self.coalitions.coupled}
        total = self.problem.log_prior.copy()
        for component in self.exact.factors.components:
            part = component.with_evidence(evidence)
            changed = {fact for fact in component.active if not _same_evidence(part, component, fact)}
            if not changed:
                total += component.log_likelihood
            elif part.active and id(component) in coupled:
                total += coupled[id(component)].log_given(part, changed)
            elif part.active:
                total += part.log_likelihood
        return total

    def alone(self, fact: int) -> Floats:
        """Return the log probability of the evidence on one fact alone in each state, shape (S,)."""
        return Component(self.problem, Evidence.all_of(self.problem), (fact,), (), ()).log_likelihood

    @cached_property
    def coalitions(self) -> Coalitions:
        """Log likelihoods of sets of items."""
        return Coalitions.of(self)

    @cached_property
    def draws(self) -> Draws:
        """Draws of φ from its posterior, the same in every command."""
        from falseflag.inference.exact.draws import draw_posterior  # noqa: PLC0415 (not every command draws)

        return draw_posterior(self.exact, np.random.default_rng(SEED), DRAWS)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Checks of these draws: complete, and in agreement with the exact answer."""
        return tuple(check_independent(self.problem, self.exact, self.draws, sets_only=True))


def _same_evidence(one: Component, other: Component, fact: int) -> bool:
    """Return whether two versions of a component hold the same evidence on a fact."""
    reports = one.problem.reports.indicator == fact
    return bool(
        (one.evidence.reports[reports] == other.evidence.reports[reports]).all()
        and one.evidence.others[fact] == other.evidence.others[fact]
    )


def sums(chosen: Mask, logs: Floats) -> Floats:
    """Add up logs of shape (I, ...) over sets of shape (n, I); a sum with an impossibility in it is minus infinity."""
    flat = logs.reshape(len(logs), int(np.prod(logs.shape[1:])))
    impossible = np.isneginf(flat)
    weights = chosen.astype(float)
    total = weights @ np.where(impossible, 0.0, flat)
    if impossible.any():
        total[weights @ impossible > 0] = -np.inf
    return np.asarray(total.reshape(len(chosen), *logs.shape[1:]))


@dataclass(frozen=True)
class Coalitions:
    """Log likelihoods of the evidence in sets of items.

    Components of a single item are additive. In others, the items are coupled by the reliabilities of sources alone:
    each item is a table over their quadrature nodes, those of its own group already summed out.

    Parameters
    ----------
    alone : ndarray, shape (F, S), F items
        Log likelihood of each item that is a component by itself; 0 for others.
    coupled : tuple of Coupled
    """

    alone: Floats
    coupled: tuple[Coupled, ...]

    @classmethod
    def of(cls, analysis: Analysis) -> Coalitions:
        """Lay out the items of an answer."""
        items, component_of = analysis.items, analysis.exact.factors.component_of
        places: dict[int, list[int]] = {}
        for f, item in enumerate(items):
            places.setdefault(id(component_of[item.facts[0]]), []).append(f)
        alone, coupled = np.zeros((len(items), len(analysis.problem.states))), []
        for component in analysis.exact.factors.components:
            here = places[id(component)]
            if len(here) == 1:
                alone[here[0]] = component.log_likelihood
            else:
                coupled.append(Coupled.of(component, here, [items[f].facts for f in here]))
        return cls(alone, tuple(coupled))

    def log_likelihood(self, chosen: Mask) -> Floats:
        """Return the log probability of the evidence in each set, shape (n, S).

        Parameters
        ----------
        chosen : ndarray of bool, shape (n, F)
        """
        total = sums(chosen, self.alone)
        for component in self.coupled:
            total += component.log_likelihood(chosen[:, component.places])
        return total

    def in_blocks(self, chosen: Mask, log_prior: Floats) -> Iterator[Floats]:
        """Yield log scores of sets of items, shape (block, S), in blocks of bounded size."""
        size = max(1, AT_ONCE // len(log_prior))
        for at in range(0, len(chosen), size):
            yield log_prior + self.log_likelihood(chosen[at : at + size])


@dataclass(frozen=True)
class Coupled:
    """Items of one component, coupled by reliabilities that they share.

    Parameters
    ----------
    component : Component
    places : list of int
        Positions of the items among all.
    items : tuple of tuple of int
        The facts of each.
    logs : tuple of list of Factor
        For each block of patterns the log table of each item over the nodes of reliabilities, its own group summed out.
    """

    component: Component
    places: list[int]
    items: tuple[tuple[int, ...], ...]
    logs: tuple[list[Factor], ...]

    @classmethod
    def of(cls, component: Component, places: list[int], items: Sequence[tuple[int, ...]]) -> Coupled:
        """Sum the groups out of each item."""
        logs = tuple([_log_table(component, block, facts) for facts in items] for block in component.blocks)
        return cls(component, places, tuple(items), logs)

    @cached_property
    def tables(self) -> tuple[_Tables, ...]:
        """The log tables of each block by the vertices that they are over."""
        return tuple(_by_axes(logs) for logs in self.logs)

    def log_likelihood(self, chosen: Mask) -> Floats:
        """Return the log probability of the evidence in each set of the items here, shape (n, S)."""
        rows, which = distinct(chosen)
        out = np.empty((len(rows), len(self.component.state)))
        for block, tables in zip(self.component.blocks, self.tables, strict=True):
            weights = self.component.slot_weights(block)
            sizes = {axis: each.shape[1] for axis, each in weights.items()}
            size = max(1, int(AT_ONCE // (largest_table(tables, sizes)[0] * len(block.patterns))))
            for at in range(0, len(rows), size):
                part = _contracted(rows[at : at + size], tables, weights)
                out[at : at + size, block.patterns] = part
        return out[which][:, self.component.pattern_of]

    def log_given(self, other: Component, changed: set[int]) -> Floats:
        """Return the log probability of other evidence, shape (S,): items with changed facts are computed again.

        Parameters
        ----------
        other : Component
            With part of the evidence, or with other reports, on the same nodes.
        changed : set of int
            The facts on which it differs.
        """
        whole = self.component
        out = np.empty(len(whole.state))
        for block, logs in zip(whole.blocks, self.logs, strict=True):
            factors = []
            for log, facts in zip(logs, self.items, strict=True):
                left = [fact for fact in facts if fact in other.active]
                if not changed & set(facts):
                    factors.append(log)
                elif left:
                    factors.append(_log_table(other, block, left))
            everything = np.ones((1, len(factors)), dtype=bool)
            out[block.patterns] = _contracted(everything, _by_axes(factors), whole.slot_weights(block))[0]
        return out[whole.pattern_of]


def distinct(rows: Mask) -> tuple[Mask, Integers]:
    """Return the distinct rows of a table of bools, and which of them each row is."""
    packed = np.packbits(rows, axis=1)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    return rows[first], which.ravel()


type _Tables = Mapping[tuple[int, ...], tuple[list[int], Floats]]
"""By the vertices that items touch, which items these are and their log tables, shape (items, P, nodes of each)."""


def _by_axes(logs: Sequence[Factor]) -> _Tables:
    by_axes: dict[tuple[int, ...], list[int]] = {}
    for n, factor in enumerate(logs):
        by_axes.setdefault(factor.axes, []).append(n)
    return {axes: (at, np.stack([logs[n].table for n in at])) for axes, at in by_axes.items()}


def _log_table(component: Component, block: Block, facts: Sequence[int]) -> Factor:
    """Return the log of an item's factor over the nodes of reliabilities, its own group summed out."""
    touched = {axis for fact in facts for axis in component.axes_of(fact)}
    nodes = [weight.shape[1] for axis, weight in component.vertex_weights(block).items() if axis in touched]
    size = max(1, int(AT_ONCE // np.prod(nodes, dtype=float)))
    parts = []
    for at in range(0, len(block.patterns), size):
        factor, log_scale = component.item(tuple(facts), Block(block.patterns[at : at + size], block.nodes))
        with np.errstate(divide="ignore"):
            parts.append(np.log(factor.table) + log_scale.reshape(-1, *[1] * len(factor.axes)))
    return Factor(factor.axes, np.concatenate(parts))


def _contracted(rows: Mask, tables: _Tables, weights: dict[int, Floats]) -> Floats:
    """Return the log likelihood of sets of items in the patterns of a block, shape (n, P)."""
    factors, total = [], np.zeros(())
    for axes, (members, logs) in tables.items():
        some, which = distinct(rows[:, members])
        added = sums(some, logs)
        nodes = tuple(range(2, added.ndim))
        top = added.max(axis=nodes)
        top = np.where(np.isfinite(top), top, 0.0)
        table = np.exp(added - top.reshape(*top.shape, *[1] * len(nodes)))
        factors.append(Factor(axes, table[which]))
        total = total + top[which]
    table, log_scale = contract(factors, weights)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(table) + log_scale + total)
