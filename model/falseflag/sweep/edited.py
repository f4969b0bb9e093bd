"""A case with the values of one run written into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.case.places import parts_of
from falseflag.distributions import Judgement, Point
from falseflag.explain.judgements import Keys, keys_of
from falseflag.problem import PRESENT, UNKNOWN


def edited(case: Case, values: Mapping[Keys, float]) -> Case:
    """Return the case with some of its values, by the keys that lead to them, other than written.

    A judgement is then held certain at its value; a report is given by its code.
    """
    sources = {
        name: source
        if source.reliability is None
        else replace(source, reliability=_judged(values, ("sources", name, "reliability"), source.reliability))
        for name, source in case.sources.items()
    }
    indicators = {name: _indicator(case, name, indicator, values) for name, indicator in case.indicators.items()}
    groups = {
        name: replace(group, correlation=_judged(values, ("dependence", name, "correlation"), group.correlation))
        for name, group in case.groups.items()
    }
    strength = values.get(("prior_strength",), case.prior_strength)
    return replace(
        case,
        hypotheses=tuple(_node(node, (case.prior_strength, strength), values) for node in case.hypotheses),
        prior_strength=strength,
        indicators=indicators,
        groups=groups,
        sources=sources,
    )


def _node(node: Hypothesis, above: tuple[float, float], values: Mapping[Keys, float]) -> Hypothesis:
    """Edit a node and all below it; a strength that is its parent's (`above`: as written, now) goes with that."""
    keys, (written, now) = keys_of(node.name), above
    strength = values.get((*keys, "prior_strength"), now if node.prior_strength == written else node.prior_strength)
    return replace(
        node,
        weight=values.get((*keys, "prior"), node.weight),
        prior_strength=strength,
        children=tuple(_node(child, (node.prior_strength, strength), values) for child in node.children),
    )


def _indicator(case: Case, name: str, indicator: Indicator, values: Mapping[Keys, float]) -> Indicator:
    keys: Keys = ("indicators", name)
    source = case.sources.get(indicator.source)
    from_source = source is not None and source.reliability == indicator.reliability
    own = (*keys, "reliability")
    reliability = ("sources", indicator.source, "reliability") if from_source and own not in values else own
    code = values.get((*keys, "observed"))
    return replace(
        indicator,
        observed=indicator.observed if code is None else None if code == UNKNOWN else code == PRESENT,
        reliability=_judged(values, reliability, indicator.reliability),
        likelihood={
            place: _judged(values, _keys_at((*keys, "likelihood"), place, values), judgement)
            for place, judgement in indicator.likelihood.items()
        },
    )


def _keys_at(keys: Keys, place: str, values: Mapping[Keys, float]) -> Keys:
    """Return the keys of a statement; those in the file, if it is not one class of author's that is given."""
    return (*keys, place) if (*keys, place) in values else (*keys, parts_of(place)[0])


def _judged(values: Mapping[Keys, float], keys: Keys, written: Judgement) -> Judgement:
    if keys not in values:
        return written
    return Judgement(Point(values[keys]), f"{values[keys]:g}", written.why)
