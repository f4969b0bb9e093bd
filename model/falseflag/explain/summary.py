"""The whole answer in three sentences: what the evidence did, what the prior did, and what would change who leads.

They are about the top-level hypotheses. What the evidence did to one of them is the factor by which it changed its odds
against all the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.analysis import RULED_OUT, Analysis, decibans, log_sum
from falseflag.explain.leave_one_out import LeaveOneOut
from falseflag.explain.robustness import changed_to
from falseflag.explain.sentences import FEW_BITS, LEVEL_FACTOR, Labels, capitalised, decided, listed, times
from falseflag.explain.tipping import Tipping, nearest, tipping
from falseflag.explain.value_of_information import ExpectedInformation, Outcome
from falseflag.inference.result import SMALL, decides
from falseflag.wording import percent

NAMED = 3
"""Hypotheses that one sentence names."""

ALL_BUT = (0.01, 10.0)
"""A hypothesis is all but ruled out below this probability, if the evidence took so many decibans from its odds."""

LEVEL = 1e-9
"""A probability that exceeds another by no more than this share is level with it."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What the evidence did to a top-level hypothesis.

    Parameters
    ----------
    name : str
    before, after : float
        Its probability.
    db : float
        By how much its odds against all the rest changed, in decibans; -1000 where it is ruled out, 1000 where all the
        rest is, 0 where it was impossible or certain before.
    """

    name: str
    before: float
    after: float
    db: float

    @property
    def is_ruled_out(self) -> bool:
        """Whether the evidence made it impossible."""
        return self.db <= -RULED_OUT

    @property
    def is_all_but_ruled_out(self) -> bool:
        """Whether it is hardly possible any more, and the evidence made it so."""
        return self.after < ALL_BUT[0] and self.db <= -ALL_BUT[1]


@dataclass(frozen=True, slots=True)
class Summary:
    """The answer in three sentences.

    Parameters
    ----------
    shifts : tuple of Shift
        Of the top-level hypotheses, as the case lists them.
    tips : tuple of Tipping
        Tipping points between top-level hypotheses, the nearest first.
    evidence, prior, flip : str
        The sentences.
    """

    shifts: tuple[Shift, ...]
    tips: tuple[Tipping, ...]
    evidence: str
    prior: str
    flip: str


def summarise(
    analysis: Analysis, case: Case, without: Sequence[LeaveOneOut], unknowns: Sequence[ExpectedInformation]
) -> Summary:
    """Sum an answer up.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    without : sequence of LeaveOneOut
        The answer without each piece of evidence.
    unknowns : sequence of ExpectedInformation
        What could be found out, the most telling first.
    """
    labels, found = Labels(case), shifts(analysis)
    tips = [row for row in tipping(analysis.exact, case, analysis.top_level) if row.odds_factor is not None]
    tips.sort(key=lambda row: row.odds_factor or np.inf)
    return Summary(
        shifts=found,
        tips=tuple(tips),
        evidence=_evidence(labels, found) if analysis.items else "There is no evidence yet: the answer is the prior.",
        prior=_prior(analysis, case),
        flip=_flip(labels, analysis, tips, without, unknowns),
    )


def shifts(analysis: Analysis) -> tuple[Shift, ...]:
    """Return what the evidence did to each top-level hypothesis."""
    found, scores = [], (analysis.problem.log_prior, analysis.exact.log_scores)
    for name in analysis.top_level:
        members = analysis.problem.membership[name]
        before, after = (float(decibans(log_sum(each, members), log_sum(each, ~members))) for each in scores)
        change = 0.0 if abs(before) >= RULED_OUT else after if abs(after) >= RULED_OUT else after - before
        prior = min(1.0, float(members @ analysis.problem.prior))
        found.append(Shift(name, prior, analysis.exact.of_set(members), change))
    return tuple(found)


# What the evidence did


def _evidence(labels: Labels, found: Sequence[Shift]) -> str:
    """Say whom the evidence ruled out, whom it speaks against most, and for whom, each by how much."""
    possible = [each for each in found if each.before > 0]
    gone = [each for each in possible if each.is_ruled_out]
    left = [each for each in possible if not each.is_ruled_out]
    if len(left) == 1 and gone:
        return f"The evidence rules out all but {labels.node(left[0].name)}."
    if len(left) == 2 and not gone:
        return _of_two(labels, *sorted(left, key=lambda each: -each.db))
    almost = sorted((each for each in left if each.is_all_but_ruled_out), key=lambda each: each.db)[:NAMED]
    worst, best = min(left, key=lambda each: each.db), max(left, key=lambda each: each.db)
    parts = [f"rules out {_named(labels, gone)}"] if gone else []
    if almost:
        parts.append("all but rules out " + listed([_divided(labels, each) for each in almost]))
    elif worst.db <= -SMALL:
        parts.append(f"counts most against {_divided(labels, worst)}")
    if best.db >= SMALL:
        verb = "most for" if worst.db <= -SMALL and not almost else "counts most for"
        parts.append(f"{verb} {labels.node(best.name)} ({_moved(best)}, its odds multiplied by {_factor(best)})")
    return f"The evidence {listed(parts)}." if parts else _level(max(left, key=lambda each: abs(each.db)))


def _of_two(labels: Labels, gains: Shift, loses: Shift) -> str:
    if gains.db < SMALL:
        return _level(gains)
    first, second = labels.node(gains.name), labels.node(loses.name)
    return (
        f"The evidence speaks for {first} and against {second}: it multiplies the odds between them by "
        f"{_factor(gains)} ({first} {_moved(gains)})."
    )


def _level(most: Shift) -> str:
    if 10 ** (abs(most.db) / 10) < LEVEL_FACTOR:
        return "The evidence does not tell the hypotheses apart: it leaves their odds as they were."
    return (
        f"The evidence hardly tells the hypotheses apart: it changes no odds by more than a factor of {_factor(most)}."
    )


def _divided(labels: Labels, row: Shift) -> str:
    return f"{labels.node(row.name)} ({_moved(row)}, its odds divided by {_factor(row)})"


def _moved(row: Shift) -> str:
    return f"from {percent(row.before)} to {percent(row.after)}"


def _factor(row: Shift) -> str:
    return times(10 ** (abs(row.db) / 10))


def _named(labels: Labels, rows: Sequence[Shift]) -> str:
    names = [labels.node(row.name) for row in rows]
    return listed(names if len(names) <= NAMED else [*names[: NAMED - 1], f"{len(names) - NAMED + 1} others"])


# What the prior did


def _prior(analysis: Analysis, case: Case) -> str:
    row = decides(analysis.problem, analysis.exact)
    if analysis.items and row.evidence_db is None:
        return "The prior has no part in this: nobody else is left."
    if analysis.items:
        return decided(case, row)
    first, second, factor = Labels(case).node(row.leader), Labels(case).node(row.next), 10 ** (row.prior_db / 10)
    if factor < LEVEL_FACTOR:
        return f"By the prior alone {first} and {second} are about equally probable."
    return f"By the prior alone {first} is {times(factor)} times as probable as {second}."


# What would change who leads


def _flip(
    labels: Labels,
    analysis: Analysis,
    tips: Sequence[Tipping],
    without: Sequence[LeaveOneOut],
    unknowns: Sequence[ExpectedInformation],
) -> str:
    """Say which judgement, which piece of evidence and which finding would put another top-level hypothesis first."""
    leader, tip = analysis.leader, nearest(tips)
    if tip is not None and tip.odds_factor is not None and tip.odds_factor < LEVEL_FACTOR:
        start = f"{labels.node(leader)} and {labels.node(tip.new_leader or '')} are level: the least change decides"
        return f"{start}{_most_informative(labels, unknowns)}."
    parts = []
    if tip is not None:
        parts.append(tipped(labels, tip))
    if (gone := _loss(without, leader)) is not None:
        name = labels.factor(gone.name, is_group=gone.kind == "group")
        parts.append(f"without {name}, {labels.node(gone.leader)} would lead")
    if (news := _news(unknowns, leader)) is not None:
        row, outcome = news
        parts.append(
            f"if {found_out(labels, row, outcome)} (probability {percent(outcome.p)}), {labels.node(outcome.leader)} "
            "would lead"
        )
    if not parts:
        parts = [
            f"No change of a single judgement, and no single finding, would take the lead from {labels.node(leader)}"
        ]
    return f"{capitalised('; '.join(parts))}{_most_informative(labels, unknowns)}."


def tipped(labels: Labels, tip: Tipping) -> str:
    """Say who would lead if a judgement were another."""
    other = labels.node(tip.new_leader or "")
    change = changed_to(labels, tip).replace(f"the prior weight of {other} ", "its prior weight ")
    return f"{other} would lead if {change}"


def _loss(without: Sequence[LeaveOneOut], leader: str) -> LeaveOneOut | None:
    """Return the item without which another hypothesis would lead by most."""
    items = [row for row in without if row.kind in {"indicator", "group"} and _leads(row.posterior, row.leader, leader)]
    return max(items, key=lambda row: row.posterior[row.leader] / max(row.posterior[leader], 1e-300), default=None)


def _news(unknowns: Sequence[ExpectedInformation], leader: str) -> tuple[ExpectedInformation, Outcome] | None:
    """Return the most probable finding with which another hypothesis would lead."""
    found = [(row, o) for row in unknowns for o in row.outcomes if o.leader and _leads(o.posterior, o.leader, leader)]
    return max(found, key=lambda each: each[1].p, default=None)


def _leads(posterior: dict[str, float], other: str, leader: str) -> bool:
    return posterior[other] > posterior[leader] * (1 + LEVEL)


def found_out(labels: Labels, row: ExpectedInformation, outcome: Outcome) -> str:
    """Say what would be found out."""
    name, value = labels.unknown(row), labels.outcome(row, outcome)
    return f"{name} turned out to be “{value}”" if row.is_circumstance else f"{name} were reported {value}"


def _most_informative(labels: Labels, unknowns: Sequence[ExpectedInformation]) -> str:
    """Name what is best found out next."""
    if not unknowns or unknowns[0].bits < FEW_BITS:
        return ""
    return f". Finding out about {labels.unknown(unknowns[0])} would tell most"
