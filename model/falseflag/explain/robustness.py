"""All that would overturn an answer, in one record: what `falseflag robust` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from falseflag.arrays import Distributions
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.explain.analysis import Analysis
from falseflag.explain.deception import Deceiver, deceiver
from falseflag.explain.minimal_change import Change, MinimalChange, minimal_change
from falseflag.explain.prior_bounds import Bounds, prior_bounds
from falseflag.explain.sentences import Labels, chance, listed, times
from falseflag.explain.tipping import Tipping, leader_of, log_by_leaf, nearest, tipping
from falseflag.inference.checks import Check
from falseflag.inference.exact.posterior import ExactPosterior, Surprise, surprise
from falseflag.inference.result import SURPRISE
from falseflag.numbers import PLAIN
from falseflag.problem import Problem
from falseflag.results import Result
from falseflag.settings import DEFAULTS
from falseflag.wording import percent

if TYPE_CHECKING:
    import pandas as pd

    from falseflag.sensitivity import PowerScaling

LEVEL = 1e-9
"""A tipping point by no more than this factor above 1 is where it is written."""

SMALL = 0.01
"""A change of probability below this is said to hardly matter."""

UNUSUAL = 0.05
"""Evidence is called surprising where no more than this share of simulated evidence is at least as improbable."""


@dataclass(frozen=True, slots=True, repr=False)
class Robustness(Result):
    """What would overturn the answer.

    Parameters
    ----------
    case : Case
    leader : str
        The most probable leaf.
    tipping : tuple of Tipping
    believe : MinimalChange
        What one would have to believe for the named node, or the runner-up, to lead.
    dependence : Dependence
    bounds : tuple of Bounds
    deceiver : Deceiver or None
        None where nobody is said to stage evidence.
    surprise : Surprise
    checks : tuple of Check
        Of draws compared with the exact answer.
    sentences : tuple of str
    power_scaling : tuple of PowerScaling
        Empty where nothing was sampled.
    """

    case: Case
    leader: str
    tipping: tuple[Tipping, ...]
    believe: MinimalChange
    dependence: Dependence
    bounds: tuple[Bounds, ...]
    deceiver: Deceiver | None
    surprise: Surprise
    checks: tuple[Check, ...]
    sentences: tuple[str, ...]
    power_scaling: tuple[PowerScaling, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)

    @property
    def frame(self) -> pd.DataFrame:
        """The tipping points, nearest first."""
        from falseflag.tables import tipping_frame  # noqa: PLC0415

        return tipping_frame(self.tipping)

    def in_words(self) -> Sequence[str]:
        """Return the sentences."""
        return self.sentences

    def to_dict(self) -> dict[str, Any]:
        """Return what ``robust --json`` prints."""
        scaled = [row.to_dict() for row in self.power_scaling]
        return {
            "leader": self.leader,
            "tipping": [row.to_dict() for row in self.tipping],
            "believe": self.believe.to_dict(),
            "dependence": self.dependence.to_dict(),
            "bounds": [row.to_dict() for row in self.bounds],
            "deceiver": None if self.deceiver is None else self.deceiver.to_dict(),
            "surprise": {"p": self.surprise.p, "error": self.surprise.error},
            "sound": self.is_sound,
            "checks": [check.to_dict() for check in self.checks],
            "sentences": list(self.sentences),
            **({"power_scaling": scaled} if scaled else {}),
        }


def robust(
    analysis: Analysis, case: Case, node: str | None = None, tips: tuple[Tipping, ...] | None = None
) -> Robustness:
    """Find what would overturn an answer.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    node : str, optional
        For which to find what one would have to believe; by default the runner-up among the leaves.
    tips : tuple of Tipping, optional
        The tipping points of the case, where they are known already.

    Raises
    ------
    RequestError
        If there is no such hypothesis.
    """
    problem, exact = analysis.problem, analysis.exact
    scores = log_by_leaf(problem, exact.log_scores)
    first = leader_of(scores)
    if node is None:
        node = problem.leaves[max((n for n in range(len(scores)) if n != first), key=scores.__getitem__)]
    elif node not in problem.nodes:
        problem.states_in(node)
        raise RequestError(f"'{node}' is not a hypothesis: only a hypothesis can be asked what would make it lead")
    found = Robustness(
        case=case,
        leader=problem.leaves[first],
        tipping=tipping(exact, case) if tips is None else tips,
        believe=minimal_change(exact, case, node),
        dependence=dependence(exact),
        bounds=prior_bounds(exact),
        deceiver=deceiver(analysis, case),
        surprise=surprise(exact, np.random.default_rng([DEFAULTS.seed, SURPRISE])),
        checks=analysis.checks,
        sentences=(),
    )
    return replace(found, sentences=_sentences(case, found))


# Sentences


def _sentences(case: Case, found: Robustness) -> tuple[str, ...]:
    words = _Words(Labels(case))
    all_ = (
        words.tips(found.leader, found.tipping),
        words.believed(found.believe),
        words.depends(found.leader, found.dependence),
        words.bounded(found.leader, found.bounds),
        words.staged(found.leader, found.deceiver),
        surprised(found.surprise),
    )
    return tuple(sentence for sentence in all_ if sentence)


@dataclass(frozen=True, slots=True)
class _Words:
    """What was found as sentences, with the labels of the case."""

    labels: Labels

    def tips(self, leader: str, rows: Sequence[Tipping]) -> str:
        """Say which single number is nearest to changing the leader."""
        row = nearest(rows)
        if row is None or row.tips_at is None or row.new_leader is None or row.odds_factor is None:
            return f"No change of a single judgement would take the lead from {self.labels.node(leader)}."
        first, second = self.labels.node(leader), self.labels.node(row.new_leader)
        if row.odds_factor < 1 + LEVEL:
            return f"{first} and {second} are level: the least change decides."
        return (
            f"{second} would overtake {first} if {changed_to(self.labels, row)}; no other single judgement is nearer."
        )

    def believed(self, found: MinimalChange) -> str:
        """Say what one would have to believe."""
        name = self.labels.node(found.node)
        if found.distance is None:
            return (
                f"No change of the judgements makes {name} lead: what would have to move is fixed, or is "
                "shared with a hypothesis that has the greater prior weight."
            )
        if found.distance == 0:
            return f"{name} leads already, or is level with the leader: nothing has to change."
        changes = listed([self.changed(change) for change in found.changes])
        return f"For {name} to lead, one would have to believe that {changes}."

    def changed(self, change: Change) -> str:
        """Say one change."""
        return (
            f"{self.labels.number(change.what, change.kind)} is {_value(change.needed, change.kind)} instead of "
            f"{_value(change.written, change.kind)}"
        )

    def depends(self, leader: str, found: Dependence) -> str:
        """Say what dependence between indicators does to the leader's probability."""
        values = [found.none[leader], found.as_written[leader], found.full[leader]]
        name = self.labels.node(leader)
        if np.ptp(values) < SMALL:
            return f"Dependence between indicators hardly matters: {name} stays at {percent(values[1])}."
        return (
            f"{name} is at {percent(values[0])} if the indicators of each group are independent, {percent(values[1])} "
            f"with their dependence as written, and {percent(values[2])} if each group is nearly one piece of evidence."
        )

    def bounded(self, leader: str, rows: Sequence[Bounds]) -> str:
        """Say how far the answer moves over all priors near those written."""
        parts = [
            f"from {percent(row.nodes[leader][0])} to {percent(row.nodes[leader][1])} within a factor of {row.factor:g}"
            for row in rows
        ]
        holds = [row.factor for row in rows if row.leader_holds]
        end = f"; it leads under all priors within a factor of {max(holds):g}" if holds else ""
        return f"With all prior weights varied at once, {self.labels.node(leader)} ranges {listed(parts)}{end}."

    def staged(self, leader: str, found: Deceiver | None) -> str:
        """Say what staging does to the leader's probability."""
        if found is None:
            return ""
        values = [percent(answer[leader]) for answer in (found.none, found.as_written, found.perfect)]
        return (
            f"{self.labels.node(leader)} is at {values[0]} if nobody stages evidence, {values[1]} with the chances of "
            f"staging as written, and {values[2]} if all that is in reach is staged without fail."
        )


def surprised(found: Surprise) -> str:
    """Say so where the evidence is unusual under every hypothesis."""
    if found.p > UNUSUAL:
        return ""
    return (
        f"The evidence is unusual whatever hypothesis is true: only {percent(found.p)} of the evidence simulated from "
        "this case is at least as improbable. The author may be somebody who is not on the list."
    )


def changed_to(labels: Labels, row: Tipping) -> str:
    """Say what a judgement would have to be: “… were 0.3 instead of 0.6, a factor of 3.5 in odds”."""
    if row.tips_at is None or row.odds_factor is None:
        raise ValueError(f"no value of {row.what} changes the leader")
    odds = "" if row.kind in PLAIN else " in odds"
    return (
        f"{labels.number(row.what, row.kind)} were {_value(row.tips_at, row.kind)} instead of "
        f"{_value(row.written, row.kind)}, a factor of {times(row.odds_factor)}{odds}"
    )


def _value(number: float, kind: str) -> str:
    return f"{number:.3g}" if kind in PLAIN else chance(number)


def number_label(case: Case, what: tuple[Any, ...], kind: str) -> str:
    """Return what an elicited number is of, such as ``the prior weight of “Ukraine”``."""
    return Labels(case).number(what, kind)


# Dependence


FULL = 0.99
"""Correlation that stands for one piece of evidence reported several times."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """Probability of every node with all groups' ρ at 0, as written, and at 0.99."""

    none: dict[str, float]
    as_written: dict[str, float]
    full: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return its part of ``robust --json``."""
        return {"none": self.none, "as_written": self.as_written, "full": self.full}


def dependence(exact: ExactPosterior) -> Dependence:
    """Answer with no dependence, with that which is written, and with full dependence."""
    return Dependence(nodes_at(exact, 0.0), node_probabilities(exact), nodes_at(exact, FULL))


def with_correlation(problem: Problem, correlation: float) -> Problem:
    """Return the problem with every group's ρ held at one value."""
    count = len(problem.correlation)
    nothing = np.full(count, np.nan)
    return replace(problem, correlation=Distributions(nothing, nothing, np.full(count, correlation)))


def nodes_at(exact: ExactPosterior, correlation: float) -> dict[str, float]:
    """Return the probability of every node with every group's ρ held at one value."""
    problem = with_correlation(exact.problem, correlation)
    return node_probabilities(ExactPosterior(problem, exact.factors.with_problem(problem)))


def node_probabilities(exact: ExactPosterior) -> dict[str, float]:
    """Return the probability of every node by name."""
    return dict(zip(exact.problem.nodes, exact.nodes.tolist(), strict=True))
