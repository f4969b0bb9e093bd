"""A case as the rest of the program sees it: parsed, checked, every default filled in, immutable."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from falseflag.case.conditions import OTHERS, Condition
from falseflag.case.edit import replaced
from falseflag.case.states import Branch, Outline, Staging
from falseflag.distributions import Beta, Dirichlet, Fixed, Judgement, Point
from falseflag.errors import Diagnostic

__all__ = [
    "OTHERS",
    "Case",
    "Circumstance",
    "Condition",
    "Deception",
    "Group",
    "Hypothesis",
    "Indicator",
    "Learned",
    "Learning",
    "Proposition",
    "Report",
    "Source",
    "SourceFile",
]

type Statements = Mapping[Condition, Judgement]
"""Judgements by the condition under which they are made, in the file's order."""

PRESENT, ABSENT = "present", "absent"
PRESENT_ABSENT: Mapping[str, str] = {PRESENT: PRESENT, ABSENT: ABSENT}
"""Values of an indicator that names none of its own, the first one first."""


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
        Strength of the branching *below* this node, own or inherited, infinite for ``certain``; of no effect on a leaf.
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

    def walk(self) -> Iterator[Hypothesis]:
        """Yield this node and all below it, parents first, in the file's order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Circumstance:
    """Something that is not the question but that evidence depends on.

    Parameters
    ----------
    values : mapping of str to str
        Labels by value, two or more.
    probability : mapping of Condition to Judgement
        Of two values: a Beta or Point, the probability of the first one. Of more: a Dirichlet or Fixed, in the order of
        `values`. Conditions name hypotheses and circumstances that stand earlier in the case.
    """

    name: str
    label: str
    values: Mapping[str, str]
    probability: Statements
    why: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where reports come from.

    Parameters
    ----------
    reliability : mapping of Condition to Judgement, or None
        One judgement under `OTHERS`, or one for each condition; the grade's where there is no own one, as a Beta or,
        with ``grade_strength: certain``, a Point. None if the file gives neither: its reports are taken as true.
    """

    name: str
    label: str
    grade: str = ""
    reliability: Statements | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one source says of one fact.

    Parameters
    ----------
    source : str
        Key of the source; empty where none is named.
    says : str
        The value reported.
    reliability : mapping of Condition to Judgement, or None
        Written with the report or its indicator, then a variable of its own; None for the source's.
    """

    source: str
    says: str
    reliability: Statements | None = None
    seen: str = ""
    where: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A fact about the incident, with what was reported of it.

    Parameters
    ----------
    values : mapping of str to str
        Labels by value; `PRESENT_ABSENT` where the file names none.
    likelihood : mapping of Condition to Judgement
        Of two values: a Beta or Point, the probability of the first one; of more: a Dirichlet or Fixed. What was
        learned from a record is in it. Empty for an indicator with `ratios`.
    reports : tuple of Report
        None where it is unknown or silent, and where it has `ratios`.
    detection : mapping of Condition to Judgement
        Of a silent indicator only: the probability that one would have heard of it, were it present.
    ratios : mapping of Condition to Judgement
        How probable the report as it stands is, up to a common factor: a LogNormal or a Point. Else empty.
    source, reliability, seen, where
        As written for an indicator without reports; with reports they stand there. `source` and `reliability` are those
        from which an unknown indicator would be reported.
    like, unlike : str
        The record's indicator that it says the same of as, or the opposite; empty for none.
    """

    name: str
    label: str
    likelihood: Statements
    values: Mapping[str, str] = field(default_factory=lambda: PRESENT_ABSENT)
    reports: tuple[Report, ...] = ()
    detection: Statements = field(default_factory=dict)
    ratios: Statements = field(default_factory=dict)
    source: str = ""
    reliability: Statements | None = None
    seen: str = ""
    where: str = ""
    why: str = ""
    like: str = ""
    unlike: str = ""

    def reported(self, value: str) -> Report:
        """Return its one report, or the one that is still to come, with some value."""
        report = self.reports[0] if self.reports else Report(self.source, "", self.reliability)
        return dataclasses.replace(report, says=value)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is heard of it, which counts as evidence."""
        return bool(self.detection)

    @property
    def is_evidence(self) -> bool:
        """Whether it is reported, silent or stated as ratios: not unknown."""
        return bool(self.reports or self.detection or self.ratios)


@dataclass(frozen=True, slots=True)
class Group:
    """Indicators that are correlated given the state; `correlation` is tetrachoric, by condition."""

    name: str
    label: str
    indicators: tuple[str, ...]
    correlation: Statements
    why: str = ""


@dataclass(frozen=True, slots=True)
class Deception:
    """What the author of a hypothesis may stage.

    Parameters
    ----------
    node : str
        The hypothesis whose author it is, with all below it.
    blames : Condition
        `Condition.node` is the leaf that is to be blamed, `Condition.values` are circumstances to be feigned.
    attempt : Judgement
        Chance that evidence is staged at all, one variable.
    reach : mapping of str to Judgement
        For each indicator within reach, the chance that staging takes.
    """

    node: str
    blames: Condition
    attempt: Judgement
    reach: Mapping[str, Judgement]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Proposition:
    """A further question: a set of states, those in which any of the conditions holds."""

    name: str
    label: str
    when: tuple[Condition, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that the case was read from: its name relative to the first file's folder, and its bytes."""

    name: str
    content: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class Learned:
    """A likelihood statement that is linked to a record.

    Parameters
    ----------
    indicator : str
    condition : Condition
        Where the statement stands in the case: the key of `Indicator.likelihood`, with the class if it was split.
    author_class : str
        The class of author whose incidents it learns from.
    like : str
        The record's indicator that it is linked to.
    is_opposite : bool
        Whether it is linked by ``unlike``: present here is absent there.
    judgement : Judgement
        As written; where nothing was, the record's rate over all classes, weakly held.
    is_elicited : bool
        Whether it was written.
    present, absent : int
        The class's incidents that have it and that do not, plainly counted, seen from this side of the link.
    record : Beta
        What the record alone says, at the weight that it has here.
    both : Beta or Point
        What enters the model.
    """

    indicator: str
    condition: Condition
    author_class: str
    like: str
    is_opposite: bool
    judgement: Judgement
    is_elicited: bool
    present: int
    absent: int
    record: Beta
    both: Beta | Point


@dataclass(frozen=True, slots=True)
class Learning:
    """The record that a case learns from.

    Parameters
    ----------
    path, sha256 : str
        The record's file, as the case names it, and the hash of its bytes.
    incidents : int
    model : {'counts', 'hierarchical'}
    relevance : float
        What a resolved case counts for, against one like the case at hand.
    why : str
        The reason that was given; empty for none.
    statements : tuple of Learned
        In the order of the case.
    """

    path: str
    sha256: str
    incidents: int
    model: str
    relevance: float
    why: str
    statements: tuple[Learned, ...]


@dataclass(frozen=True)
class Case:
    """A contested incident: hypotheses, circumstances, indicators, sources, deception and dependence.

    Parameters
    ----------
    path : str
        The case file as the user named it.
    files : tuple of SourceFile
        The case file first, then all that it extends, then what it learns from.
    hypotheses : tuple of Hypothesis
        The top of the tree.
    prior_strength : float
        Strength of the topmost branching; infinite for ``certain``.
    prior_strength_why : str
        The reason for it; empty if none was given.
    circumstances : mapping of str to Circumstance
        In the order in which their probabilities may depend on each other.
    deception : mapping of str to Deception
        By node; no node is below another one.
    timezone : str
        In which dates without an offset are read.
    learning : Learning or None
        What it took over from a record of resolved cases, if it does that.
    warnings : tuple of Diagnostic
        What the loader found that is allowed but is likely not meant.
    """

    title: str
    hypotheses: tuple[Hypothesis, ...]
    indicators: Mapping[str, Indicator]
    prior_strength: float
    circumstances: Mapping[str, Circumstance] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    deception: Mapping[str, Deception] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    propositions: Mapping[str, Proposition] = field(default_factory=dict)
    question: str = ""
    date: str = ""
    timezone: str = "UTC"
    notes: str = ""
    path: str = ""
    files: tuple[SourceFile, ...] = ()
    prior_strength_why: str = ""
    learning: Learning | None = None
    warnings: tuple[Diagnostic, ...] = ()

    def replace(self, values: Mapping[str, float | str]) -> Case:
        """Return the case with some values other than written, each taken as certain.

        Parameters
        ----------
        values : mapping from str to float or str
            By name, as `falseflag.sweep` takes them: ``hypotheses.ukraine.prior`` (a weight),
            ``indicators.two_hits.likelihood.others`` (a probability), ``indicators.two_hits.observed`` (a value of the
            indicator, or ``unknown``).

        Raises
        ------
        RequestError
            If there is no such thing in the case, or it cannot have the value.
        """
        return replaced(self, values)

    @cached_property
    def nodes(self) -> tuple[Hypothesis, ...]:
        """All nodes of the tree, parents before children, in the file's order."""
        return tuple(node for top in self.hypotheses for node in top.walk())

    @property
    def leaves(self) -> tuple[Hypothesis, ...]:
        """The exclusive hypotheses, in the file's order."""
        return tuple(node for node in self.nodes if not node.children)

    @cached_property
    def outline(self) -> Outline:
        """What the states follow from."""
        return Outline(
            leaves=[leaf.name for leaf in self.leaves],
            circumstances=[_branch(each) for each in self.circumstances.values()],
            stagings=[staging_of(each) for each in self.deception.values()],
            classes={leaf.name: leaf.author_class for leaf in self.leaves if leaf.author_class},
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the case file itself (not of what it extends); empty for a case made in memory."""
        return self.files[0].sha256 if self.files else ""

    @property
    def content_sha256(self) -> str:
        """SHA-256 of all that the answer follows from, its notes and reasons included."""
        parts = (
            self.hypotheses,
            self.prior_strength,
            self.circumstances,
            self.sources,
            self.indicators,
            self.groups,
            self.deception,
            self.propositions,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def _branch(circumstance: Circumstance) -> Branch:
    values = tuple(circumstance.values)
    possible = {condition: positive(values, row) for condition, row in circumstance.probability.items()}
    return Branch(circumstance.name, values, possible)


def staging_of(entry: Deception) -> Staging:
    """Return what states follow from of a deception entry."""
    staged, plain = probabilities(entry.attempt)
    return Staging(entry.node, entry.blames.node, dict(entry.blames.values), staged > 0, plain > 0)


def positive(values: tuple[str, ...], judgement: Judgement) -> tuple[str, ...]:
    """Return the values that are possible by a statement."""
    return tuple(value for value, p in zip(values, probabilities(judgement), strict=True) if p > 0)


def probabilities(judgement: Judgement) -> tuple[float, ...]:
    """Return the expected probability of each value of a two-valued or many-valued statement."""
    match judgement.distribution:
        case Beta(alpha, beta):
            return alpha / (alpha + beta), beta / (alpha + beta)
        case Point(value):
            return value, 1 - value
        case Dirichlet() | Fixed() as many:
            return many.mean
        case other:
            raise TypeError(f"{other} is not about probabilities")
