"""The evidence of a problem as factors: tables over states, contracted over what couples them.

Given a state, the evidence on one fact is

    f_i = Σ_v P(v_i = v | s, φ) Π_k P(source k says x_ik | v, r_k),

and everything that the analyst is unsure of enters it linearly, so that means suffice, but for two things that couple
facts: the reliability r of a source that reports on several of them, and the normal variate z and the correlation ρ of
a dependence group. These are *vertices*. A fact's factor is a table with an axis for each vertex that it touches, on
quadrature nodes: Gauss-Jacobi nodes of r, exact since the integrand is a polynomial in r, and nodes of (ρ, z) laid end
to end. Facts that share no vertex, directly or through others, are independent; those that do form a *component*,
whose vertices are summed out one after another, each time the one that leaves the smallest table.

States that take the same statements in all of a component share one *pattern*, and everything is computed by pattern.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from falseflag.arrays import Distributions, Floats, Integers, Mask
from falseflag.errors import RequestError
from falseflag.inference.exact.contraction import Factor, axes_of, contract, largest_table
from falseflag.inference.exact.group_nodes import FARTHEST_REACH, KEPT, REACH, GroupNodes, Rises, scales
from falseflag.inference.exact.quadrature import gauss_jacobi, logit_rule, truth_probability
from falseflag.problem import NOTHING, Problem

LARGEST_TABLE = 2e7
"""Entries × patterns of the largest table that a contraction may make."""

AT_ONCE = 4_000_000
"""Elements of a table that are computed at once; larger work goes in blocks of patterns."""

MOST_KEPT = 8_000_000
"""Elements of facts' tables that a component keeps for the next one who asks: 64 MB."""

MAIN_WEIGHT = 1e-11
"""Values of ρ with at least this prior weight are always taken into account."""

NEGLIGIBLE_SHARE = 1e-9
"""Others are, if they could make up more than this of any pattern's likelihood."""

MOST_EVALUATIONS = 8e7
"""Statements × nodes of dependence groups that are tabulated at most, and kept: 640 MB, some ten seconds."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which observations count.

    Parameters
    ----------
    reports : ndarray of bool, shape (J,)
    others : ndarray of bool, shape (N,)
        For silent indicators and for those stated as ratios; of no effect on the rest.
    heard : frozenset of int
        Silent indicators that are taken to have been heard of, in simulated incidents.
    """

    reports: Mask
    others: Mask
    heard: frozenset[int] = frozenset()

    @classmethod
    def all_of(cls, problem: Problem) -> Evidence:
        """Take everything that was observed."""
        return cls(np.ones(len(problem.reports), dtype=bool), np.ones(len(problem.indicators), dtype=bool))

    @classmethod
    def none_of(cls, problem: Problem) -> Evidence:
        """Take nothing."""
        return cls(np.zeros(len(problem.reports), dtype=bool), np.zeros(len(problem.indicators), dtype=bool))

    def without(self, problem: Problem, *, indicators: Iterable[int] = (), source: str | None = None) -> Evidence:
        """Leave out all that was observed of some indicators, or all that a source reports."""
        gone = np.isin(np.arange(len(self.others)), list(indicators))
        reports = self.reports & ~gone[problem.reports.indicator]
        if source is not None:
            reports &= np.array([each != source for each in problem.reports.source], dtype=bool)
        return replace(self, reports=reports, others=self.others & ~gone)


@dataclass(frozen=True, slots=True)
class Block:
    """Patterns of a component that are computed together, and the nodes of the groups there."""

    patterns: Integers
    nodes: tuple[GroupNodes, ...]


@dataclass(frozen=True)
class Component:
    """Facts that are coupled by sources and groups, directly or through others; or a single one.

    Parameters
    ----------
    problem : Problem
    evidence : Evidence
    facts : tuple of int
        Indicators with evidence, and the other members of their groups.
    groups : tuple of int
        Dependence groups; they are the vertices that come first.
    slots : tuple of int
        Reliabilities shared by several reports: the vertices that follow.
    for_points : bool
        Whether nodes of groups suit any one statement held as a point, too.
    """

    problem: Problem
    evidence: Evidence
    facts: tuple[int, ...]
    groups: tuple[int, ...]
    slots: tuple[int, ...]
    for_points: bool = False

    def _rows(self) -> Integers:
        """Everything that a state takes here, one row for each kind and fact; columns are states."""
        problem, facts = self.problem, list(self.facts)
        reports = np.flatnonzero(np.isin(problem.reports.indicator, facts))
        tables = (problem.own_of, problem.blamed_of, problem.reach_of, problem.detection_of, problem.ratio_of)
        rows = [table[facts] for table in tables]
        rows += [problem.reports.reliability_of[reports], problem.correlation_of[list(self.groups)]]
        return np.concatenate(rows)

    @cached_property
    def _patterns(self) -> tuple[Integers, Integers]:
        _, first, pattern_of = np.unique(self._rows(), axis=1, return_index=True, return_inverse=True)
        return first, pattern_of.ravel()

    @property
    def state(self) -> Integers:
        """One state of each pattern, shape (P,)."""
        return self._patterns[0]

    @property
    def pattern_of(self) -> Integers:
        """The pattern of each state, shape (S,)."""
        return self._patterns[1]

    @cached_property
    def active(self) -> tuple[int, ...]:
        """The facts on which there is evidence."""
        problem, evidence = self.problem, self.evidence
        told = set(problem.reports.indicator[evidence.reports].tolist())
        silent = set(np.flatnonzero(problem.is_other & evidence.others).tolist())
        return tuple(fact for fact in self.facts if fact in told or fact in silent)

    def facts_of(self, kind: str, n: int) -> list[int]:
        """Return the facts with evidence whose factors an elicited number enters; of a correlation, the group's.

        Parameters
        ----------
        kind : str
            Of `falseflag.numbers.Number`; weights enter none.
        n : int
            Its place among the numbers of that kind.
        """
        problem = self.problem
        match kind:
            case "likelihood":
                found = [int(problem.statement_indicator[n])]
            case "ratio":
                found = np.flatnonzero((problem.ratio_of == n).any(axis=1)).tolist()
            case "detection":
                found = np.flatnonzero((problem.detection_of == n).any(axis=1)).tolist()
            case "reach":
                found = np.flatnonzero((problem.reach_of == n).any(axis=1)).tolist()
            case "reliability":
                counts = (problem.reports.reliability_of == n).any(axis=1) & self.evidence.reports
                found = np.unique(problem.reports.indicator[counts]).tolist()
            case "correlation":
                group = problem.groups.index(problem.correlation_names[n].owner)
                found = np.flatnonzero(problem.group_of == group).tolist() if group in self.groups else []
            case _:
                found = []
        return [fact for fact in found if fact in self.active]

    def reports_on(self, fact: int) -> Integers:
        """Return the reports on a fact that count."""
        return np.flatnonzero((self.problem.reports.indicator == fact) & self.evidence.reports)

    def axes_of(self, fact: int) -> tuple[int, ...]:
        """Return the vertices that a fact touches, ascending."""
        group = int(self.problem.group_of[fact])
        own = [self.groups.index(group)] if group in self.groups else []
        slots = {int(self.problem.reports.slot[j]) for j in self.reports_on(fact)}
        return (*own, *sorted(len(self.groups) + self.slots.index(slot) for slot in slots if slot in self.slots))

    @cached_property
    def degrees(self) -> dict[int, int]:
        """The number of reports that share each slot."""
        problem = self.problem
        here = np.isin(problem.reports.indicator, self.facts) & self.evidence.reports
        return {slot: int((here & (problem.reports.slot == slot)).sum()) for slot in self.slots}

    def check_size(self) -> None:
        """Refuse a component whose tables would be too large, or would take too long, before any is made.

        Raises
        ------
        RequestError
            With the sources or groups that are entangled.
        """
        sizes = {len(self.groups) + n: (self.degrees[slot] + 3) // 2 for n, slot in enumerate(self.slots)}
        self._check_table(sizes | dict.fromkeys(range(len(self.groups)), 1), len(self.state))
        for part in self._parts:
            nodes = {n: int(self._count(group, part)) for n, group in enumerate(self.groups)}
            self._check_table(sizes | nodes, 1)

    def _check_table(self, sizes: dict[int, int], patterns: int) -> None:
        largest, spanned = largest_table([self.axes_of(fact) for fact in self.active], sizes)
        if largest * patterns > LARGEST_TABLE:
            names = self.problem.sources
            slots = [self.slots[v - len(self.groups)] for v in sorted(spanned) if v >= len(self.groups)]
            sources = ", ".join(f"'{names[slot]}'" for slot in slots if slot < len(names))
            raise RequestError(
                f"The sources {sources} report on so many of the same facts and groups that the exact answer would "
                f"need a table of {largest * patterns:.2g} entries, and at most {LARGEST_TABLE:.2g} are made; "
                "let fewer of them report on the same facts, or fix the reliability of some (grade_strength: certain)"
            )

    @cached_property
    def _parts(self) -> list[Integers]:
        """The patterns in parts, each of which has its own nodes of groups."""
        return [part for patterns in self._alike() for part in self._split(patterns)]

    def _alike(self) -> list[Integers]:
        """Return sets of patterns whose groups share their correlations."""
        if not self.groups:
            return []
        kinds = self.problem.correlation_of[list(self.groups)][:, self.state]
        _, alike = np.unique(kinds, axis=1, return_inverse=True)
        return [np.flatnonzero(alike.ravel() == kind) for kind in range(int(alike.max()) + 1)]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The patterns in blocks of bounded tables, those of a block on common nodes."""
        return tuple(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        groups = list(self.groups)
        if self.slots or groups:
            self.check_size()
        if not groups:
            per_pattern = np.prod([float((self.degrees[slot] + 3) // 2) for slot in self.slots])
            count = max(1, int(AT_ONCE // max(per_pattern, 1)))
            every = np.arange(len(self.state))
            yield from (Block(every[at : at + count], ()) for at in range(0, len(every), count))
            return
        for part in self._parts:
            yield Block(part, tuple(self._nodes(group, part) for group in groups))

    def _split(self, patterns: Integers) -> list[Integers]:
        """Split patterns where nodes that suit all their statements would be many: then each has its own."""
        together, apart = 0.0, 0.0
        for group in self.groups:
            together += self._evaluations(group, patterns)
            if len(patterns) > 1 and together > 200_000:
                apart += sum(self._evaluations(group, patterns[p : p + 1]) for p in range(len(patterns)))
        singly = len(patterns) > 1 and together > 200_000 and apart < together
        if (apart if singly else together) > MOST_EVALUATIONS:
            names = ", ".join(f"'{self.problem.groups[g]}'" for g in self.groups)
            raise RequestError(
                f"The dependence group{'s' * (len(self.groups) > 1)} {names} would need "
                f"{min(apart or together, together):.2g} evaluations, and at most {MOST_EVALUATIONS:.2g} are "
                "made; use fewer indicators or statements, intervals instead of points, or correlations further below 1"
            )
        if singly:
            return list(patterns[:, None])
        count = max(1, int(AT_ONCE // sum(self._count(group, patterns) for group in self.groups)))
        return [patterns[at : at + count] for at in range(0, len(patterns), count)]

    def _statements(self, group: int, patterns: Integers) -> Integers:
        """Return the statements that some patterns take of a group's members, ascending."""
        members = np.flatnonzero(self.problem.group_of == group)
        at = self.state[patterns]
        found = np.unique(np.concatenate([self.problem.own_of[members][:, at], self.problem.blamed_of[members][:, at]]))
        return np.asarray(found[found != NOTHING])

    def correlation(self, group: int, patterns: Integers) -> Distributions:
        """Return the correlation that some patterns, which share it, take of a group."""
        at = self.problem.correlation_of[group, self.state[patterns[0]]]
        return self.problem.correlation[np.array([at])]

    def _rises(self, used: Integers) -> Rises:
        pairs, owner = self.problem.statements.pairs[used], self.problem.statement_indicator[used]
        return Rises.of(pairs, owner, for_points=self.for_points)

    def _evaluations(self, group: int, patterns: Integers) -> float:
        """Return about how many statements × nodes the table of a group has."""
        return len(self._statements(group, patterns)) * self._count(group, patterns)

    def _count(self, group: int, patterns: Integers) -> float:
        """Return about how many nodes of (ρ, z) a group needs."""
        rises = self._rises(self._statements(group, patterns))
        rule = logit_rule(self.correlation(group, patterns)).without_negligible()
        main = rule.nodes[0, rule.weights[0] >= MAIN_WEIGHT]
        return sum(rises.count(r, n, REACH) for r, n in zip(*scales(main), strict=True))

    def _nodes(self, group: int, patterns: Integers) -> GroupNodes:
        """Return a group's nodes, wide enough for what was observed; those made lately are kept."""
        used, facts = self._statements(group, patterns), self._observed(group)
        pairs, correlation = self.problem.statements.pairs[used], self.correlation(group, patterns)
        blank = replace(self, slots=())
        state = self.state[patterns]
        observed = [blank.told(fact, Block(np.arange(len(state)), ()), state=state) for fact in facts]
        rows = [
            table[facts][:, state] for table in (self.problem.own_of, self.problem.blamed_of, self.problem.reach_of)
        ]
        parts = (*vars_of(pairs), *vars_of(correlation), *vars_of(self.problem.reach), used, self._sign, *rows)
        arrays = (*parts, *(each for told in observed for each in told))
        key = (self.for_points, *(np.ascontiguousarray(array).tobytes() for array in arrays))
        return KEPT.get(key, lambda: self._made(group, patterns))

    def _made(self, group: int, patterns: Integers) -> GroupNodes:
        used = self._statements(group, patterns)
        rule = logit_rule(self.correlation(group, patterns)).without_negligible()
        counts = rule.weights[0] >= MAIN_WEIGHT
        nodes = self._reaching(group, used, rule.nodes[0, counts], rule.weights[0, counts], patterns)
        if not counts.all():
            threshold = NEGLIGIBLE_SHARE * np.exp(-min(self._share(group, patterns, nodes), 600.0))
            more = counts | (rule.weights[0] > threshold)
            if more.sum() > counts.sum():
                nodes = self._reaching(group, used, rule.nodes[0, more], rule.weights[0, more], patterns)
        return nodes

    def _share(self, group: int, patterns: Integers, nodes: GroupNodes) -> float:
        """Return the log of how many times the likelihood at a value of ρ left out can at most be the integral."""
        product, bound = np.ones((len(patterns), len(nodes.shift))), np.zeros(len(patterns))
        for fact in self._observed(group):
            table = self._alone(fact, patterns, nodes)
            product *= table
            bound = np.minimum(bound, np.log(np.maximum((table * nodes.weight).sum(axis=1), 1e-300)))
        return float((bound - np.log(np.maximum((product * nodes.weight).sum(axis=1), 1e-300))).max())

    def _observed(self, group: int) -> list[int]:
        return [fact for fact in self.active if self.problem.group_of[fact] == group]

    def _alone(self, fact: int, patterns: Integers, nodes: GroupNodes) -> Floats:
        """Return a fact's factor at a group's nodes with mean reliabilities, shape (P, Z)."""
        own = replace(self, slots=())
        return own.factor(fact, Block(patterns, tuple(nodes for _ in self.groups)), state=self.state).table

    def _reaching(self, group: int, used: Integers, logit: Floats, weight: Floats, patterns: Integers) -> GroupNodes:
        """Lay out nodes in z at some values of ρ, further out until the integrand has fallen off."""
        rises = self._rises(used)
        reach = REACH
        while True:
            nodes = self._laid_out(used, rises, logit, weight, reach)
            terms = np.broadcast_to(nodes.weight, (len(patterns), len(nodes.weight)))
            for fact in self._observed(group):
                terms = terms * self._alone(fact, patterns, nodes)
                top = terms.max(axis=1, keepdims=True)
                terms = terms / np.where(top > 0, top, 1.0)
            if reach >= FARTHEST_REACH or not nodes.is_short(terms):
                return nodes
            reach = min(1.5 * reach, FARTHEST_REACH)

    def _laid_out(self, used: Integers, rises: Rises, logit: Floats, weight: Floats, reach: float) -> GroupNodes:
        root, noise = scales(logit)
        rules = [rises.rule(r, n, reach) for r, n in zip(root, noise, strict=True)]
        z, step = (np.concatenate(part) for part in zip(*rules, strict=True))
        counts = np.array([len(rule[0]) for rule in rules])
        number = np.repeat(np.arange(len(rules)), counts)
        shift, noises = root[number] * z, noise[number]
        sign = self._sign[np.searchsorted(self.facts, self.problem.statement_indicator[used])]
        return GroupNodes(
            weight=weight[number] * step * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
            start=np.cumsum(counts) - counts,
            logit=logit,
            shift=shift,
            noise=noises,
            used=used,
            sign=sign,
            table=truth_probability(self.problem.statements.pairs[used], sign, shift, noises),
        )

    @cached_property
    def _sign(self) -> Floats:
        """1 where a fact's first value is the one first reported, else -1; 1 without reports. Shape (facts,)."""
        sign = np.ones(len(self.facts))
        for n, fact in enumerate(self.facts):
            reports = self.reports_on(fact)
            if len(reports) and self.problem.reports.value[reports[0]] == 1:
                sign[n] = -1.0
        return sign

    def reliabilities(self, block: Block, more: int = 0) -> dict[int, tuple[Floats, Floats]]:
        """Return nodes and weights of each slot, shape (P, nodes) each; exact for `more` further reports."""
        key = (int(block.patterns[0]), len(block.patterns), more)
        if key not in self._slot_nodes:
            self._slot_nodes[key] = self._reliabilities(block, more)
        return self._slot_nodes[key]

    @cached_property
    def _slot_nodes(self) -> dict[tuple[int, int, int], dict[int, tuple[Floats, Floats]]]:
        return {}

    def _reliabilities(self, block: Block, more: int) -> dict[int, tuple[Floats, Floats]]:
        found = {}
        for slot in self.slots:
            taken = self._reliability_at(slot, block)
            rows, place = np.unique(taken, return_inverse=True)
            count = (self.degrees[slot] + more) // 2 + 1
            nodes, weights = gauss_jacobi(self.problem.reliability[rows], count)
            found[slot] = nodes[place], weights[place]
        return found

    def _reliability_at(self, slot: int, block: Block) -> Integers:
        report = int(np.flatnonzero(self.problem.reports.slot == slot)[0])
        return np.asarray(self.problem.reports.reliability_of[report, self.state[block.patterns]])

    def vertex_weights(self, block: Block, more: int = 0) -> dict[int, Floats]:
        """Return the quadrature weights of each vertex, shape (P, nodes)."""
        weights = {
            n: np.broadcast_to(g.weight, (len(block.patterns), len(g.weight))) for n, g in enumerate(block.nodes)
        }
        by_slot = self.reliabilities(block, more)
        return weights | {len(self.groups) + n: by_slot[slot][1] for n, slot in enumerate(self.slots)}

    def truths(self, fact: int, block: Block, state: Integers | None = None) -> list[tuple[Floats, Floats]]:
        """Return for each value of a fact its probability at the nodes of its group, as itself and as planted.

        Both have shape (P,), or (P, Z) in a group; the first is already times one minus the chance that staging takes,
        the second times that chance, so that they add up to the probability of the value.
        """
        problem = self.problem
        at = (self.state if state is None else state)[block.patterns]
        own, q, blamed = problem.staging(fact, at, problem.reach.mean)
        group = int(problem.group_of[fact])
        if group in self.groups:
            nodes = block.nodes[self.groups.index(group)]
            itself = nodes.both(own)
            planted = nodes.both(blamed) if q.any() else itself
            q = q[:, None]
        else:
            mean = problem.statements.mean
            itself = tuple(mean[own, v] for v in range(len(problem.values[fact])))
            planted = tuple(mean[blamed, v] for v in range(len(itself)))
        return [((1 - q) * a, q * b) for a, b in zip(itself, planted, strict=True)]

    def told(
        self, fact: int, block: Block, more: int = 0, state: Integers | None = None, weighted: int = NOTHING
    ) -> list[Floats]:
        """Return for each value of a fact the probability of what was observed of it, with an axis for each slot.

        Shape (P, 1 or nodes, …), in the order of the fact's slots among `axes_of`. With `weighted`, a report that
        shares its reliability r with no other, times r: E[r P(report)] in place of E[P(report)].
        """
        problem = self.problem
        at = (self.state if state is None else state)[block.patterns]
        slots = [self.slots[axis - len(self.groups)] for axis in self.axes_of(fact) if axis >= len(self.groups)]
        size = len(problem.values[fact])
        found = [np.ones((len(at), *[1] * len(slots))) for _ in range(size)]
        by_slot = self.reliabilities(block, more) if slots else {}
        for j in self.reports_on(fact):
            slot, index = int(problem.reports.slot[j]), problem.reports.reliability_of[j, at]
            if slot in slots:
                shape = [len(at), *(-1 if each == slot else 1 for each in slots)]
                right = by_slot[slot][0].reshape(shape)
                wrong = 1 - right
            else:
                shape = [len(at), *[1] * len(slots)]
                right, wrong = problem.reliability.mean[index], problem.reliability.complement[index]
                if j == weighted:
                    right, wrong = _times_itself(problem.reliability[index])
                right, wrong = right.reshape(shape), wrong.reshape(shape)
            for v in range(size):
                found[v] = found[v] * (right if v == problem.reports.value[j] else wrong / (size - 1))
        if problem.is_silent[fact] and self.evidence.others[fact]:
            detection = problem.detection[problem.detection_of[fact, at]]
            is_heard = fact in self.evidence.heard
            chance = detection.mean if is_heard else detection.complement
            found[0] = found[0] * chance.reshape(len(at), *[1] * len(slots))
            found[1] = found[1] * (0.0 if is_heard else 1.0)
        return found

    def factor(  # noqa: PLR0913
        self,
        fact: int,
        block: Block,
        *,
        value: int | None = None,
        planted: bool = False,
        more: int = 0,
        state: Integers | None = None,
        weighted: int = NOTHING,
    ) -> Factor:
        """Return the factor of a fact: P(what was observed of it) by pattern and node.

        Parameters
        ----------
        fact : int
        block : Block
        value : int, optional
            Count only the case that the fact has this value.
        planted : bool
            Count only the case that it was drawn from the blamed statement.
        more : int
            Further reports that nodes of reliabilities are to be exact for.
        weighted : int
            A report whose probability is to be weighted by its reliability, see `told`.
        """
        problem = self.problem
        if problem.has_ratios[fact]:
            at = (self.state if state is None else state)[block.patterns]
            return Factor((), np.exp(problem.ratios.log_mean[problem.ratio_of[fact, at]]))
        truths, told = self.truths(fact, block, state), self.told(fact, block, more, state, weighted)
        axes = self.axes_of(fact)
        total: Floats | float = 0.0
        for v, ((itself, as_planted), report) in enumerate(zip(truths, told, strict=True)):
            if value is not None and v != value:
                continue
            truth = as_planted if planted else itself + as_planted
            if truth.ndim == 2:  # (P, Z): the group's axis comes first
                report_axes = report.reshape(len(report), 1, *report.shape[1:])
                total = total + truth.reshape(*truth.shape, *[1] * (report.ndim - 1)) * report_axes
            else:
                total = total + truth.reshape(-1, *[1] * (report.ndim - 1)) * report
        return Factor(axes, np.asarray(total))

    def factors(self, block: Block, *, leave_out: int | None = None, more: int = 0) -> list[Factor]:
        """Return the factors of all facts with evidence; small ones are kept."""
        return [self._kept_factor(fact, block, more) for fact in self.active if fact != leave_out]

    def _kept_factor(self, fact: int, block: Block, more: int = 0) -> Factor:
        observed = tuple(self.reports_on(fact).tolist()), bool(self.evidence.others[fact])
        key = (fact, int(block.patterns[0]), more, observed)
        if key not in self._tables:
            found = self.factor(fact, block, more=more)
            if found.table.size + sum(each.table.size for each in self._tables.values()) > MOST_KEPT:
                return found
            self._tables[key] = found
        return self._tables[key]

    @cached_property
    def _tables(self) -> dict[tuple[object, ...], Factor]:
        return {}

    @property
    def items(self) -> tuple[tuple[int, ...], ...]:
        """The facts with evidence, those of one group together, in the order of the first of each."""
        by_group: dict[object, list[int]] = {}
        for fact in self.active:
            group = int(self.problem.group_of[fact])
            by_group.setdefault(("group", group) if group in self.groups else fact, []).append(fact)
        return tuple(tuple(facts) for facts in by_group.values())

    def item(self, facts: tuple[int, ...], block: Block) -> tuple[Factor, Floats]:
        """Return the factor of an item, its group summed out, and the log of its scale, shape (P,)."""
        factors = [self._kept_factor(fact, block) for fact in facts]
        group = int(self.problem.group_of[facts[0]])
        if group not in self.groups:
            return factors[0], np.zeros(len(block.patterns))
        axis = self.groups.index(group)
        table, log_scale = contract(factors, {axis: self.vertex_weights(block)[axis]})
        return Factor(tuple(a for a in axes_of(factors) if a != axis), table), log_scale

    def slot_weights(self, block: Block) -> dict[int, Floats]:
        """Return the quadrature weights of the reliabilities alone."""
        return {axis: weight for axis, weight in self.vertex_weights(block).items() if axis >= len(self.groups)}

    def with_evidence(self, evidence: Evidence) -> Component:
        """Return the component with less of its evidence, on the same nodes."""
        other = replace(self, evidence=evidence)
        shared = ("_patterns", "blocks", "degrees", "_slot_nodes", "_tables")
        other.__dict__.update({name: getattr(self, name) for name in shared})
        return other

    def with_problem(self, problem: Problem) -> Component:
        """Return the component with other numbers in the same structure; itself where none of its own differ."""
        if _numbers(self, problem) == _numbers(self, self.problem):
            return self
        other = replace(self, problem=problem)
        shared = ["_patterns", "active", "degrees"]
        if _group_numbers(self, problem) == _group_numbers(self, self.problem):
            shared.append("blocks")
        other.__dict__.update({name: getattr(self, name) for name in shared})
        return other

    def on_same_nodes(self, problem: Problem, differing: Collection[int] | None = None) -> Component:
        """Return the component with other numbers, correlations aside, on the same nodes.

        Parameters
        ----------
        problem : Problem
        differing : collection of int, optional
            The facts whose factors can differ; those of all others are taken over. By default every one is made anew.
        """
        other = replace(self, problem=problem)
        if differing is not None:
            other.__dict__["_tables"] = {key: kept for key, kept in self._tables.items() if key[0] not in differing}
        shared = (
            "_patterns",
            "active",
            "degrees",
            *["_slot_nodes"] * (problem.reliability is self.problem.reliability),
        )
        other.__dict__.update({name: getattr(self, name) for name in shared})
        old, new = self.problem.statements, problem.statements
        if not self.groups or old is new:
            blocks = self.blocks
        else:
            differs = (old.pairs.alpha != new.pairs.alpha) | (old.pairs.beta != new.pairs.beta)
            differs = np.where(old.is_fixed & new.is_fixed, old.fixed[:, 0] != new.fixed[:, 0], differs)
            moved = np.flatnonzero(differs)
            blocks = tuple(
                Block(block.patterns, tuple(nodes.with_statements(moved, new.pairs) for nodes in block.nodes))
                for block in self.blocks
            )
        other.__dict__["blocks"] = blocks
        return other

    def with_values(self, value: Integers, heard: frozenset[int] = frozenset()) -> Component:
        """Return the component had the reports named other values, on the same nodes.

        Parameters
        ----------
        value : ndarray of int, shape (J,)
        heard : frozenset of int
            Silent indicators that are taken to have been heard of.
        """
        problem = replace(self.problem, reports=replace(self.problem.reports, value=value))
        other = replace(self, problem=problem, evidence=replace(self.evidence, heard=heard))
        shared = ("_patterns", "blocks", "active", "degrees", "_slot_nodes")
        other.__dict__.update({name: getattr(self, name) for name in shared})
        return other

    @cached_property
    def log_likelihood_by_pattern(self) -> Floats:
        """Log of the evidence's probability, shape (P,)."""
        out = np.empty(len(self.state))
        for block in self.blocks:
            out[block.patterns] = log_of(*contract(self.factors(block), self.vertex_weights(block)))
        return out

    @property
    def log_likelihood(self) -> Floats:
        """Log of the evidence's probability in each state, shape (S,)."""
        return self.log_likelihood_by_pattern[self.pattern_of]

    def environment(self, fact: int, block: Block, more: int = 0) -> tuple[Floats, Floats]:
        """Return everything but one fact's factor, on its nodes: the product of both, summed, is the likelihood.

        Returns
        -------
        table : ndarray, shape (P, nodes of each vertex of the fact)
        log_scale : ndarray, shape (P,)
        """
        factors = self.factors(block, leave_out=fact, more=more) or [Factor((), np.ones(len(block.patterns)))]
        return contract(factors, self.vertex_weights(block, more), self.axes_of(fact))

    def log_with(self, fact: int, alternatives: Sequence[Mapping[str, object]]) -> Floats:
        """Return log likelihoods in which one fact's factor is another, shape (alternatives, P).

        Parameters
        ----------
        fact : int
        alternatives : sequence of mapping
            Arguments of `factor`.
        """
        out = np.empty((len(alternatives), len(self.state)))
        for block in self.blocks:
            table, log_scale = self.environment(fact, block)
            for n, arguments in enumerate(alternatives):
                factor = self.factor(fact, block, **arguments)  # type: ignore[arg-type]
                whole = (table * factor.table).reshape(len(block.patterns), -1).sum(axis=1)
                out[n, block.patterns] = log_of(whole, log_scale)
        return out


def vars_of(values: Distributions) -> tuple[Floats, Floats, Floats]:
    """Return the arrays of some distributions."""
    return values.alpha, values.beta, values.point


def _bytes(values: Distributions, index: Integers) -> bytes:
    index = np.unique(index)
    some = values[index[index != NOTHING]]
    return some.alpha.tobytes() + some.beta.tobytes() + some.point.tobytes()


def _group_numbers(component: Component, problem: Problem) -> tuple[bytes, ...]:
    """Return what the nodes of a component's groups follow from."""
    members = np.flatnonzero(np.isin(problem.group_of, component.groups))
    used = np.unique(np.concatenate([problem.own_of[members].ravel(), problem.blamed_of[members].ravel()]))
    groups = list(component.groups)
    return (
        _bytes(problem.statements.pairs, used.astype(np.intp)),
        _bytes(problem.correlation, problem.correlation_of[groups].ravel()),
    )


def _numbers(component: Component, problem: Problem) -> tuple[bytes, ...]:
    """Return all the numbers that a component's likelihood follows from."""
    facts = list(component.facts)
    used = np.unique(np.concatenate([problem.own_of[facts].ravel(), problem.blamed_of[facts].ravel()]))
    used = used[used != NOTHING]
    ratios = np.unique(problem.ratio_of[facts])
    ratios = ratios[ratios != NOTHING]
    reports = np.isin(problem.reports.indicator, facts)
    return (
        problem.statements.concentration[used].tobytes() + problem.statements.fixed[used].tobytes(),
        _bytes(problem.reach, problem.reach_of[facts].ravel()),
        _bytes(problem.detection, problem.detection_of[facts].ravel()),
        _bytes(problem.reliability, problem.reports.reliability_of[reports].ravel()),
        problem.ratios.mu[ratios].tobytes() + problem.ratios.sigma[ratios].tobytes(),
        *_group_numbers(component, problem),
    )


def _times_itself(values: Distributions) -> tuple[Floats, Floats]:
    """Return E[r²] and E[r (1 - r)]."""
    mean, rest, strength = values.mean, values.complement, values.alpha + values.beta
    second = np.where(values.is_point, mean**2, mean * (values.alpha + 1) / (strength + 1))
    return second, np.where(values.is_point, mean * rest, mean * values.beta / (strength + 1))


def log_of(table: Floats, log_scale: Floats) -> Floats:
    """Return the log of a contracted table and its scale."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(table) + log_scale)


@dataclass(frozen=True)
class Factors:
    """All components of a problem's evidence.

    Parameters
    ----------
    problem : Problem
    evidence : Evidence
    """

    problem: Problem
    evidence: Evidence
    made: tuple[Component, ...] | None = None

    @classmethod
    def of(cls, problem: Problem, evidence: Evidence | None = None) -> Factors:
        """Take all evidence unless told otherwise."""
        return cls(problem, Evidence.all_of(problem) if evidence is None else evidence)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The components, in the order of their first indicators."""
        return tuple(_components(self.problem, self.evidence)) if self.made is None else self.made

    def check_size(self) -> None:
        """Refuse evidence whose tables would be too large, before any is made.

        Raises
        ------
        RequestError
            With the sources or the group.
        """
        for component in self.components:
            component.check_size()

    def with_evidence(self, evidence: Evidence) -> Factors:
        """Take less of the evidence, on the same nodes."""
        made = tuple(each.with_evidence(evidence) for each in self.components)
        return Factors(self.problem, evidence, made)

    def with_problem(self, problem: Problem) -> Factors:
        """Take other numbers in the same structure; components in which none differ are not computed again."""
        return Factors(problem, self.evidence, tuple(each.with_problem(problem) for each in self.components))

    @cached_property
    def component_of(self) -> dict[int, Component]:
        """The component of each indicator that is in one."""
        return {fact: component for component in self.components for fact in component.facts}

    @cached_property
    def log_likelihood(self) -> Floats:
        """Log of the evidence's probability in each state, shape (S,)."""
        total = np.zeros(len(self.problem.states))
        for component in self.components:
            total += component.log_likelihood
        return total


def _components(problem: Problem, evidence: Evidence) -> Iterator[Component]:
    reported = problem.reports.indicator[evidence.reports]
    others = np.flatnonzero(problem.is_other & evidence.others)
    active = np.union1d(reported, others).astype(np.intp)
    groups = [int(g) for g in np.unique(problem.group_of[active]) if g != NOTHING and (problem.group_of == g).sum() > 1]
    slots, counts = np.unique(problem.reports.slot[evidence.reports], return_counts=True)
    uncertain = ~problem.reliability.is_point
    shared = [
        int(slot)
        for slot, count in zip(slots, counts, strict=True)
        if count > 1 and uncertain[problem.reports.reliability_of[problem.reports.slot == slot]].any()
    ]
    ties: list[set[int]] = [set(np.flatnonzero(problem.group_of == g).tolist()) for g in groups]
    ties += [
        set(problem.reports.indicator[evidence.reports & (problem.reports.slot == slot)].tolist()) for slot in shared
    ]
    for facts in _joined(active.tolist(), ties):
        yield Component(
            problem,
            evidence,
            tuple(sorted(facts)),
            tuple(g for g in groups if facts & set(np.flatnonzero(problem.group_of == g).tolist())),
            tuple(
                s
                for s in shared
                if facts & set(problem.reports.indicator[evidence.reports & (problem.reports.slot == s)].tolist())
            ),
        )


def _joined(facts: Iterable[int], ties: Iterable[set[int]]) -> list[set[int]]:
    """Return the connected sets of facts, in the order of their first members."""
    sets = [{fact} for fact in facts]
    for tie in ties:
        touching = [each for each in sets if each & tie]
        sets = [each for each in sets if not each & tie] + [set(tie).union(*touching)]
    return sorted(sets, key=min)
