"""The judgements in which two cases with the same hypotheses differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.case.places import nearest
from falseflag.distributions import Judgement

type Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One judgement on which two cases differ.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file: ``("hypotheses",)`` or ``("hypotheses", "ukraine", "children")`` for the
        prior weights of one branching, taken together; ``("indicators", i)`` for an indicator that only one case has;
        ``("indicators", i, "observed" | "reliability")``; ``("indicators", i, "likelihood", node)``;
        ``("sources", s, "reliability")`` for all reports of a source; ``("dependence", g, "correlation")``;
        ``("dependence", g, …)`` for groups whose members differ, all that share an indicator taken together.
    first, second : str
        How it is in either case.
    """

    what: Keys
    first: str
    second: str


def same_tree(a: Case, b: Case) -> bool:
    """Tell whether two cases have the same hypotheses, by name."""
    return {node.name for node in a.nodes} == {node.name for node in b.nodes}


def differences(a: Case, b: Case) -> tuple[Difference, ...]:
    """List the judgements on which two cases with the same hypotheses differ."""
    parts = (_priors(a, b), _indicators(a, b), _reliabilities(a, b), _dependence(a, b))
    return tuple(difference for part in parts for difference in part)


def branchings(case: Case) -> dict[Keys, tuple[Hypothesis, ...]]:
    """Return the branchings of the tree by the keys that lead to them."""
    below = {(*keys_of(node.name), "children"): node.children for node in case.nodes if node.children}
    return {("hypotheses",): case.hypotheses} | below


def keys_of(node: str) -> Keys:
    """Return the keys that lead to a node in the case file."""
    top, *below = node.split(".")
    return ("hypotheses", top, *(key for part in below for key in ("children", part)))


def _priors(a: Case, b: Case) -> Iterator[Difference]:
    others = branchings(b)
    for keys, children in branchings(a).items():
        first, second = shares(children), shares(others[keys])
        if any(abs(first[name] - second[name]) > 1e-12 * first[name] for name in first):
            yield Difference(keys, _as_text(first), _as_text(second))


def shares(children: tuple[Hypothesis, ...]) -> dict[str, float]:
    """Return the normalised prior weights of siblings."""
    largest = max(child.weight for child in children)
    total = sum(child.weight / largest for child in children)
    return {child.name: child.weight / largest / total for child in children}


def _as_text(weights: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {100 * share:.3g} %" for name, share in weights.items())


def _indicators(a: Case, b: Case) -> Iterator[Difference]:
    for name in union(a.indicators, b.indicators):
        one, other = a.indicators.get(name), b.indicators.get(name)
        if one is None or other is None:
            yield Difference(("indicators", name), "there" if one else "not there", "there" if other else "not there")
            continue
        if one.observed != other.observed:
            yield Difference(("indicators", name, "observed"), _report(one.observed), _report(other.observed))
        for node in taken(a, union(one.likelihood, other.likelihood)):
            first, second = statement(one, node), statement(other, node)
            if first.distribution != second.distribution:
                yield Difference(("indicators", name, "likelihood", node), _written(first), _written(second))


def _report(observed: bool | None) -> str:  # noqa: FBT001
    return {True: "present", False: "absent", None: "unknown"}[observed]


def _written(judgement: Judgement) -> str:
    return f"{judgement.written} (mean {judgement.mean:.3g})"


def statement(indicator: Indicator, node: str) -> Judgement:
    """Return the statement that holds at a node: its own, or the nearest ancestor's, else that for the others."""
    found = nearest(node, indicator.likelihood)
    # where a statement stands at every top node and none for the others, no leaf ever takes that for the others
    return indicator.likelihood[found] if found else next(iter(indicator.likelihood.values()))


def taken(case: Case, places: tuple[str, ...]) -> tuple[str, ...]:
    """Return the places from which some leaf takes its statement."""
    used = {nearest(leaf.place, places) for leaf in case.leaves}
    return tuple(place for place in places if place in used)


def union(*names: Iterable[str]) -> tuple[str, ...]:
    """Return all names, each once, in the order in which they first come."""
    return tuple(dict.fromkeys(name for part in names for name in part))


def _reliabilities(a: Case, b: Case) -> Iterator[Difference]:
    """Yield differing reliabilities, once for a source where it is the source's that differs."""
    told: set[Keys] = set()
    for name in a.indicators:
        if name in b.indicators:
            one, other = a.indicators[name], b.indicators[name]
            keys = reliability_keys(a, b, name)
            if one.reliability.distribution != other.reliability.distribution and keys not in told:
                told.add(keys)
                yield Difference(keys, _written(one.reliability), _written(other.reliability))


def reliability_keys(a: Case, b: Case, indicator: str) -> Keys:
    """Return the keys of what sets an indicator's reliability: the source's, if both cases take it from there."""
    one, other = a.indicators[indicator], b.indicators[indicator]
    if one.source == other.source and _is_sources(a, one) and _is_sources(b, other):
        return ("sources", one.source, "reliability")
    return ("indicators", indicator, "reliability")


def _is_sources(case: Case, indicator: Indicator) -> bool:
    source = case.sources.get(indicator.source)
    return source is not None and source.reliability == indicator.reliability


def _dependence(a: Case, b: Case) -> Iterator[Difference]:
    for names in regrouped(a, b):
        yield Difference(("dependence", *names), _members(a, names), _members(b, names))
    settled = {name for names in regrouped(a, b) for name in names}
    for name in a.groups:
        if name in b.groups and name not in settled:
            first, second = a.groups[name].correlation, b.groups[name].correlation
            if first.distribution != second.distribution:
                yield Difference(("dependence", name, "correlation"), _written(first), _written(second))


def _members(case: Case, names: Keys) -> str:
    groups = [case.groups[name] for name in names if name in case.groups]
    return "; ".join(f"{g.name}: {', '.join(g.indicators)} at {g.correlation.written}" for g in groups) or "independent"


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
