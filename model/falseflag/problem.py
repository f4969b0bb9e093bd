"""A case as arrays: what both engines compute on.

Shapes are given with S states, H leaves, V nodes of the tree, M circumstances, N indicators, K values of the indicator
that has most, G dependence groups and J reports. The elicited quantities are counted apart: W weights of branchings, T
likelihood statements, Q reaches, D detections, R reliabilities, C correlations, L ratios.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from falseflag.arrays import Distributions, Floats, Integers, Mask, Ratios, Simplexes
from falseflag.case.conditions import OTHERS, Condition, is_at_or_below
from falseflag.case.edit import Keys, keys_of_node
from falseflag.case.model import Case, Hypothesis, Report, Statements
from falseflag.case.states import MAX_CELLS, Outline, State, states
from falseflag.diagnostics import listed, quoted, suggestion
from falseflag.distributions import AnyDistribution, Dirichlet, Fixed, Judgement, Point
from falseflag.errors import RequestError

NOTHING = -1
"""Stands in tables of positions where a state takes nothing."""


@dataclass(frozen=True, slots=True)
class Elicited:
    """Names of one elicited quantity.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file; for a weight, to its branching's row or node.
    owner : str
        The indicator, source, group, circumstance or node that it is about.
    condition : Condition
        Under which it is stated.
    """

    what: Keys
    owner: str
    condition: Condition = OTHERS

    def __str__(self) -> str:
        """Format as ``owner | condition``."""
        return f"{self.owner} | {self.condition}"


@dataclass(frozen=True, slots=True)
class Branching:
    """A set of exclusive alternatives with their weights.

    Parameters
    ----------
    name : Elicited
    kind : {'hypotheses', 'circumstance', 'attempt'}
    alternatives : tuple of str
        Nodes, values, or ``staged`` and ``plain``.
    first : int
        Position of the first alternative's weight among all W weights; the others follow.
    """

    name: Elicited
    kind: str
    alternatives: tuple[str, ...]
    first: int

    @property
    def places(self) -> slice:
        """Positions of the weights among all W."""
        return slice(self.first, self.first + len(self.alternatives))


@dataclass(frozen=True, slots=True)
class Reports:
    """What sources say: J reports.

    Parameters
    ----------
    indicator, value : ndarray of int, shape (J,)
        The fact, and which of its values is reported.
    source : tuple of str, length J
    slot : ndarray of int, shape (J,)
        Reports with the same slot take, in every state, the same reliability.
    reliability_of : ndarray of int, shape (J, S)
        The reliability that a state takes.
    seen : tuple of str, length J
    """

    indicator: Integers
    value: Integers
    source: tuple[str, ...]
    slot: Integers
    reliability_of: Integers
    seen: tuple[str, ...]

    def __len__(self) -> int:
        """Count the reports."""
        return len(self.indicator)

    def added(self, indicator: int, value: int, source: str, slot: int, reliability_of: Integers) -> Reports:
        """Return the reports with one more."""
        return Reports(
            np.append(self.indicator, indicator),
            np.append(self.value, value),
            (*self.source, source),
            np.append(self.slot, slot),
            np.vstack([self.reliability_of, reliability_of[None]]),
            (*self.seen, ""),
        )


@dataclass(frozen=True)
class Problem:
    """The arrays of a case.

    Parameters
    ----------
    nodes, leaves, circumstances, indicators, groups, sources : tuple of str
        Names, in the file's order.
    values : tuple of tuple of str, length N
        Values of each indicator.
    states : tuple of State, length S
    leaf_of : ndarray of int, shape (S,)
    entry_of : ndarray of int, shape (S,)
        The deception entry by which a state stages, `NOTHING` in a plain state.
    branchings : tuple of Branching
    weights : Simplexes of length B
        Of the branchings, in their order.
    choice : ndarray of int, shape (B, S)
        The alternative that a state takes of each branching, `NOTHING` where it takes none.
    statements : Simplexes of length T
        Likelihoods.
    statement_names : tuple of Elicited, length T
    statement_indicator : ndarray of int, shape (T,)
    own_of, blamed_of : ndarray of int, shape (N, S)
        The statement that a state itself takes, and the one that staging takes it from; `NOTHING` where there is none.
    reach, reach_of : Distributions of length Q; ndarray of int, shape (N, S)
    detection, detection_of : Distributions of length D; ndarray of int, shape (N, S)
        A silent indicator takes a detection in every state, any other one in none.
    ratios, ratio_of : Ratios of length L; ndarray of int, shape (N, S)
    reliability : Distributions of length R
    reports : Reports
    group_of : ndarray of int, shape (N,)
    correlation, correlation_of : Distributions of length C; ndarray of int, shape (G, S)
    membership : mapping of str to ndarray of bool, shape (S,)
        Sets of states by name: nodes, ``circumstance=value``, propositions.
    """

    nodes: tuple[str, ...]
    leaves: tuple[str, ...]
    circumstances: tuple[str, ...]
    indicators: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...]
    sources: tuple[str, ...]
    entries: tuple[str, ...]
    states: tuple[State, ...]
    leaf_of: Integers
    entry_of: Integers
    branchings: tuple[Branching, ...]
    weights: Simplexes
    choice: Integers
    statements: Simplexes
    statement_names: tuple[Elicited, ...]
    statement_indicator: Integers
    own_of: Integers
    blamed_of: Integers
    reach: Distributions
    reach_names: tuple[Elicited, ...]
    reach_of: Integers
    detection: Distributions
    detection_names: tuple[Elicited, ...]
    detection_of: Integers
    ratios: Ratios
    ratio_names: tuple[Elicited, ...]
    ratio_of: Integers
    reliability: Distributions
    reliability_names: tuple[Elicited, ...]
    reports: Reports
    unreported: Mapping[int, tuple[int, Integers]]
    group_of: Integers
    correlation: Distributions
    correlation_names: tuple[Elicited, ...]
    correlation_of: Integers
    membership: Mapping[str, Mask]
    propositions: tuple[str, ...] = ()
    seen: tuple[str, ...] = field(default=())

    @cached_property
    def log_prior(self) -> Floats:
        """Log of the expected prior probability of each state, shape (S,)."""
        with np.errstate(divide="ignore"):
            logs = np.log(self.weights.mean)
        return self.sum_over_branchings(logs)

    def sum_over_branchings(self, values: Floats) -> Floats:
        """Add up what a state takes of each branching, shape (..., S), from values of shape (..., B, K)."""
        total = np.zeros((*values.shape[:-2], len(self.states)))
        for b, taken in enumerate(self.choice):
            where = taken != NOTHING
            total[..., where] += values[..., b, taken[where]]
        return total

    @cached_property
    def prior(self) -> Floats:
        """Expected prior probability of each state, shape (S,)."""
        return np.exp(self.log_prior)

    @property
    def sizes(self) -> Integers:
        """Count the values of each indicator, shape (N,)."""
        return np.array([len(values) for values in self.values], dtype=np.intp)

    @cached_property
    def is_silent(self) -> Mask:
        """Which indicators are silent, shape (N,)."""
        return np.asarray((self.detection_of != NOTHING).any(axis=1))

    @cached_property
    def has_ratios(self) -> Mask:
        """Which indicators are stated as ratios, shape (N,)."""
        return np.asarray((self.ratio_of != NOTHING).any(axis=1))

    @cached_property
    def is_reported(self) -> Mask:
        """Which indicators some source reports on, shape (N,)."""
        found = np.zeros(len(self.indicators), dtype=bool)
        found[self.reports.indicator] = True
        return found

    @cached_property
    def is_other(self) -> Mask:
        """Which indicators are evidence without a report, being silent or stated as ratios, shape (N,)."""
        return self.is_silent | self.has_ratios

    @property
    def is_evidence(self) -> Mask:
        """Which indicators are reported, silent or stated as ratios, shape (N,)."""
        return self.is_reported | self.is_other

    @cached_property
    def attempted(self) -> tuple[Mask, ...]:
        """For each deception entry, the states that are staged by its author, shape (S,) each."""
        return tuple(self.entry_of == number for number in range(len(self.entries)))

    def staging(self, fact: int, state: Integers, reach: Floats) -> tuple[Integers, Floats, Integers]:
        """Return what a fact takes at some states: its own statement, the chance that a plant takes, the blamed one.

        Parameters
        ----------
        fact : int
        state : ndarray of int, shape (P,)
        reach : ndarray, shape (..., Q)
            Chances within reach, of each draw or expected ones.

        Returns
        -------
        own : ndarray of int, shape (P,)
        q : ndarray, shape (..., P)
            Zero where nothing is staged.
        blamed : ndarray of int, shape (P,)
            The own statement where there is none.
        """
        own, blamed, place = (table[fact, state] for table in (self.own_of, self.blamed_of, self.reach_of))
        q = np.where(place == NOTHING, 0.0, reach[..., place]) if reach.shape[-1] else np.zeros(place.shape)
        return own, q, np.where(blamed == NOTHING, own, blamed)

    @cached_property
    def node_membership(self) -> Mask:
        """Whether each state lies at or below each node, shape (V, S)."""
        return np.array([self.membership[node] for node in self.nodes])

    @cached_property
    def leaf_membership(self) -> Floats:
        """One where a state is of a leaf, shape (H, S)."""
        return np.asarray(self.leaf_of == np.arange(len(self.leaves))[:, None], dtype=float)

    def states_in(self, name: str) -> Mask:
        """Return the states of a node, a proposition or a condition, shape (S,).

        Raises
        ------
        RequestError
            If there is no such thing; the message says what there is.
        """
        if name in self.membership:
            return self.membership[name]
        parts = [part.strip() for part in name.split("&")]
        parts = ["=".join(piece.strip() for piece in part.split("=")) for part in parts]
        unknown = [part for part in parts if part not in self.membership or part in self.propositions]
        if unknown or not name.strip():
            bad = unknown[0] if unknown else name
            near = suggestion(bad, self.membership)
            raise RequestError(
                f"There is no hypothesis, proposition or condition {quoted(bad)}."
                f"{near or f' There are {listed(self.membership)}.'}"
            )
        return np.asarray(np.logical_and.reduce([self.membership[part] for part in parts]))

    def with_report(self, indicator: int, value: int) -> Problem:
        """Return the problem in which an unknown indicator is reported to have a value, by the source that is named."""
        slot, reliability_of = self.unreported[indicator]
        return replace(self, reports=self.reports.added(indicator, value, "", slot, reliability_of))


@dataclass(slots=True)
class _Statements:
    """Collects elicited quantities of one kind, and which of them each state takes."""

    outline: Outline
    states: Sequence[State]
    distributions: list[AnyDistribution] = field(default_factory=list)
    names: list[Elicited] = field(default_factory=list)
    _cache: dict[tuple[Condition, ...], Integers] = field(default_factory=dict)

    def add(self, owner: str, what: Keys, rows: Statements) -> Integers:
        """Add the statements of one owner; return which one each state takes, shape (S,)."""
        first = len(self.distributions)
        is_single = tuple(rows) == (OTHERS,) and what[-1] not in {"likelihood", "probability", "ratios"}
        for condition, judgement in rows.items():
            self.distributions.append(judgement.distribution)
            keys = what if is_single else (*what, str(condition))
            self.names.append(Elicited(keys, owner, condition))
        conditions = tuple(rows)
        if conditions not in self._cache:
            self._cache[conditions] = positions(conditions, self.outline, self.states)
        return first + self._cache[conditions]

    def add_one(self, owner: str, what: Keys, judgement: Judgement) -> int:
        """Add a statement without conditions; return its position."""
        self.distributions.append(judgement.distribution)
        self.names.append(Elicited(what, owner))
        return len(self.distributions) - 1


def positions(conditions: Sequence[Condition], outline: Outline, combinations: Sequence[State]) -> Integers:
    """Return which of some conditions each combination takes: the narrowest that applies.

    Parameters
    ----------
    conditions : sequence of Condition
        Without gaps and clashes, of which the loader tells.
    outline : Outline
    combinations : sequence of State
        Leaves with values of the first circumstances, or of all.

    Returns
    -------
    ndarray of int, shape (len(combinations),)
    """
    if len(conditions) == 1 and conditions[0] == OTHERS:
        return np.zeros(len(combinations), dtype=np.intp)
    names = [branch.name for branch in outline.circumstances]
    classes = outline.classes
    leaves = {each.leaf for each in combinations}
    held = np.empty((len(conditions), len(combinations)), dtype=bool)
    for number, condition in enumerate(conditions):
        asked = [(names.index(name), value) for name, value in condition.values]
        by_leaf = {
            leaf: condition.author_class in {"", classes.get(leaf, "")} and Condition(condition.node).holds(leaf, {})
            for leaf in leaves
        }
        held[number] = [
            by_leaf[each.leaf] and all(len(each.values) > at and each.values[at] == value for at, value in asked)
            for each in combinations
        ]
    minimal = held.copy()
    for number, condition in enumerate(conditions):
        for other, narrower in enumerate(conditions):
            if other != number and narrower.is_narrower(condition):
                minimal[number] &= ~held[other]
    if not (minimal.sum(axis=0) == 1).all():
        raise RequestError("The statements of this case leave a gap or clash; 'falseflag check' says where")
    return np.asarray(minimal.argmax(axis=0), dtype=np.intp)


def problem_of(case: Case) -> Problem:
    """Lay out a case as arrays.

    Raises
    ------
    RequestError
        If the case is too large to be answered.
    """
    return _Layout(case).problem()


class _Layout:
    """Lays out one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.outline = case.outline
        self.states = tuple(states(self.outline))
        if len(self.states) * len(case.indicators) > MAX_CELLS:
            raise RequestError(
                f"A case to be answered should have at most {MAX_CELLS:,} states × indicators but has "
                f"{len(self.states):,} × {len(case.indicators):,}"
            )

    def collector(self) -> _Statements:
        return _Statements(self.outline, self.states)

    def problem(self) -> Problem:
        case, states_ = self.case, self.states
        likelihoods, detections, ratios = self.collector(), self.collector(), self.collector()
        own, detection_of, ratio_of = [], [], []
        nothing = np.full(len(states_), NOTHING, dtype=np.intp)
        owners: list[int] = []
        for number, (name, indicator) in enumerate(case.indicators.items()):
            what = ("indicators", name)
            own.append(
                likelihoods.add(name, (*what, "likelihood"), indicator.likelihood) if indicator.likelihood else nothing
            )
            owners += [number] * (len(likelihoods.names) - len(owners))
            detection_of.append(
                detections.add(name, (*what, "detection"), indicator.detection) if indicator.detection else nothing
            )
            ratio_of.append(ratios.add(name, (*what, "ratios"), indicator.ratios) if indicator.ratios else nothing)
        values = tuple(tuple(indicator.values) for indicator in case.indicators.values())
        own_of = _stacked(own, len(states_))
        blamed_of, reach, reach_of = self.staging(likelihoods, own_of)
        branchings, weights, choice = self.branchings()
        reliability, reports, unreported = self.reports()
        correlations = self.collector()
        correlation_of = [
            correlations.add(name, ("dependence", name, "correlation"), group.correlation)
            for name, group in case.groups.items()
        ]
        group_of = {name: g for g, group in enumerate(case.groups.values()) for name in group.indicators}
        entries = tuple(case.deception)
        leaves = tuple(leaf.name for leaf in case.leaves)
        return Problem(
            nodes=tuple(node.name for node in case.nodes),
            leaves=leaves,
            circumstances=tuple(case.circumstances),
            indicators=tuple(case.indicators),
            values=values,
            groups=tuple(case.groups),
            sources=tuple(case.sources),
            entries=entries,
            states=states_,
            leaf_of=_places([s.leaf for s in states_], leaves),
            entry_of=np.array([entries.index(s.staged) if s.staged else NOTHING for s in states_], dtype=np.intp),
            branchings=branchings,
            weights=weights,
            choice=choice,
            statements=Simplexes.of(likelihoods.distributions, max([2, *map(len, values)])),
            statement_names=tuple(likelihoods.names),
            statement_indicator=np.array(owners, dtype=np.intp),
            own_of=own_of,
            blamed_of=blamed_of,
            reach=Distributions.of(reach.distributions),
            reach_names=tuple(reach.names),
            reach_of=reach_of,
            detection=Distributions.of(detections.distributions),
            detection_names=tuple(detections.names),
            detection_of=_stacked(detection_of, len(states_)),
            ratios=Ratios.of(ratios.distributions),
            ratio_names=tuple(ratios.names),
            ratio_of=_stacked(ratio_of, len(states_)),
            reliability=Distributions.of(reliability.distributions),
            reliability_names=tuple(reliability.names),
            reports=reports,
            unreported=unreported,
            group_of=np.array([group_of.get(name, NOTHING) for name in case.indicators], dtype=np.intp),
            correlation=Distributions.of(correlations.distributions),
            correlation_names=tuple(correlations.names),
            correlation_of=_stacked(correlation_of, len(states_)),
            membership=self.membership(),
            propositions=tuple(case.propositions),
            seen=tuple(indicator.seen for indicator in case.indicators.values()),
        )

    def staging(self, likelihoods: _Statements, own_of: Integers) -> tuple[Integers, _Statements, Integers]:
        """Return the statements that staged states take from those blamed, and the chances that staging takes."""
        case = self.case
        reach = self.collector()
        blamed_of, reach_of = np.full((2, *own_of.shape), NOTHING, dtype=np.intp)
        first = {name: n for n, name in reversed(list(enumerate(e.owner for e in likelihoods.names)))}
        for entry in case.deception.values():
            staged = [s for s, state in enumerate(self.states) if state.staged == entry.node]
            combinations = [State(*self.outline.blamed(self.states[s])) for s in staged]
            cache: dict[tuple[Condition, ...], Integers] = {}
            for name, judgement in entry.reach.items():
                i = list(case.indicators).index(name)
                conditions = tuple(case.indicators[name].likelihood)
                if conditions not in cache:
                    cache[conditions] = positions(conditions, self.outline, combinations)
                reach_of[i, staged] = reach.add_one(name, ("deception", entry.node, "reach", name), judgement)
                blamed_of[i, staged] = first[name] + cache[conditions]
        return blamed_of, reach, reach_of

    def branchings(self) -> tuple[tuple[Branching, ...], Simplexes, Integers]:
        """Return all branchings, their weights, and which alternative each state takes."""
        found = [*self.of_tree(), *self.of_circumstances(), *self.of_attempts()]
        branchings, first = [], 0
        for name, kind, alternatives, _, _ in found:
            branchings.append(Branching(name, kind, alternatives, first))
            first += len(alternatives)
        width = max(len(alternatives) for _, _, alternatives, _, _ in found)
        weights = Simplexes.of([value for _, _, _, value, _ in found], width)
        return tuple(branchings), weights, np.array([taken for *_, taken in found], dtype=np.intp)

    def of_tree(self) -> Iterator[_Found]:
        case = self.case
        tops = [("", case.hypotheses, case.prior_strength)]
        inner = [(node.name, node.children, node.prior_strength) for node in case.nodes if node.children]
        for parent, children, strength in [*tops, *inner]:
            prefix = f"{parent}." if parent else ""
            place = {child.name: position for position, child in enumerate(children)}
            taken = [
                place[prefix + s.leaf.removeprefix(prefix).partition(".")[0]] if s.leaf.startswith(prefix) else NOTHING
                for s in self.states
            ]
            yield (
                Elicited(keys_of_node(parent), parent),
                "hypotheses",
                tuple(place),
                _weighted(children, strength),
                taken,
            )

    def of_circumstances(self) -> Iterator[_Found]:
        for number, (name, circumstance) in enumerate(self.case.circumstances.items()):
            prefixes = [State(s.leaf, s.values[:number]) for s in self.states]
            row_of = positions(tuple(circumstance.probability), self.outline, prefixes)
            alternatives = tuple(circumstance.values)
            value = [alternatives.index(s.values[number]) for s in self.states]
            for row, (condition, judgement) in enumerate(circumstance.probability.items()):
                what = ("circumstances", name, "probability", str(condition))
                taken = [v if r == row else NOTHING for v, r in zip(value, row_of, strict=True)]
                yield Elicited(what, name, condition), "circumstance", alternatives, judgement.distribution, taken

    def of_attempts(self) -> Iterator[_Found]:
        staging = {leaf: entry for leaf in self.outline.leaves if (entry := self.outline.staging_of(leaf))}
        for node, deception in self.case.deception.items():
            taken = [
                NOTHING if s.leaf not in staging or staging[s.leaf].node != node else int(not s.staged)
                for s in self.states
            ]
            what = ("deception", node, "attempt")
            yield Elicited(what, node), "attempt", ("staged", "plain"), deception.attempt.distribution, taken

    def reports(self) -> tuple[_Statements, Reports, dict[int, tuple[int, Integers]]]:
        """Return the reliabilities, the reports, and from whom each unknown indicator would be reported."""
        case = self.case
        reliability = self.collector()
        by_source = {
            name: reliability.add(
                name, ("sources", name, "reliability" if not source.grade else "grade"), source.reliability
            )
            for name, source in case.sources.items()
            if source.reliability is not None
        }
        slots: dict[str, int] = {name: n for n, name in enumerate(case.sources)}
        certain: list[Integers] = []

        def taken(report: Report, owner: str, what: Keys) -> tuple[int, Integers]:
            if report.reliability is not None:
                slots[f"\0{len(slots)}"] = slot = len(slots)
                return slot, reliability.add(owner, (*what, "reliability"), report.reliability)
            if report.source in by_source:
                return slots[report.source], by_source[report.source]
            if not certain:
                position = reliability.add_one("", (), Judgement(Point(1.0), "1"))
                certain.append(np.full(len(self.states), position, dtype=np.intp))
            slots[f"\0{len(slots)}"] = slot = len(slots)
            return slot, certain[0]

        rows, unreported = [], {}
        for number, (name, indicator) in enumerate(case.indicators.items()):
            what = ("indicators", name)
            for report in indicator.reports:
                several = len(indicator.reports) > 1
                found = taken(
                    report,
                    f"{name}, {report.source}" if several else name,
                    (*what, "reports", report.source) if several else what,
                )
                rows.append((number, list(indicator.values).index(report.says), report.source, *found, report.seen))
            if not indicator.is_evidence:
                unreported[number] = taken(Report(indicator.source, "", indicator.reliability), name, what)
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), (), ()]
        reports = Reports(
            indicator=np.array(columns[0], dtype=np.intp),
            value=np.array(columns[1], dtype=np.intp),
            source=tuple(columns[2]),
            slot=np.array(columns[3], dtype=np.intp),
            reliability_of=_stacked(list(columns[4]), len(self.states)),
            seen=tuple(columns[5]),
        )
        return reliability, reports, unreported

    def membership(self) -> dict[str, Mask]:
        case = self.case
        found: dict[str, Mask] = {}
        for node in case.nodes:
            found[node.name] = np.array([is_at_or_below(s.leaf, node.name) for s in self.states], dtype=bool)
        for number, (name, circumstance) in enumerate(case.circumstances.items()):
            for value in circumstance.values:
                found[f"{name}={value}"] = np.array([s.values[number] == value for s in self.states], dtype=bool)

        def mask(condition: Condition) -> Mask:
            names = [condition.node] * bool(condition.node) + [f"{name}={value}" for name, value in condition.values]
            every = np.ones(len(self.states), dtype=bool)
            return np.asarray(np.logical_and.reduce([every, *(found.get(name, ~every) for name in names)]))

        for name, proposition in case.propositions.items():
            found[name] = np.logical_or.reduce([mask(condition) for condition in proposition.when])
        return found


type _Found = tuple[Elicited, str, tuple[str, ...], AnyDistribution, list[int]]
"""A branching's names, kind, alternatives, distribution, and the alternative that each state takes."""


def _weighted(children: Sequence[Hypothesis], strength: float) -> AnyDistribution:
    weights = np.array([child.weight for child in children])
    weights = weights / weights.max()  # weights near the largest float must not overflow in the sum
    mean = weights / weights.sum()
    return Fixed(tuple(mean.tolist())) if np.isinf(strength) else Dirichlet(tuple((strength * mean).tolist()))


def _stacked(rows: Sequence[Integers], width: int) -> Integers:
    return np.array(rows, dtype=np.intp).reshape(len(rows), width)


def _places(names: Sequence[str], among: Sequence[str]) -> Integers:
    place = {name: position for position, name in enumerate(among)}
    return np.array([place[name] for name in names], dtype=np.intp)
