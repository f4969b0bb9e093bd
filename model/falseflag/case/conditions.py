"""Conditions under which a statement is made, and which statement a combination takes: the narrowest that applies.

A condition is a conjunction of a node of the hypothesis tree and values of circumstances, such as
``false_flag & launch_site=russia``; `OTHERS` is the empty one, which always holds. A is *narrower* than B where each
part of B is implied by a part of A: by the same value of a circumstance, or by a node at or below B's.

A case that learns from a record splits statements by class of author, since each class has rates of its own. Which
statement applies is decided without the class; it only distinguishes those that are otherwise the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

OTHERS_NAME = "others"
"""Reserved name: the condition that always holds."""

type Values = Mapping[str, str]
"""A value for each circumstance, or for those that come first."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a statement to apply.

    Parameters
    ----------
    node : str
        Dotted path of a node of the tree; empty where the hypothesis does not matter.
    values : tuple of (str, str)
        Circumstances and their values, sorted by circumstance.
    author_class : str
        Class of author that a learned statement is for; empty for all.
    """

    node: str = ""
    values: tuple[tuple[str, str], ...] = ()
    author_class: str = ""

    def __str__(self) -> str:
        """Format as in a case file; a class of author, which no file holds, follows an ``@``."""
        parts = [self.node] * bool(self.node) + [f"{name}={value}" for name, value in self.values]
        text = " & ".join(parts) or OTHERS_NAME
        return f"{text}@{self.author_class}" if self.author_class else text

    @property
    def base(self) -> Condition:
        """The condition without its class of author."""
        return replace(self, author_class="") if self.author_class else self

    def holds(self, leaf: str, values: Values) -> bool:
        """Return whether it holds for a leaf under circumstances, whatever the class."""
        return is_at_or_below(leaf, self.node) and all(values.get(name) == value for name, value in self.values)

    def is_narrower(self, other: Condition) -> bool:
        """Return whether it is narrower than another one; of two that differ in class alone, that with a class is."""
        if (self.node, self.values) == (other.node, other.values):
            return bool(self.author_class) and not other.author_class
        return is_at_or_below(self.node, other.node) and set(self.values) >= set(other.values)

    def joined(self, other: Condition) -> Condition | None:
        """Return the condition that both hold, or None where no combination can fulfil it."""
        below = is_at_or_below(self.node, other.node)
        if not below and not is_at_or_below(other.node, self.node):
            return None
        values = sorted({*self.values, *other.values})
        if len({name for name, _ in values}) < len(values):
            return None
        return Condition(self.node if below else other.node, tuple(values))


OTHERS = Condition()


@lru_cache(maxsize=1 << 16)
def is_at_or_below(node: str, above: str) -> bool:
    """Return whether a node is `above` or below it; everything is below the empty path."""
    return not above or node == above or node.startswith(f"{above}.")


@dataclass(frozen=True, slots=True)
class Clash:
    """Two statements that apply to a combination, of which neither is narrower and nothing else is narrowest."""

    one: Condition
    other: Condition


def narrowest(
    conditions: Iterable[Condition], leaf: str, values: Values, author_class: str = ""
) -> Condition | Clash | None:
    """Return the condition whose statement a combination takes.

    Parameters
    ----------
    conditions : iterable of Condition
    leaf : str
    values : mapping
        The value of each circumstance.
    author_class : str
        The leaf's class of author.

    Returns
    -------
    Condition, Clash or None
        None where none applies.
    """
    applying = [c for c in conditions if c.author_class in {"", author_class} and c.holds(leaf, values)]
    minimal = [c for c in applying if not any(other.is_narrower(c) for other in applying)]
    if len(minimal) > 1:
        return Clash(*minimal[:2])
    return minimal[0] if minimal else None
