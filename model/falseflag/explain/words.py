"""The explanations as sentences in plain English, with the labels of the case."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from falseflag.case.model import Case
from falseflag.explain.believe import Belief
from falseflag.explain.bounds import Bounds
from falseflag.explain.collection import Prospect
from falseflag.explain.dependence import Dependence
from falseflag.explain.evidence import Evidence
from falseflag.explain.flags import NOTHING_DB, STRONG_DB, Flags
from falseflag.explain.labels import Labels, capitalised, chance, listed, percent, times
from falseflag.explain.replay import Stage
from falseflag.explain.tipping import Tipping, nearest
from falseflag.explain.without import Without
from falseflag.scales import words

LEVEL = 1e-9
"""Log scores this near are said to be level."""

SMALL = 0.01
"""A change of probability below this is said to be less than one percentage point."""


def rests_on(evidence: Evidence, case: Case, factors: Sequence[Without]) -> str:
    """Say what the conclusion rests on.

    Parameters
    ----------
    evidence : Evidence
    case : Case
    factors : sequence of Without
        The answer without each factor.
    """
    labels = Labels(case)
    leader = evidence.problem.leaves[evidence.leader]
    posterior = evidence.nodes(evidence.log_scores)
    if not factors:
        return "There is no evidence yet: the conclusion rests on the prior weights alone."
    level = [n for n, score in zip(evidence.problem.leaves, evidence.log_scores, strict=True)
             if abs(score - evidence.log_scores.max()) < LEVEL]  # fmt: skip
    if len(level) > 1:
        names = listed([labels.node(name) for name in level])
        return f"There is no conclusion to rest on anything: {names} are level at {percent(posterior[leader])}."
    overturning = [row for row in factors if _overturns(row, leader)]
    if overturning:
        return _overturned(labels, leader, overturning)
    return _moved(labels, leader, posterior[leader], factors)


def _overturns(row: Without, leader: str) -> bool:
    return row.posterior[row.leader] > row.posterior[leader] * (1 + LEVEL)


def _overturned(labels: Labels, leader: str, rows: Sequence[Without]) -> str:
    names = listed([_factor(labels, row) for row in rows])
    after = dict.fromkeys(labels.node(row.leader) for row in rows)
    single = "it" if len(rows) == 1 else "any one of them"
    return (
        f"The conclusion that {labels.node(leader)} leads rests on {names}: "
        f"without {single}, {' or '.join(after)} would lead."
    )


def _moved(labels: Labels, leader: str, probability: float, rows: Sequence[Without]) -> str:
    change = [probability - row.posterior[leader] for row in rows]
    start = f"The conclusion that {labels.node(leader)} leads rests on no single piece of evidence: "
    if max(map(abs, change)) < SMALL:
        return start + "leaving any one of them out moves its probability by less than one percentage point."
    parts = []
    for sign, what in ((1, "it owes most to"), (-1, "what speaks against it most is")):
        best = max(range(len(rows)), key=lambda n: sign * change[n])
        if sign * change[best] >= SMALL:
            after = percent(rows[best].posterior[leader])
            parts.append(f"{what} {_factor(labels, rows[best])} (without it {after} instead of {percent(probability)})")
    return f"{start}it leads without any one of them. {capitalised('; '.join(parts))}."


def _factor(labels: Labels, row: Without) -> str:
    return labels.factor(row.name, is_group=row.kind == "group")


def rests_on_sources(evidence: Evidence, case: Case, sources: Sequence[Without]) -> str:
    """Say which sources the conclusion stands and falls with; empty where there are none."""
    labels = Labels(case)
    leader = evidence.problem.leaves[evidence.leader]
    overturning = [row for row in sources if _overturns(row, leader)]
    if not overturning:
        return "No single source decides who leads." if len(sources) > 1 else ""
    parts = [f"without {labels.source(row.name)}, {labels.node(row.leader)} would lead" for row in overturning]
    return capitalised("; ".join(parts)) + "."


def flagged(case: Case, flags: Flags) -> tuple[str, ...]:
    """Point out indicators that tell nothing, and single reports that tell suspiciously much."""
    labels = Labels(case)
    strong = tuple(
        f"{labels.indicator(name)} is suspiciously strong: this one report shifts the odds between two hypotheses "
        f"by {flags.strongest[name]:.0f} dB, beyond {STRONG_DB:.0f}."
        for name in flags.too_strong
    )
    if not flags.tells_nothing:
        return strong
    names = listed([labels.indicator(name) for name in flags.tells_nothing])
    verb = "tells" if len(flags.tells_nothing) == 1 else "tell"
    return (f"{names} {verb} nothing: no two hypotheses are more than {NOTHING_DB} dB apart on that.", *strong)


def tips(case: Case, leader: str, rows: Sequence[Tipping]) -> str:
    """Say which single judgement is nearest to changing the leader."""
    labels = Labels(case)
    row = nearest(tuple(rows))
    if row is None or row.tips_at is None or row.new_leader is None or row.odds_factor is None:
        return f"No change of a single judgement would take the lead from {labels.node(leader)}."
    if row.odds_factor < 1 + LEVEL:
        return f"{labels.node(leader)} and {labels.node(row.new_leader)} are level: the least change decides."
    if row.kind == "prior":
        name = ".".join(key for key in row.what[1:-1] if key != "children")
        what, value = f"the prior weight of {labels.node(name)}", f"{row.tips_at:.3g} instead of {row.written:.3g}"
    else:
        what = f"the likelihood of {labels.indicator(row.what[1])} under {labels.place(row.what[3])}"
        value = f"{chance(row.tips_at)} instead of {chance(row.written)}"
    return (
        f"{labels.node(row.new_leader)} would overtake {labels.node(leader)} if {what} were {value}, "
        f"a factor of {times(row.odds_factor)} in odds; no other single judgement is nearer."
    )


def believed(case: Case, belief: Belief) -> str:
    """Say what one would have to believe."""
    labels = Labels(case)
    if belief.distance is None:
        return (
            f"No change of the likelihoods makes {labels.node(belief.node)} lead: what would have to move is held "
            "certain, or is shared with a hypothesis that has the greater prior weight."
        )
    if belief.distance == 0:
        return f"{labels.node(belief.node)} leads already, or is level with the leader: nothing has to be believed."
    changes = [
        f"{labels.indicator(change.indicator)} under {labels.place(change.node)} has a likelihood of "
        f"{chance(change.needed)} instead of {chance(change.written)}"
        for change in belief.changes
    ]
    return f"For {labels.node(belief.node)} to lead, one would have to believe that {listed(changes)}."


def depends(case: Case, leader: str, answer: Dependence) -> str:
    """Say what dependence between indicators does to the leader's probability."""
    values = [answer.none[leader], answer.as_written[leader], answer.full[leader]]
    name = Labels(case).node(leader)
    if np.ptp(values) < SMALL:
        return f"Dependence between indicators hardly matters: {name} stays at {percent(values[1])}."
    return (
        f"{name} is at {percent(values[0])} if the indicators of each group are independent, {percent(values[1])} with "
        f"their dependence as written, and {percent(values[2])} if each group is nearly one piece of evidence."
    )


def bounded(case: Case, leader: str, rows: Sequence[Bounds]) -> str:
    """Say how far the answer moves over all priors near those written."""
    parts = [
        f"{percent(row.nodes[leader][0])} to {percent(row.nodes[leader][1])} within a factor of {row.factor:g}"
        for row in rows
    ]
    holds = [row.factor for row in rows if row.leader_holds]
    end = f"; it leads under all priors within a factor of {max(holds):g}" if holds else ""
    return f"With all prior weights varied at once, {Labels(case).node(leader)} ranges over {listed(parts)}{end}."


def find_out(case: Case, rows: Sequence[Prospect]) -> str:
    """Say what to find out next."""
    if not rows:
        return "No indicator is marked unknown: there is nothing to find out next."
    best, labels = rows[0], Labels(case)
    if best.bits < 1e-3:
        return "None of the unknown indicators is expected to tell anything worth the name."
    present = _led(labels, best.leader_if_present, best.if_present)
    absent = _led(labels, best.leader_if_absent, best.if_absent)
    return (
        f"Finding out about {labels.indicator(best.indicator)} is expected to tell most ({best.bits:.2f} bits): "
        f"if it is reported present ({percent(best.p_present)}), {present}; if absent, {absent}."
    )


def _led(labels: Labels, leader: str, posterior: dict[str, float]) -> str:
    return f"{labels.node(leader)} would lead at {percent(posterior[leader])} ({words(posterior[leader])})"


def replayed(case: Case, stages: Sequence[Stage]) -> str:
    """Say when the lead changed hands."""
    labels = Labels(case)
    turns = [(before, now) for before, now in pairwise(stages) if before.leader != now.leader]
    if not turns:
        return f"{labels.node(stages[-1].leader)} has led from the start."
    parts = [f"{labels.node(now.leader)} took the lead on {now.date}" for _, now in turns]
    return f"At the start {labels.node(stages[0].leader)} led; {listed(parts)}."
