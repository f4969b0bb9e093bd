"""A case as the rest of the program sees it: parsed, checked, every default filled in, immutable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from falseflag.case.learned import Learning
from falseflag.case.places import OTHERS, place_at
from falseflag.elicitation import Judgement

__all__ = ["OTHERS", "Case", "Group", "Hypothesis", "Indicator", "Source", "SourceFile"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A node of the hypothesis tree.

    Parameters
    ----------
    name : str
        Dotted path from the root, such as ``ukraine.message``.
    label, why : str
        For people; `label` is the last part of the name if none was written.
    weight : float
        Prior weight relative to its siblings, as written.
    prior_strength : float
        Strength of the branching *below* this node, own or inherited; of no effect on a leaf.
    children : tuple of Hypothesis
        Empty for a leaf.
    weight_why, prior_strength_why : str
        The reason for the number alone; empty if none was given, or if the strength is inherited.
    author_class : str
        Class of author in a record of resolved cases, own or inherited; empty for none.
    """

    name: str
    label: str
    weight: float
    prior_strength: float
    children: tuple[Hypothesis, ...] = ()
    why: str = ""
    weight_why: str = ""
    prior_strength_why: str = ""
    author_class: str = ""

    @property
    def place(self) -> str:
        """Where it asks for likelihood statements, see `falseflag.case.places`."""
        return place_at(self.name, self.author_class)

    def walk(self) -> Iterator[Hypothesis]:
        """Yield this node and all below it, parents first, in the file's order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Source:
    """Where reports come from; `reliability` is None if the file gives neither one nor a grade."""

    name: str
    label: str
    grade: str = ""
    reliability: Judgement | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A statement that is true or false of the incident, with what was reported of it.

    Parameters
    ----------
    observed : bool or None
        Reported present (True) or absent (False); None where unknown.
    likelihood : mapping from str to Judgement
        P(truly present | hypothesis), by the node that the statement is made at (a dotted path) or ``others``,
        in the file's order; what was learned from a record is in it, see `falseflag.case.places`.
    reliability : Judgement
        Own, else the source's, else the point 1.
    like, unlike : str
        The record's indicator that it says the same of as, or the opposite; empty for none.
    """

    name: str
    label: str
    observed: bool | None
    likelihood: Mapping[str, Judgement]
    reliability: Judgement
    source: str = ""
    where: str = ""
    seen: str = ""
    why: str = ""
    like: str = ""
    unlike: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Indicators that hang together, and how strongly (tetrachoric correlation given the hypothesis)."""

    name: str
    label: str
    indicators: tuple[str, ...]
    correlation: Judgement
    why: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that the case was read from: its name relative to the first file's folder, and its bytes."""

    name: str
    content: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Case:
    """A contested incident: hypotheses, indicators, sources and dependence.

    Parameters
    ----------
    path : str
        The case file as the user named it.
    files : tuple of SourceFile
        The case file first, then all that it extends, then what it learns from.
    hypotheses : tuple of Hypothesis
        The top of the tree.
    prior_strength : float
        Strength of the topmost branching.
    prior_strength_why : str
        The reason for it; empty if none was given.
    learning : Learning or None
        What it took over from a record of resolved cases, if it does that.
    """

    title: str
    hypotheses: tuple[Hypothesis, ...]
    indicators: Mapping[str, Indicator]
    prior_strength: float
    sources: Mapping[str, Source] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    question: str = ""
    date: str = ""
    notes: str = ""
    path: str = ""
    files: tuple[SourceFile, ...] = ()
    prior_strength_why: str = ""
    learning: Learning | None = None

    @property
    def nodes(self) -> tuple[Hypothesis, ...]:
        """All nodes of the tree, parents before children, in the file's order."""
        return tuple(node for top in self.hypotheses for node in top.walk())

    @property
    def leaves(self) -> tuple[Hypothesis, ...]:
        """The exclusive hypotheses, in the file's order."""
        return tuple(node for node in self.nodes if not node.children)

    @property
    def sha256(self) -> str:
        """SHA-256 of the case file itself (not of what it extends); empty for a case made in memory."""
        return self.files[0].sha256 if self.files else ""
