"""The section on a case that learns: its answer without the record, with its counts, and with the fitted rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Learned
from falseflag.distributions import Beta, Judgement, Point
from falseflag.hierarchical.rates import betas_of
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import INTERVAL
from falseflag.learnt.markdown import table
from falseflag.problem import problem_of
from falseflag.settings import DEFAULTS
from falseflag.validation.backtest import Review
from falseflag.wording import interval, percent

DRAWS = 4000
MOST = 8
"""Statements that are shown, those first that the record moved farthest."""

type Choice = Callable[[Learned], Beta | Point]
"""What a linked statement is to be."""


def applied(review: Review, case: Case) -> list[str]:
    """Show the answers of a case that learns, side by side, and what the record moved.

    Parameters
    ----------
    review : Review
        The counts are those of its record, whichever model the case itself asks for. Its fitted rates stand in for the
        judgements in the last column, if the hierarchical model took part.
    case : Case
        With `learning`.
    """
    learning = case.learning
    if learning is None:
        return []
    counted = combined_with(RecordPrior(review.record, learning.relevance))
    cases = {
        "judgement alone": told(case, lambda row: row.judgement.scalar),
        "with the record's counts": told(case, counted),
    }
    if review.refitted is not None:
        rates = betas_of(review.record, review.refitted.rate)
        fitted = combined_with(RecordPrior(review.record, learning.relevance, rates))
        cases["fitted rates in place of judgements"] = told(case, fitted)
    answers = [_answers(one) for one in cases.values()]
    rows = [
        ["\u2003" * node.name.count(".") + node.label, *(answer[node.name] for answer in answers)]
        for node in case.nodes
    ]
    return [
        f"## A case that learns: {case.title}",
        "",
        (
            f"By the exact engine; a resolved case counts {learning.relevance:g}. In brackets: how far the answer "
            "moves within what the analyst is unsure of (90 %). The prior over hypotheses is the same throughout: "
            "the record never moves it."
        ),
        "",
        *table(["hypothesis", *cases], rows),
        *_classed(case, cases),
        (
            f"Of {len(learning.statements)} linked statements, those that the record's counts moved farthest, as "
            "P(present | class):"
        ),
        "",
        *_moved(learning.statements, counted),
    ]


def told(case: Case, choose: Choice) -> Case:
    """Return the case with other distributions for its linked statements."""
    indicators = dict(case.indicators)
    for row in case.learning.statements if case.learning else ():
        one = indicators[row.indicator]
        judged = Judgement(choose(row), row.judgement.written)
        indicators[row.indicator] = replace(one, likelihood={**one.likelihood, row.condition: judged})
    return replace(case, indicators=indicators)


def combined_with(prior: RecordPrior) -> Choice:
    """Return how a linked statement becomes its judgement and what a record says together."""

    def both(row: Learned) -> Beta | Point:
        before = row.judgement.scalar
        return prior.combined(before, row.like, row.author_class, is_opposite=row.is_opposite)

    return both


def _answers(case: Case) -> dict[str, str]:
    problem = problem_of(case)
    exact = ExactPosterior.of(problem)
    draws = draw_posterior(exact, np.random.default_rng(DEFAULTS.seed), DRAWS)
    low, high = np.quantile(draws.of(list(problem.node_membership)), INTERVAL, axis=0)
    return {
        name: f"{percent(float(p))} ({interval(float(a), float(b))})"
        for name, p, a, b in zip(problem.nodes, exact.nodes, low, high, strict=True)
    }


def _classed(case: Case, cases: Mapping[str, Case]) -> list[str]:
    """Show the answers among the leaves that have a class of author, if there are others."""
    out = [leaf.label for leaf in case.leaves if not leaf.author_class]
    if not out or len(out) == len(case.leaves):
        return []
    columns = [_among(one) for one in cases.values()]
    there = [node for node in case.hypotheses if columns[0][node.name] > 0]
    rows = [[node.label, *(percent(column[node.name]) for column in columns)] for node in there]
    return [
        (
            f"What has no class of author ({', '.join(out)}) keeps its judgements. Where the record finds a report "
            "rarer than was judged, whoever the author, that speaks for what is left unlearned: an artefact of "
            "learning in part, and it grows with what the record has to say. Among the hypotheses that do have a class:"
        ),
        "",
        *table(["hypothesis", *cases], rows),
    ]


def _among(case: Case) -> dict[str, float]:
    """Return the probability of each node, given that the author is of a class."""
    problem = problem_of(case)
    classed = np.array([bool(leaf.author_class) for leaf in case.leaves])[problem.leaf_of]
    states = ExactPosterior.of(problem).states * classed
    return dict(zip(problem.nodes, (problem.node_membership @ (states / states.sum())).tolist(), strict=True))


def _moved(statements: tuple[Learned, ...], counted: Choice) -> list[str]:
    def far(row: Learned) -> float:
        return abs(counted(row).mean - row.judgement.scalar.mean)

    rows = [
        [
            f"`{row.indicator}` under `{row.condition.base}`, {row.author_class}",
            percent(row.judgement.scalar.mean),
            f"{row.present} of {row.present + row.absent}",
            percent(counted(row).mean),
        ]
        for row in sorted(statements, key=far, reverse=True)[:MOST]
    ]
    return table(["statement", "judged", "in the record", "both together"], rows)
