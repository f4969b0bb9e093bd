"""The states of a case: a leaf, a value of each circumstance, and whether its author stages evidence.

Only combinations of positive prior probability are states. They are enumerated depth first, and a beginning that is
impossible is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from falseflag.case.conditions import Clash, Condition, is_at_or_below, narrowest

MAX_CELLS = 2_000_000
"""States × indicators of a case that can be answered."""

MAX_STATES = 2000
"""States of a case that can be answered, staged ones counted."""
MAX_CIRCUMSTANCES = 100
"""Circumstances of a case, those included that have one possible value alone."""


@dataclass(frozen=True, slots=True)
class State:
    """A combination that may be the truth.

    Parameters
    ----------
    leaf : str
        The hypothesis.
    values : tuple of str
        The value of each circumstance, in the case's order.
    staged : str
        Node of the deception entry by which evidence is staged; empty in a plain state.
    """

    leaf: str
    values: tuple[str, ...] = ()
    staged: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """A circumstance as far as states depend on it: which of its values are possible under which condition."""

    name: str
    values: tuple[str, ...]
    possible: Mapping[Condition, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Staging:
    """A deception entry as far as states depend on it.

    Parameters
    ----------
    node : str
        Where the entry stands; all leaves at or below it may stage.
    leaf : str
        The leaf that is blamed.
    values : mapping of str to str
        Circumstances that are feigned, with their values.
    can_stage, can_abstain : bool
        Whether staging, and not staging, have positive probability.
    """

    node: str
    leaf: str
    values: Mapping[str, str]
    can_stage: bool = True
    can_abstain: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """What the states of a case follow from; `classes` holds the class of author of leaves that have one."""

    leaves: Sequence[str]
    circumstances: Sequence[Branch] = ()
    stagings: Sequence[Staging] = ()
    classes: Mapping[str, str] = field(default_factory=dict)

    def row(
        self, conditions: Sequence[Condition] | Mapping[Condition, object], leaf: str, values: Sequence[str]
    ) -> Condition | Clash | None:
        """Return which statement a leaf takes under the values of the first circumstances."""
        named = {branch.name: value for branch, value in zip(self.circumstances, values, strict=False)}
        return narrowest(conditions, leaf, named, self.classes.get(leaf, ""))

    def staging_of(self, leaf: str) -> Staging | None:
        """Return the deception entry that a leaf stands at or below."""
        return next((each for each in self.stagings if is_at_or_below(leaf, each.node)), None)

    def blamed(self, state: State) -> tuple[str, tuple[str, ...]]:
        """Return the leaf and the values of circumstances that a staged state is meant to look like."""
        entry = next(each for each in self.stagings if each.node == state.staged)
        feigned = (entry.values.get(b.name, v) for b, v in zip(self.circumstances, state.values, strict=True))
        return entry.leaf, tuple(feigned)


type OnUnresolved = Callable[[Branch, str, tuple[str, ...], Clash | None], None]
"""Called with a circumstance, a leaf and values of earlier circumstances for which its rows have a clash or a gap."""


def states(outline: Outline, on_unresolved: OnUnresolved | None = None) -> Iterator[State]:
    """Enumerate the states, leaves in their order, plain states before staged ones.

    Parameters
    ----------
    outline : Outline
    on_unresolved : callable, optional
        Where the rows of a circumstance clash or have a gap, nothing below is enumerated; this is called with it.

    Yields
    ------
    State
    """
    for leaf in outline.leaves:
        entry = outline.staging_of(leaf)
        for values in _values(outline, leaf, on_unresolved):
            if entry is None or entry.can_abstain:
                yield State(leaf, values)
            if entry is not None and entry.can_stage:
                yield State(leaf, values, entry.node)


def _values(outline: Outline, leaf: str, on_unresolved: OnUnresolved | None) -> Iterator[tuple[str, ...]]:
    """Enumerate the possible values of all circumstances under one leaf, depth first."""
    branches = outline.circumstances
    author_class = outline.classes.get(leaf, "")
    named: dict[str, str] = {}
    pending: list[Iterator[str]] = []
    while True:
        if len(pending) == len(branches):
            yield tuple(named.values())
        else:
            branch = branches[len(pending)]
            row = narrowest(branch.possible, leaf, named, author_class)
            if isinstance(row, Condition):
                pending.append(iter(branch.possible[row]))
            else:
                if on_unresolved is not None:
                    on_unresolved(branch, leaf, tuple(named.values()), row)
                pending.append(iter(()))
        while pending:
            name = branches[len(pending) - 1].name
            named.pop(name, None)
            if (value := next(pending[-1], None)) is not None:
                named[name] = value
                break
            pending.pop()
        else:
            return
