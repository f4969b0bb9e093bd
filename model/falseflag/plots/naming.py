"""What things are called in figures: the labels of a case, made fit to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from falseflag.case.model import OTHERS, Case
from falseflag.case.places import parts_of
from falseflag.explain.labels import of_class
from falseflag.plots.text import clean

ANY_OTHER = "any other hypothesis"


@dataclass(frozen=True, slots=True)
class Names:
    """Labels by name; a name stands for itself where a label is blank or missing.

    Parameters
    ----------
    title : str
        Of the case, or of the first of several.
    nodes, indicators, groups : mapping from str to str
    reports : mapping from str to int
        How many indicators of each group were reported.
    """

    title: str
    nodes: Mapping[str, str]
    indicators: Mapping[str, str]
    groups: Mapping[str, str]
    reports: Mapping[str, int]

    @classmethod
    def of(cls, *cases: Case) -> Names:
        """Collect the labels of some cases; where they differ, an earlier case's count."""
        in_turn = cases[::-1]
        return cls(
            title=cases[0].title,
            nodes={node.name: _label(node.label, node.name) for case in in_turn for node in case.nodes},
            indicators={i.name: _label(i.label, i.name) for case in in_turn for i in case.indicators.values()},
            groups={g.name: _label(g.label, g.name) for case in in_turn for g in case.groups.values()},
            reports={name: count for case in in_turn for name, count in _reports(case).items()},
        )

    def node(self, name: str) -> str:
        """Return a node's label after those of the nodes above it, such as ``Ukraine: to send a message``."""
        parts = name.split(".")
        return ": ".join(self.short(".".join(parts[: depth + 1])) for depth in range(len(parts)))

    def short(self, name: str) -> str:
        """Return a node's own label."""
        return self.nodes.get(name, name.rpartition(".")[2])

    def place(self, name: str) -> str:
        """Return the label of where a likelihood statement is made."""
        node, author_class = parts_of(name)
        return (ANY_OTHER if node == OTHERS and node not in self.nodes else self.node(node)) + of_class(author_class)

    def factor(self, name: str, *, is_group: bool) -> str:
        """Return the label of an indicator, or of a group."""
        return (self.groups if is_group else self.indicators).get(name, name)

    def counted(self, name: str, *, is_group: bool) -> str:
        """Return the same, for a group with the number of its reports."""
        label, reports = self.factor(name, is_group=is_group), self.reports.get(name, 0)
        return f"{label} ({reports} report{'s' * (reports != 1)})" if is_group else label


def _reports(case: Case) -> dict[str, int]:
    reported = {name for name, indicator in case.indicators.items() if indicator.observed is not None}
    return {name: len(reported.intersection(group.indicators)) for name, group in case.groups.items()}


def _label(label: str, name: str) -> str:
    return clean(label) or name
