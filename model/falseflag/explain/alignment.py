"""Brings two cases that class their hypotheses differently to the same classes, so that statements can be matched.

One case may learn from a record and the other not, or they may take an actor for authors of different classes. The
statements of both are then told apart by what the two say together. Each leaf keeps the statement that it has, so that
no answer changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.case.places import parts_of, place_at

type Classes = Mapping[str, str]
"""Class of author by node."""


def aligned(first: Case, second: Case) -> tuple[Case, Case]:
    """Return two cases with the same hypotheses, by name, with the same classes of author."""
    ours, theirs = _classes(first), _classes(second)
    if ours == theirs:
        return first, second
    joint = {name: _joint(ours[name], theirs[name]) for name in ours}
    if not any(ours.values()) or not any(theirs.values()):  # only one of them learns: its classes will do
        joint = {name: ours[name] or theirs[name] for name in ours}
    return _reclassed(first, ours, joint), _reclassed(second, theirs, joint)


def _classes(case: Case) -> dict[str, str]:
    return {node.name: node.author_class for node in case.nodes}


def _joint(one: str, other: str) -> str:
    return one if one == other else f"{one or 'none'}+{other or 'none'}"


def _reclassed(case: Case, own: Classes, joint: Classes) -> Case:
    finer: dict[str, tuple[str, ...]] = {
        of: tuple(dict.fromkeys(joint[name] for name in joint if own[name] == of)) for of in set(own.values())
    }
    return replace(
        case,
        hypotheses=tuple(_renamed(node, joint) for node in case.hypotheses),
        indicators={name: _split(indicator, finer) for name, indicator in case.indicators.items()},
    )


def _renamed(node: Hypothesis, joint: Classes) -> Hypothesis:
    return replace(
        node, author_class=joint[node.name], children=tuple(_renamed(child, joint) for child in node.children)
    )


def _split(indicator: Indicator, finer: Mapping[str, tuple[str, ...]]) -> Indicator:
    likelihood = {
        place_at(parts_of(place)[0], of): judgement
        for place, judgement in indicator.likelihood.items()
        for of in (finer[parts_of(place)[1]] if parts_of(place)[1] else ("",))
    }
    return replace(indicator, likelihood=likelihood)
