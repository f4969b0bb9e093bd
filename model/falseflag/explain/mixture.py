"""The case that has some judgements from one analyst and the others from another."""

from __future__ import annotations

from dataclasses import replace

from falseflag.case.model import Case, Group, Hypothesis, Indicator
from falseflag.explain.judgements import Keys, keys_of, regrouped, reliability_keys, statement, union


def mixed(a: Case, b: Case, chosen: frozenset[Keys]) -> Case:
    """Return the case that has the judgements in `chosen` from `b`, all others from `a`.

    What only one of the cases has a statement for is, in the other, what holds there by inheritance.
    """
    indicators = {}
    for name in union(a.indicators, b.indicators):
        indicator = _mixed_indicator(a, b, name, chosen)
        if indicator is not None:
            indicators[name] = indicator
    return replace(
        a,
        hypotheses=tuple(_mixed_node(node, b, chosen, ("hypotheses",)) for node in a.hypotheses),
        indicators=indicators,
        groups=mixed_groups(a, b, chosen, set(indicators)),
    )


def _mixed_node(node: Hypothesis, b: Case, chosen: frozenset[Keys], branching: Keys) -> Hypothesis:
    weight = {n.name: n.weight for n in b.nodes}[node.name] if branching in chosen else node.weight
    below = (*keys_of(node.name), "children")
    return replace(node, weight=weight, children=tuple(_mixed_node(c, b, chosen, below) for c in node.children))


def _mixed_indicator(a: Case, b: Case, name: str, chosen: frozenset[Keys]) -> Indicator | None:
    one, other = a.indicators.get(name), b.indicators.get(name)
    if one is None or other is None:
        return other if ("indicators", name) in chosen else one
    likelihood = {
        node: statement(other if ("indicators", name, "likelihood", node) in chosen else one, node)
        for node in union(one.likelihood, other.likelihood)
    }
    return replace(
        one,
        observed=(other if ("indicators", name, "observed") in chosen else one).observed,
        likelihood=likelihood,
        reliability=(other if reliability_keys(a, b, name) in chosen else one).reliability,
    )


def mixed_groups(a: Case, b: Case, chosen: frozenset[Keys], indicators: set[str]) -> dict[str, Group]:
    """Return the groups of the mixed case, with those of their members that are among `indicators`."""
    place = {name: names for names in regrouped(a, b) for name in names}
    groups = {}
    for name in union(a.groups, b.groups):
        keys = ("dependence", *place[name]) if name in place else ("dependence", name, "correlation")
        group = (b if keys in chosen else a).groups.get(name)
        members = tuple(i for i in group.indicators if i in indicators) if group else ()
        if group and members:
            groups[name] = replace(group, indicators=members)
    return groups
