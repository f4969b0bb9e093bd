"""The evidence item by item, the strongest first: what the cards of the page show.

How strong an item is goes by how probable what was observed is under one top-level hypothesis compared with another,
the item taken alone: the largest such ratio. The answer so far counts all items up to and including this one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from falseflag.arrays import Floats
from falseflag.case.model import Case, Indicator
from falseflag.explain.analysis import RULED_OUT, Analysis, decibans, log_sum
from falseflag.explain.confidence import believed
from falseflag.explain.deception import Planted
from falseflag.explain.sentences import LEVEL_FACTOR, Labels, listed, times
from falseflag.explain.weights import NOTHING_DB
from falseflag.wording import counted, percent

ALIKE = 0.05
"""Decibans within which two hypotheses make an item equally probable."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says.

    Parameters
    ----------
    value : str
    source : str
        Its label; empty where no source is named.
    believed : float
        How reliable its report is, given all of the evidence.
    """

    value: str
    source: str
    believed: float


@dataclass(frozen=True, slots=True)
class Member:
    """One indicator of an item.

    Parameters
    ----------
    number : int
        In the list of indicators, from 1.
    indicator : Indicator
    said : tuple of Said
        What is reported; empty for silence and for what is stated as ratios.
    planted : tuple of str
        What it would be worth if planted, one sentence for each author who could have planted it.
    """

    number: int
    indicator: Indicator
    said: tuple[Said, ...]
    planted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One item of evidence.

    Parameters
    ----------
    label : str
    name : str
        Of the indicator, or of the group.
    is_group : bool
    why : str
    members : tuple of Member
    db : float
        How far the top-level hypotheses are apart on it, in decibans; 1000 where it rules one out.
    worth : str
        The same in a sentence.
    after : tuple of float
        The answer so far, by top-level hypothesis, the most probable in the end first.
    """

    label: str
    name: str
    is_group: bool
    why: str
    members: tuple[Member, ...]
    db: float
    worth: str
    after: tuple[float, ...]


def cards(analysis: Analysis, case: Case, planted: tuple[Planted, ...]) -> tuple[Card, ...]:
    """Lay out every item of evidence, the strongest first.

    Parameters
    ----------
    analysis : Analysis
    case : Case
    planted : tuple of Planted
        What reports within reach of an author who stages are worth.
    """
    if not analysis.items:
        return ()
    actors, logs = _alone(analysis)
    spreads = decibans(logs.max(axis=1), logs.min(axis=1))
    order = np.argsort(-spreads, kind="stable").tolist()
    after, labels, members = _running(analysis, order), Labels(case), _members(analysis, case, planted)
    found = []
    for f, so_far in zip(order, after.tolist(), strict=True):
        item, db = analysis.items[f], float(spreads[f])
        source = case.groups[item.name] if item.is_group else case.indicators[item.name]
        own = source.label != item.name or not item.is_group
        label = source.label if own else f"{counted(len(item.facts), 'item')} counted together"
        worth, inside = _worth(labels, actors, logs[f], db), tuple(members[fact] for fact in item.facts)
        found.append(Card(label, item.name, item.is_group, source.why, inside, db, worth, tuple(so_far)))
    return tuple(found)


def _alone(analysis: Analysis) -> tuple[list[str], Floats]:
    """Return the possible top-level hypotheses and log P(item alone | each of them), shape (items, hypotheses)."""
    prior, membership = analysis.problem.log_prior, analysis.problem.membership
    actors = [name for name in analysis.ranked() if membership[name].any()]
    logs = analysis.coalitions.log_likelihood(np.eye(len(analysis.items), dtype=bool))
    columns = [log_sum(prior + logs, membership[name]) - log_sum(prior, membership[name]) for name in actors]
    return actors, np.stack(columns, axis=1)


def _worth(labels: Labels, actors: list[str], logs: Floats, spread: float) -> str:
    """Say how much more probable an item is under one hypothesis than under another."""
    if spread <= NOTHING_DB:
        return "About equally probable whoever did it."
    most = labels.node(actors[_first(logs, logs.max())])
    if spread >= RULED_OUT:
        gone = listed([labels.node(name) for name, log in zip(actors, logs, strict=True) if np.isneginf(log)])
        return f"Impossible if it was {gone.replace(' and ', ' or ')}; most probable if it was {most}."
    least = labels.node(actors[_first(logs, logs.min())])
    factor = times(10 ** (spread / 10))
    return f"{factor[:1].upper()}{factor[1:]} times as probable if it was {most} as if it was {least}."


def _first(logs: Floats, value: float) -> int:
    """Return the first place at which logs are as good as a value."""
    return int(np.argmax(np.isclose(logs, value, rtol=0, atol=ALIKE * np.log(10) / 10)))


def _running(analysis: Analysis, order: list[int]) -> Floats:
    """Return the answer as items come in, shape (items, hypotheses): the most probable hypothesis in the end first."""
    sets = np.zeros((len(order), len(order)), dtype=bool)
    for n in range(len(order)):
        sets[n, order[: n + 1]] = True
    scores = analysis.problem.log_prior + analysis.coalitions.log_likelihood(sets)
    total = log_sum(scores, np.ones(scores.shape[1], dtype=bool))
    members = [analysis.problem.membership[name] for name in analysis.ranked()]
    return np.stack([np.exp(log_sum(scores, each) - total) for each in members], axis=1)


def _members(analysis: Analysis, case: Case, planted: tuple[Planted, ...]) -> dict[int, Member]:
    reports, trust = analysis.problem.reports, believed(analysis) if len(analysis.problem.reports) else np.zeros(0)
    found = {}
    for fact, indicator in enumerate(case.indicators.values()):
        at = np.flatnonzero(reports.indicator == fact).tolist()
        said = tuple(
            Said(
                indicator.values[report.says] or report.says,
                case.sources[report.source].label if report.source else "",
                float(trust[place]),
            )
            for report, place in zip(indicator.reports, at, strict=True)
        )
        told = tuple(_planted(case, row) for row in planted if row.indicator == indicator.name)
        found[fact] = Member(fact + 1, indicator, said, told)
    return found


def _planted(case: Case, row: Planted) -> str:
    """Say what a report would be worth if planted, compared with what it is worth if genuine."""
    labels, blamed = Labels(case), case.deception[row.node].blames.node
    planted, genuine = _ratio(row.planted_db), _ratio(row.own_db)
    return (
        f"If planted by {labels.node(row.node)} (probability {percent(row.posterior)}): {planted} as if it was "
        f"{labels.node(blamed)}. If genuine: {genuine}."
    )


def _ratio(db: float) -> str:
    if abs(db) >= RULED_OUT:
        return "possible, and impossible" if db > 0 else "impossible, and possible"
    factor = 10 ** (db / 10)
    if 1 / LEVEL_FACTOR < factor < LEVEL_FACTOR:
        return "as probable"
    return f"{times(factor) if factor >= 1 else f'{factor:.2g}'} times as probable"
