"""Several analysts' cases side by side: where they differ, which judgements explain it, and their pooled answer.

Two cases with the same hypotheses and circumstances are compared judgement by judgement: a *mixture* has some
judgements from one case and the others from the other, and the difference of a set's log odds is shared out among the
judgements in which they differ by Shapley values over mixtures.

Opinion pools: the linear pool averages probabilities, P(h) = Σ_k w_k P_k(h); it is spread wide where the analysts
differ. The logarithmic pool averages their logs, P(h) ∝ Π_k P_k(h)^{w_k}; it keeps to what none of them rules out, and
gives the same whether evidence comes in before or after pooling (Genest and Zidek 1986, *Combining probability
distributions*).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.arrays import Floats, Mask
from falseflag.case.conditions import Clash, Condition, is_at_or_below, narrowest
from falseflag.case.edit import Keys, keys_of_node
from falseflag.case.model import Case, Circumstance, Group, Hypothesis, Indicator, Statements
from falseflag.case.states import states
from falseflag.distributions import Judgement
from falseflag.errors import RequestError
from falseflag.explain.analysis import Analysis, decibans
from falseflag.explain.sentences import Labels, listed
from falseflag.explain.weights import Orders
from falseflag.inference.draws import normalise
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import problem_of
from falseflag.results import Result
from falseflag.wording import decibans as signed

if TYPE_CHECKING:
    import pandas as pd

MOST_MIXTURES = 600
"""Mixtures that are answered at most; with more differing judgements Shapley values are estimated."""

SEED = 20230503
"""Of the orders in which judgements come in, where they are drawn."""


# Differences


@dataclass(frozen=True, slots=True)
class Difference:
    """One judgement in which two cases differ.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file: to the prior weights of one branching, taken together; to a row of a
        circumstance; to an indicator that only one case has, what is reported of it, its reliability, detection or
        ratios, one of its likelihoods, or all of them where the two cases state them under conditions that cannot be
        combined; to a source's reliability; to a deception entry, its attempt or a reach; to a group's correlation; to
        groups whose members differ, all that share an indicator taken together.
    first, second : str
        How it is in either case.
    """

    what: Keys
    first: str
    second: str


def is_comparable(a: Case, b: Case) -> bool:
    """Return whether two cases have the same hypotheses, classes of author and circumstances, by name."""
    return (
        {node.name: node.author_class for node in a.nodes} == {node.name: node.author_class for node in b.nodes}
        and [(c.name, tuple(c.values)) for c in a.circumstances.values()]
        == [(c.name, tuple(c.values)) for c in b.circumstances.values()]
    )  # fmt: skip


def reclassed(a: Case, b: Case) -> tuple[Case, Case]:
    """Return two cases with the same classes of author, where one of them has none and so does not learn."""
    classes = [{node.name: node.author_class for node in case.nodes} for case in (a, b)]
    if any(classes[0].values()) and not any(classes[1].values()):
        return a, _with_classes(b, classes[0])
    if any(classes[1].values()) and not any(classes[0].values()):
        return _with_classes(a, classes[1]), b
    return a, b


def _with_classes(case: Case, classes: Mapping[str, str]) -> Case:
    def of(node: Hypothesis) -> Hypothesis:
        children = tuple(of(child) for child in node.children)
        return replace(node, author_class=classes.get(node.name, ""), children=children)

    return replace(case, hypotheses=tuple(of(node) for node in case.hypotheses))


def differences(a: Case, b: Case) -> tuple[Difference, ...]:
    """List the judgements in which two comparable cases differ."""
    parts = (_weights(a, b), _circumstances(a, b), _indicators(a, b), _sources(a, b), _deception(a, b), _groups(a, b))
    return tuple(difference for part in parts for difference in part)


def branchings(case: Case) -> dict[Keys, tuple[Hypothesis, ...]]:
    """Return the branchings of the tree by the keys that lead to them."""
    below = {keys_of_node(node.name): node.children for node in case.nodes if node.children}
    return {("hypotheses",): case.hypotheses} | below


def _weights(a: Case, b: Case) -> Iterator[Difference]:
    others = branchings(b)
    for keys, children in branchings(a).items():
        first, second = shares(children), shares(others[keys])
        if any(abs(first[name] - second[name]) > 1e-12 * first[name] for name in first):
            yield Difference(keys, _in_per_cent(first), _in_per_cent(second))


def shares(children: Sequence[Hypothesis]) -> dict[str, float]:
    """Return the normalised prior weights of siblings."""
    largest = max(child.weight for child in children)
    total = sum(child.weight / largest for child in children)
    return {child.name: child.weight / largest / total for child in children}


def _in_per_cent(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.3g} %" for name, share in weights.items())


def _circumstances(a: Case, b: Case) -> Iterator[Difference]:
    for name, circumstance in a.circumstances.items():
        what = ("circumstances", name, "probability")
        yield from _statements(what, circumstance.probability, b.circumstances[name].probability, _Combinations(a))


def _statements(what: Keys, first: Statements, second: Statements, combinations: _Combinations) -> Iterator[Difference]:
    """Yield the statements of one owner that differ, or all as one where they cannot be combined."""
    if not combinations.can_combine(first, second):
        yield Difference(what, _listed(first), _listed(second))
        return
    for condition in union(first, second):
        one, other = stated(first, condition), stated(second, condition)
        if one.distribution != other.distribution:
            yield Difference((*what, str(condition)), one.written, other.written)


def _listed(rows: Statements | None) -> str:
    return ", ".join(f"{condition}: {row.written}" for condition, row in (rows or {}).items()) or "none"


def union(*names: Iterable[Any]) -> tuple[Any, ...]:
    """Return all of some names or conditions, each once, in the order in which they first come."""
    return tuple(dict.fromkeys(name for part in names for name in part))


def stated(rows: Statements, condition: Condition) -> Judgement:
    """Return the statement that holds under a condition: its own, or that of the narrowest wider one."""
    if condition in rows:
        return rows[condition]
    wider = [other for other in rows if condition.is_narrower(other)]
    return rows[next(w for w in wider if not any(other.is_narrower(w) for other in wider))]


@dataclass(frozen=True)
class _Combinations:
    """All combinations of a leaf and values of circumstances of a case."""

    case: Case

    def can_combine(self, first: Statements, second: Statements) -> bool:
        """Return whether statements of both may stand beside each other: each is inherited, and none clash."""
        if set(first) == set(second):
            return True
        every = union(first, second)
        if any(c not in rows and not self._is_inherited(rows, c) for rows in (first, second) for c in every):
            return False
        names = tuple(self.case.circumstances)
        for leaf in self.case.leaves:
            for state in {s.values for s in states(self.case.outline) if s.leaf == leaf.name}:
                values = dict(zip(names, state, strict=True))
                if isinstance(narrowest(every, leaf.name, values, leaf.author_class), Clash | None):
                    return False
        return True

    def _is_inherited(self, rows: Statements, condition: Condition) -> bool:
        wider = [other for other in rows if condition.is_narrower(other)]
        minimal = [w for w in wider if not any(other.is_narrower(w) for other in wider)]
        return len(minimal) == 1 and not any(other.is_narrower(condition) for other in rows)


def _indicators(a: Case, b: Case) -> Iterator[Difference]:
    combinations = _Combinations(a)
    for name in union(a.indicators, b.indicators):
        one, other = a.indicators.get(name), b.indicators.get(name)
        what = ("indicators", name)
        if one is None or other is None:
            yield Difference(what, "there" if one else "not there", "there" if other else "not there")
        elif tuple(one.values) != tuple(other.values) or bool(one.ratios) != bool(other.ratios):
            yield Difference(what, "as in the first case", "as in the second")
        else:
            yield from _of_indicator(what, one, other, combinations)


def _of_indicator(what: Keys, one: Indicator, other: Indicator, combinations: _Combinations) -> Iterator[Difference]:
    if _observed(one) != _observed(other):
        yield Difference((*what, "observed"), _observed(one), _observed(other))
    if one.likelihood:
        yield from _statements((*what, "likelihood"), one.likelihood, other.likelihood, combinations)
    if one.ratios and one.ratios != other.ratios:
        yield Difference((*what, "ratios"), _listed(one.ratios), _listed(other.ratios))
    if one.detection and other.detection and _values(one.detection) != _values(other.detection):
        yield Difference((*what, "detection"), _listed(one.detection), _listed(other.detection))
    own = [[_values(report.reliability) for report in each.reports] for each in (one, other)]
    if own[0] != own[1] and _observed(one) == _observed(other):
        texts = ["; ".join(_listed(report.reliability) for report in each.reports) for each in (one, other)]
        yield Difference((*what, "reliability"), *texts)


def _values(rows: Statements | None) -> dict[Condition, object] | None:
    return None if rows is None else {condition: row.distribution for condition, row in rows.items()}


def _observed(indicator: Indicator) -> str:
    """Return in words what is observed of an indicator."""
    if indicator.ratios:
        return "ratios"
    if indicator.is_silent:
        return "silent"
    if len(indicator.reports) == 1 and not indicator.reports[0].source:
        return indicator.reports[0].says
    return ", ".join(f"{report.says} ({report.source})" for report in indicator.reports) or "unknown"


def _sources(a: Case, b: Case) -> Iterator[Difference]:
    for name in union(a.sources, b.sources):
        one, other = (case.sources[name].reliability if name in case.sources else None for case in (a, b))
        if name in a.sources and name in b.sources and _values(one) != _values(other):
            yield Difference(("sources", name, "reliability"), _listed(one), _listed(other))


def _deception(a: Case, b: Case) -> Iterator[Difference]:
    for node in union(a.deception, b.deception):
        one, other = a.deception.get(node), b.deception.get(node)
        what = ("deception", node)
        if one is None or other is None or one.blames != other.blames:
            texts = ["none" if e is None else f"blames {e.blames}, attempt {e.attempt.written}" for e in (one, other)]
            yield Difference(what, *texts)
            continue
        if one.attempt.distribution != other.attempt.distribution:
            yield Difference((*what, "attempt"), one.attempt.written, other.attempt.written)
        for name in union(one.reach, other.reach):
            first, second = one.reach.get(name), other.reach.get(name)
            if (first and first.distribution) != (second and second.distribution):
                texts = [each.written if each else "out of reach" for each in (first, second)]
                yield Difference((*what, "reach", name), *texts)


def _groups(a: Case, b: Case) -> Iterator[Difference]:
    for names in regrouped(a, b):
        yield Difference(("dependence", *names), _members(a, names), _members(b, names))
    settled = {name for names in regrouped(a, b) for name in names}
    for name in a.groups:
        if name in b.groups and name not in settled:
            first, second = a.groups[name].correlation, b.groups[name].correlation
            if _values(first) != _values(second):
                yield Difference(("dependence", name, "correlation"), _listed(first), _listed(second))


def _members(case: Case, names: Keys) -> str:
    groups = [case.groups[name] for name in names if name in case.groups]
    return (
        "; ".join(f"{g.name}: {', '.join(g.indicators)} at {_listed(g.correlation)}" for g in groups) or "independent"
    )


def regrouped(a: Case, b: Case) -> tuple[Keys, ...]:
    """Return the groups whose members differ, those together that share an indicator in either case."""
    changed = [n for n in union(a.groups, b.groups) if _member_set(a, n) != _member_set(b, n)]
    joined: list[tuple[set[str], set[str]]] = []
    for name in changed:
        names, members = {name}, _member_set(a, name) | _member_set(b, name)
        for other in [entry for entry in joined if entry[1] & members]:
            joined.remove(other)
            names, members = names | other[0], members | other[1]
        joined.append((names, members))
    return tuple(tuple(n for n in changed if n in names) for names, _ in joined)


def _member_set(case: Case, group: str) -> set[str]:
    return set(case.groups[group].indicators) if group in case.groups else set()


# Mixtures


def mixed(a: Case, b: Case, chosen: frozenset[Keys]) -> Case:
    """Return the case that has the judgements in `chosen` from `b`, all others from `a`.

    What only one of the cases has a statement for is, in the other, what holds there by inheritance.
    """
    indicators = {}
    for name in union(a.indicators, b.indicators):
        indicator = _mixed_indicator(a, b, name, chosen)
        if indicator is not None:
            indicators[name] = indicator
    groups = _mixed_groups(a, b, chosen, indicators)
    grouped = {name for group in groups.values() for name in group.indicators}
    return replace(
        a,
        hypotheses=tuple(_mixed_node(node, b, chosen, ("hypotheses",)) for node in a.hypotheses),
        circumstances={name: _mixed_circumstance(c, b, chosen) for name, c in a.circumstances.items()},
        sources=_mixed_sources(a, b, chosen),
        indicators=indicators,
        deception=_mixed_deception(a, b, chosen, indicators),
        groups={name: group for name, group in groups.items() if grouped},
    )


def _mixed_node(node: Hypothesis, b: Case, chosen: frozenset[Keys], branching: Keys) -> Hypothesis:
    weight = {n.name: n.weight for n in b.nodes}[node.name] if branching in chosen else node.weight
    below = keys_of_node(node.name)
    return replace(node, weight=weight, children=tuple(_mixed_node(c, b, chosen, below) for c in node.children))


def _mixed_statements(what: Keys, first: Statements, second: Statements, chosen: frozenset[Keys]) -> Statements:
    if what in chosen:
        return second
    if not any(key[: len(what)] == what for key in chosen) or set(first) == set(second):
        return {c: (second if (*what, str(c)) in chosen else first)[c] for c in first}
    return {
        c: stated(second if (*what, str(c)) in chosen else first, c) for c in union(first, second)
    }  # fmt: skip


def _mixed_circumstance(circumstance: Circumstance, b: Case, chosen: frozenset[Keys]) -> Circumstance:
    what = ("circumstances", circumstance.name, "probability")
    rows = _mixed_statements(what, circumstance.probability, b.circumstances[circumstance.name].probability, chosen)
    return replace(circumstance, probability=rows)


def _mixed_indicator(a: Case, b: Case, name: str, chosen: frozenset[Keys]) -> Indicator | None:
    one, other, what = a.indicators.get(name), b.indicators.get(name), ("indicators", name)
    if one is None or other is None or what in chosen:
        return other if what in chosen else one
    seen = other if (*what, "observed") in chosen else one
    reports = seen.reports
    if (*what, "reliability") in chosen and len(one.reports) == len(other.reports):
        reports = tuple(replace(r, reliability=o.reliability) for r, o in zip(seen.reports, other.reports, strict=True))
    detection = seen.detection
    if detection and (*what, "detection") in chosen:
        detection = other.detection
    likelihood = one.likelihood
    if likelihood and other.likelihood:
        likelihood = _mixed_statements((*what, "likelihood"), likelihood, other.likelihood, chosen)
    ratios = other.ratios if (*what, "ratios") in chosen else one.ratios
    return replace(seen, reports=reports, detection=detection, likelihood=likelihood, ratios=ratios)


def _mixed_sources(a: Case, b: Case, chosen: frozenset[Keys]) -> dict[str, Any]:
    found = {**b.sources, **a.sources}
    for name, source in b.sources.items():
        if ("sources", name, "reliability") in chosen:
            found[name] = replace(found[name], reliability=source.reliability)
    return found


def _mixed_deception(a: Case, b: Case, chosen: frozenset[Keys], indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    entries = {}
    for node in union(a.deception, b.deception):
        one, other, what = a.deception.get(node), b.deception.get(node), ("deception", node)
        entry = other if what in chosen else one
        if entry is None:
            continue
        if one is not None and other is not None and what not in chosen:
            attempt = (other if (*what, "attempt") in chosen else one).attempt
            reach = {
                name: judgement
                for name in union(one.reach, other.reach)
                if (judgement := (other if (*what, "reach", name) in chosen else one).reach.get(name)) is not None
            }
            entry = replace(entry, attempt=attempt, reach=reach)
        entries[node] = replace(entry, reach={n: j for n, j in entry.reach.items() if n in indicators})
    return entries


def _mixed_groups(a: Case, b: Case, chosen: frozenset[Keys], indicators: Mapping[str, Indicator]) -> dict[str, Group]:
    """Return the groups of the mixture, with those of their members that are in it."""
    place = {name: names for names in regrouped(a, b) for name in names}
    groups = {}
    for name in union(a.groups, b.groups):
        keys = ("dependence", *place[name]) if name in place else ("dependence", name, "correlation")
        group = (b if keys in chosen else a).groups.get(name)
        members = tuple(i for i in group.indicators if i in indicators and not indicators[i].ratios) if group else ()
        if group and members:
            groups[name] = replace(group, indicators=members)
    return groups


# What explains the difference


@dataclass(frozen=True, slots=True)
class Share:
    """What one judgement contributes to a disagreement, in decibans, with the standard error of that (0: exact)."""

    difference: Difference
    db: float
    error: float

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``compare --json``."""
        difference = self.difference
        what = {"what": list(difference.what), "first": difference.first, "second": difference.second}
        return what | {"db": self.db, "error": self.error}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """How far two cases are apart on one set of states, and which judgements make it so.

    Parameters
    ----------
    node : str
        A node, a proposition or a condition.
    first_db, second_db : float
        Posterior odds of the set against the rest in either case, in decibans.
    shares : tuple of Share
        Shapley values of the judgements in which the cases differ, the largest first; they add up to
        ``second_db - first_db``.
    is_exact : bool
    """

    node: str
    first_db: float
    second_db: float
    shares: tuple[Share, ...]
    is_exact: bool

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``compare --json``."""
        names = ("node", "first_db", "second_db", "is_exact")
        return {name: getattr(self, name) for name in names} | {"shares": [share.to_dict() for share in self.shares]}


def disagreement(first: Case, second: Case, node: str, mixtures: int = MOST_MIXTURES) -> Disagreement | None:
    """Share out the difference of a set's log odds among the judgements in which two cases differ.

    Returns
    -------
    Disagreement or None
        None where the hypotheses or circumstances differ: then there is no judgement by judgement comparison.
    """
    first, second = reclassed(first, second)
    if not is_comparable(first, second):
        return None
    found = differences(first, second)
    mixtures_of = _Mixtures(first, second, tuple(difference.what for difference in found), node)
    ends = mixtures_of.decibans(np.array([[False] * len(found), [True] * len(found)]).reshape(2, len(found)))
    is_exact = 2 ** len(found) <= mixtures
    if is_exact:
        orders = [Orders.every(len(found))]
    else:
        rng = np.random.default_rng(SEED)
        units = max(2, mixtures // (2 * len(found)))
        orders = [Orders.drawn(len(found), rng, 1) for _ in range(units)]
    each = np.array([each.matrix @ mixtures_of.decibans(each.sets) for each in orders]).reshape(len(orders), len(found))
    error = np.zeros(len(found)) if is_exact else each.std(axis=0, ddof=1) / np.sqrt(len(orders))
    listed_ = [Share(d, float(db), float(e)) for d, db, e in zip(found, each.mean(axis=0), error, strict=True)]
    return Disagreement(
        node=node,
        first_db=float(ends[0]),
        second_db=float(ends[1]),
        shares=tuple(sorted(listed_, key=lambda share: -abs(share.db))),
        is_exact=is_exact,
    )


class _Mixtures:
    """Log odds of a set in mixtures of two cases, each answered once."""

    def __init__(self, first: Case, second: Case, what: tuple[Keys, ...], node: str) -> None:
        self._cases, self._what, self._node = (first, second), what, node
        self._known: dict[bytes, float] = {}

    def decibans(self, choices: Mask) -> Floats:
        """Return the log odds of mixtures, shape (n,), from which judgements are the second case's, (n, judgements)."""
        return np.array([self._answered(row) for row in choices])

    def _answered(self, row: Mask) -> float:
        key = row.tobytes()
        if key not in self._known:
            chosen = frozenset(what for what, is_second in zip(self._what, row, strict=True) if is_second)
            problem = problem_of(mixed(*self._cases, chosen))
            scores = ExactPosterior.of(problem).log_scores
            inside = problem.states_in(self._node)
            sides = [np.logaddexp.reduce(scores[side]) for side in (inside, ~inside)]
            self._known[key] = float(decibans(np.asarray(sides[0]), np.asarray(sides[1])))
        return self._known[key]


# Side by side


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Result):
    """Several cases side by side.

    Parameters
    ----------
    cases : tuple of Case
    posterior : mapping from str to tuple of float or None
        Probability of each node in each case; None in a case that has no such node.
    leaders : tuple of str
        The most probable top-level hypothesis of each.
    weights : tuple of float
        Of the cases in the pools.
    linear, logarithmic : mapping from str to float, or None
        Pooled probability of each node; None where the hypotheses differ.
    disagreements : tuple of Disagreement or None
        Between the first case and each other one; None where they cannot be compared judgement by judgement.
    """

    cases: tuple[Case, ...]
    posterior: dict[str, tuple[float | None, ...]]
    leaders: tuple[str, ...]
    weights: tuple[float, ...]
    linear: dict[str, float] | None
    logarithmic: dict[str, float] | None
    disagreements: tuple[Disagreement | None, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Those of the cases."""
        return tuple(case.title for case in self.cases)

    @property
    def title(self) -> str:
        """All titles."""
        return " | ".join(self.titles)

    @property
    def frame(self) -> pd.DataFrame:
        """A row for each node, a column for each case and opinion pool."""
        from falseflag.tables import comparison_frame  # noqa: PLC0415

        return comparison_frame(self)

    def in_words(self) -> Sequence[str]:
        """Return which judgements make each case disagree with the first."""
        pairs = zip(self.cases[1:], self.disagreements, strict=True)
        return tuple(disagreed(self.cases[0], case, row) for case, row in pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``compare --json`` prints."""
        return {
            "titles": list(self.titles),
            "leaders": list(self.leaders),
            "posterior": {name: list(values) for name, values in self.posterior.items()},
            "weights": list(self.weights),
            "pools": {"linear": self.linear, "logarithmic": self.logarithmic},
            "disagreements": [None if d is None else d.to_dict() for d in self.disagreements],
        }


def compare(
    cases: Sequence[Case],
    node: str | None = None,
    weights: Sequence[float] | None = None,
    mixtures: int = MOST_MIXTURES,
) -> Comparison:
    """Put several cases side by side.

    Parameters
    ----------
    cases : sequence of Case
        Two or more.
    node : str, optional
        What the disagreement is about: a node, a proposition or a condition; by default the most probable top-level
        hypothesis of the first case.
    weights : sequence of float, optional
        Of the cases in the pools; equal by default.
    mixtures : int
        How many mixtures of two cases are answered at most, about.

    Raises
    ------
    RequestError
        If there are fewer than two cases, or weights are not one for each case and 0 or more.
    """
    if len(cases) < 2:
        raise RequestError("two or more cases are needed to compare")
    shared = pool_weights(len(cases), None if weights is None else tuple(weights))
    analyses = [Analysis.of(case) for case in cases]
    node = analyses[0].leader if node is None else node
    answers = [a.nodes(a.exact.log_scores) for a in analyses]
    same = all({n.name for n in case.nodes} == {n.name for n in cases[0].nodes} for case in cases)
    linear, logarithmic = _pools(analyses, shared) if same else (None, None)
    return Comparison(
        cases=tuple(cases),
        posterior={name: tuple(answer.get(name) for answer in answers) for name in union(*answers)},
        leaders=tuple(a.leader for a in analyses),
        weights=tuple(shared.tolist()),
        linear=linear,
        logarithmic=logarithmic,
        disagreements=tuple(disagreement(cases[0], case, node, mixtures) for case in cases[1:]),
    )


def _pools(analyses: Sequence[Analysis], weights: Floats) -> tuple[dict[str, float], dict[str, float]]:
    """Pool the leaves' probabilities, matched by name, and add them up for the nodes."""
    problem = analyses[0].problem
    order = [[a.problem.leaves.index(leaf) for leaf in problem.leaves] for a in analyses]
    with np.errstate(divide="ignore"):
        logs = np.log(np.array([a.exact.leaves[at] for a, at in zip(analyses, order, strict=True)]))
    pools = [linear_pool(logs, weights), log_pool(logs, weights)]
    below = [[is_at_or_below(leaf, node) for leaf in problem.leaves] for node in problem.nodes]
    first, second = (dict(zip(problem.nodes, (np.array(below) @ pool).tolist(), strict=True)) for pool in pools)
    return first, second


def linear_pool(log_probability: Floats, weights: Floats) -> Floats:
    """Average the answers of K analysts, log probabilities of shape (K, H), with weights that add up to 1."""
    return np.asarray(weights @ np.exp(log_probability))


def log_pool(log_probability: Floats, weights: Floats) -> Floats:
    """Average the logs of the answers of K analysts, shape (K, H), and normalise; shape (H,)."""
    counted = weights > 0
    return normalise(weights[counted] @ log_probability[counted])


def pool_weights(count: int, weights: tuple[float, ...] | None) -> Floats:
    """Return weights that add up to 1; equal ones where none are given.

    Raises
    ------
    RequestError
        If they are not one for each case, or not positive numbers.
    """
    if weights is None:
        return np.full(count, 1 / count)
    if len(weights) != count:
        raise RequestError(f"there should be one weight for each of the {count} cases but got {len(weights)}")
    given = np.array(weights, dtype=float)
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        raise RequestError(f"weights should be 0 or more, and one of them above 0, but got {list(weights)}")
    given = given / given.max()
    return np.asarray(given / given.sum())


# In words


def disagreed(first: Case, second: Case, row: Disagreement | None, most: int = 3) -> str:
    """Say which judgements make two cases disagree."""
    titles = f"“{first.title}” and “{second.title}”"
    if row is None:
        return f"{titles} have different hypotheses or circumstances: only their answers can be compared."
    if not row.shares:
        return f"{titles} differ in no judgement."
    parts = [f"{judgement_label(first, second, s.difference.what)} ({signed(s.db)} dB)" for s in row.shares[:most]]
    total = row.second_db - row.first_db
    return (
        f"On {Labels(first).set(row.node)} “{second.title}” is {signed(total)} dB from “{first.title}”; "
        f"most of that comes from {listed(parts)}."
    )


def judgement_label(first: Case, second: Case, what: Keys) -> str:  # noqa: C901, PLR0911 (one line a kind)
    """Name a judgement in words."""
    labels = Labels(second if what[0] == "indicators" and what[1] not in first.indicators else first)
    match what:
        case ("hypotheses",):
            return "the prior weights at the top"
        case ("hypotheses", *path):
            return f"the prior weights below {labels.node('.'.join(key for key in path if key != 'children'))}"
        case ("circumstances", name, "probability", *where):
            return f"the probability of {labels.circumstance(name)}{_under(labels, where)}"
        case ("indicators", name):
            return f"the indicator {labels.indicator(name)}, which the two state differently"
        case ("indicators", name, "observed"):
            return f"what was reported on {labels.indicator(name)}"
        case ("indicators", name, "likelihood", *where):
            return f"the likelihood of {labels.indicator(name)}{_under(labels, where)}"
        case ("indicators", name, key):
            return f"the {key} of {labels.indicator(name)}"
        case ("sources", name, _):
            return f"how reliable {labels.source(name)} is"
        case ("deception", node, *_):
            return f"what {labels.node(node)} may have staged"
        case ("dependence", name, "correlation"):
            return f"how strongly {labels.group(name)} is correlated"
        case _:
            return f"which indicators are correlated ({', '.join(what[1:])})"


def _under(labels: Labels, where: Sequence[str]) -> str:
    return f" under {labels.place(where[0].partition('@')[0])}" if where else ""
