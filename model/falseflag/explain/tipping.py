r"""Tipping points: how far a single prior weight or likelihood must move before another leaf leads.

Each is moved with all else as written, from what was written (its mean) to the nearest value (in log odds) at which the
leading leaf has an equal.

Prior weights: with w the weight of node A and W the sum of its siblings', a leaf's score is

    c w / (w + W) below A,   c / (w + W) below a sibling of A,   c elsewhere,

so the w at which two leaves are equal is solved in closed form. The evidence's part of a score does not change.

Statements outside groups, held as a point θ: the leaves that take the statement have their scores multiplied by one
ratio, that of r θ + (1 - r)(1 - θ) to its written value, which is linear in θ; so the tipping point follows from the
ratio of the leader's score to that of the best leaf on the other side. Statements in groups: see
`falseflag.explain.tipping_in_groups`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from falseflag.case.model import Case
from falseflag.case.places import file_keys
from falseflag.explain.evidence import TIE, Evidence
from falseflag.explain.judgements import keys_of
from falseflag.explain.tipping_in_groups import Tip, tips_in_group
from falseflag.problem import PRESENT, Floats

LARGEST = 700.0
"""Log of the largest factor that is told apart from larger ones."""


@dataclass(frozen=True, slots=True)
class Tipping:
    """How far one judgement is from overturning the answer.

    Parameters
    ----------
    what : tuple of str
        Keys that lead to it in the case file.
    kind : {'prior', 'likelihood'}
    written : float
        The weight, or the mean of the likelihood.
    tips_at : float or None
        None where no value changes the leader.
    new_leader : str or None
    odds_factor : float or None
        How far that is, as a factor (1 or more) in the odds; for a weight, in the weight.
    """

    what: tuple[str, ...]
    kind: str
    written: float
    tips_at: float | None
    new_leader: str | None
    odds_factor: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``robust --json``."""
        return {name: getattr(self, name) for name in Tipping.__dataclass_fields__} | file_keys(self.what)


def tipping(evidence: Evidence, case: Case) -> tuple[Tipping, ...]:
    """Return the tipping point of every prior weight, then of every likelihood statement, in the file's order."""
    return (*_weights(evidence, case), *_statements(evidence))


def nearest(rows: tuple[Tipping, ...]) -> Tipping | None:
    """Return the tipping point that is the least factor away, the first of equals, if there is any."""
    factors = [row.odds_factor for row in rows if row.odds_factor is not None]
    return next((row for row in rows if row.odds_factor and row.odds_factor <= min(factors) * (1 + TIE)), None)


def _weights(evidence: Evidence, case: Case) -> Iterator[Tipping]:
    for v, node in enumerate(case.nodes):
        ratio = tip_of_weight(evidence, v)
        what = (*keys_of(node.name), "prior")
        # the weight is tipped as a multiple of what is written, so that its scale does not matter
        tip = None if ratio is None else Tip(node.weight * ratio.value, ratio.leaf)
        if tip is None or not 0 < tip.value < np.inf:
            yield Tipping(what, "prior", node.weight, None, None, None)
        else:
            yield _row(evidence, what, "prior", node.weight, tip, abs(np.log(tip.value / node.weight)))


def _row(  # noqa: PLR0913, PLR0917
    evidence: Evidence, what: tuple[str, ...], kind: str, written: float, tip: Tip, distance: float
) -> Tipping:
    return Tipping(
        what, kind, written, tip.value, evidence.problem.leaves[tip.leaf], float(np.exp(min(distance, LARGEST)))
    )


def tip_of_weight(evidence: Evidence, node: int) -> Tip | None:
    """Return the multiple of a node's prior weight at which the leading leaf changes."""
    problem = evidence.problem
    branching = next(b for b in problem.branchings if node in b.children)
    share = float(problem.node_mean[node])
    rest = float(branching.concentration[branching.children != node].sum() / branching.concentration.sum()) / share
    below = problem.membership[node]
    beside = problem.membership[branching.children].any(axis=0) & ~below
    return _nearest_multiple(evidence, 1 * below - 1 * beside, np.log(rest))


def _nearest_multiple(evidence: Evidence, side: Floats, log_rest: float) -> Tip | None:
    """Solve log c_k(m) = log c_leader(m) for every leaf k; `side` is 1 below the node, -1 beside it, 0 elsewhere.

    With m the multiple and R the siblings' weight over the node's, scores go as (1 + R) m / (m + R), (1 + R) / (m + R)
    and 1. `gap` is the log of how many times the leader's score is that of k at m = 1.
    """
    leader = evidence.leader
    gap = evidence.log_scores[leader] - evidence.log_scores
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        log_m = np.full(len(gap), np.nan)
        for k in range(len(gap)):
            log_m[k] = _log_multiple(int(side[leader]), int(side[k]), float(gap[k]), log_rest)
    log_m[leader] = np.nan
    if np.isnan(log_m).all():
        return None
    best = int(np.nanargmin(np.abs(log_m)))
    return Tip(float(np.exp(log_m[best])), best)


def _log_multiple(leader: int, other: int, gap: float, log_rest: float) -> float:
    """Return the log multiple m at which two leaves on given sides are equal; NaN where there is none.

    The ratio of the leader's score to the other's, exp(gap) at m = 1, has to become 1.
    """
    if leader == other:
        return np.nan
    if leader and other:  # one below, the other beside: their ratio goes as m or 1/m
        return -gap if leader == 1 else gap
    # one of the two is elsewhere and constant; the other has to change by a factor `change`
    moving, log_change = (leader, -gap) if leader else (other, gap)
    log_total = np.logaddexp(0.0, log_rest)  # log(1 + R)
    if moving == 1:  # (1 + R) m / (m + R) = change: m = R change / (1 + R - change)
        return log_rest + log_change - _log_difference(log_total, log_change)
    return _log_difference(log_total - log_change, log_rest)  # (1 + R) / (m + R) = change


def _log_difference(log_a: float, log_b: float) -> float:
    """Return log(a - b); NaN where that is not positive."""
    return float(log_a + np.log(-np.expm1(log_b - log_a))) if log_b < log_a else np.nan


def _statements(evidence: Evidence) -> Iterator[Tipping]:
    problem = evidence.problem
    grouped = _tips_in_groups(evidence)
    for s, (i, node) in enumerate(zip(problem.statement_indicator, problem.statement_node, strict=True)):
        what = ("indicators", problem.indicators[i], "likelihood", node)
        written = float(problem.statements.mean[s])
        tip = grouped[s] if s in grouped else tip_of_statement(evidence, s)
        if tip is None:
            yield Tipping(what, "likelihood", written, None, None, None)
        else:
            moved = special.logit(tip.value) - _logit_mean(evidence, s)
            yield _row(evidence, what, "likelihood", written, tip, abs(float(moved)))


def _tips_in_groups(evidence: Evidence) -> dict[int, Tip | None]:
    """Tip the statements of every group with at least two reported members; a lone one is as if in no group."""
    numbers = (g for g in evidence.groups_present if len(evidence.problem.members(g)) > 1)
    return {statement: tip for g in numbers for statement, tip in tips_in_group(evidence, g).items()}


def _logit_mean(evidence: Evidence, statement: int) -> float:
    values = evidence.problem.statements
    return float(np.log(values.mean[statement]) - np.log(values.complement[statement]))


def tip_of_statement(evidence: Evidence, statement: int) -> Tip | None:
    """Return the θ at which the leading leaf changes, for a statement that is in no group."""
    problem, scores = evidence.problem, evidence.log_scores
    i = int(problem.statement_indicator[statement])
    takes = problem.statement_of[i] == statement
    leader = evidence.leader
    rivals = np.flatnonzero(takes != takes[leader])
    if len(rivals) == 0 or not problem.is_reported[i]:
        return None
    rival = int(rivals[np.argmax(scores[rivals])])
    gap = scores[leader] - scores[rival]
    value = _solve_report(evidence, statement, float(-gap if takes[leader] else gap))
    return None if value is None else Tip(value, rival)


def _solve_report(evidence: Evidence, statement: int, log_ratio: float) -> float | None:
    """Return the θ at which P(report) is its written value times a ratio: r θ' + (1 - r)(1 - θ') in closed form.

    θ' is the probability that the report is true (θ or 1 - θ), and P = (1 - r) + (2 r - 1) θ'.
    """
    problem = evidence.problem
    i = int(problem.statement_indicator[statement])
    mean, complement = float(problem.statements.mean[statement]), float(problem.statements.complement[statement])
    true, false = (mean, complement) if problem.observed[i] == PRESENT else (complement, mean)
    right, wrong = float(problem.reliability.mean[i]), float(problem.reliability.complement[i])
    slope = right - wrong
    if slope == 0 or log_ratio > 700:
        return None
    change = (right * true + wrong * false) * float(np.expm1(log_ratio)) / slope
    true = true * float(np.exp(log_ratio)) if wrong == 0 else true + change  # with r = 1 however small it gets
    false -= change
    value = true if problem.observed[i] == PRESENT else false
    return value if true > 0 and false > 0 and 0 < value < 1 else None
