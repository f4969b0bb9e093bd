"""What a back-test found: misses, indicators, claims, limits, and a case with the record and without."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import special

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Learned
from falseflag.distributions import Beta, Judgement, Point
from falseflag.hierarchical.model import betas_of
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.plots.layout import signed
from falseflag.problem import problem_of
from falseflag.record import CLASSES, INDICATORS
from falseflag.scales import words
from falseflag.settings import DEFAULTS
from falseflag.validation.backtest import Miss, Review
from falseflag.validation.backtest_scores import Discrimination, Examined, Mean, Spread, examine
from falseflag.wording import COVERAGE, INTERVAL, interval, percent

# Tables and numbers in Markdown


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, text: int = 1) -> list[str]:
    """Return the lines of a table whose first columns are text, so many of them, and whose others are numbers."""
    sides = ["---"] * text + ["---:"] * (len(head) - text)
    return [_row(head), _row(sides), *(_row(row) for row in rows), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '\\|') for cell in cells)} |"


def number(value: float, *, sign: bool = False) -> str:
    """Return a number with two decimals and a proper minus."""
    return (f"{value:+.2f}" if sign else f"{value:.2f}").replace("-", "−")


def mean(found: Mean, *, sign: bool = False) -> str:
    """Return a mean with its interval; nothing where there is nothing to take it of."""
    if not found.count:
        return ""
    low, high = number(found.low, sign=sign), number(found.high, sign=sign)
    return f"{number(found.value, sign=sign)} ({low} to {high})"


def share(found: Mean) -> str:
    """Return a share in per cent with its interval; nothing where there is nothing to take it of."""
    return rate(found) if found.count else ""


def decibans(found: Spread) -> str:
    """Return a weight of evidence with its interval."""
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)})"


def rate(found: Mean | Spread) -> str:
    """Return a rate in per cent with its interval."""
    return f"{100 * found.value:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


# Findings


def calibrated() -> list[str]:
    """Show the calibration."""
    return [
        "## Calibration",
        "",
        "![Observed frequencies against stated probabilities](@/calibration.png)",
        "",
    ]


def missed(review: Review) -> list[str]:
    """List the worst answers with what misled."""
    head = ["incident", "recorded", "its probability", "answered", "what misled (dB for the answer against the truth)"]
    return [
        "## Worst misses",
        "",
        (
            "Leaving one out, by falseflag's engine with all likelihoods learned. Reports are named by indicator, "
            "with a ¬ where it was reported absent; the prior's share is in it too."
        ),
        "",
        *table(head, [_miss(miss) for miss in review.misses], text=len(head)),
    ]


def _miss(miss: Miss) -> list[str]:
    told = [f"prior {signed(miss.prior_db)}"]
    told += [f"{'' if one.present else '¬ '}{one.indicator} {signed(one.db)}" for one in miss.reasons]
    return [
        miss.title,
        miss.author,
        percent(miss.probability),
        f"{miss.leader} {percent(miss.leading)}",
        ", ".join(told),
    ]


def told_apart(review: Review) -> list[str]:
    """Tell by how many decibans each indicator speaks for a false flag."""
    model = {one.indicator: one for one in review.by_model}
    head = ["indicator", "in false flags", "in the rest", "present, dB", "absent, dB"]
    head += ["present, dB (model)", "absent, dB (model)"] if model else []
    order = sorted(review.by_counts, key=lambda one: -max(abs(one.if_present.value), abs(one.if_absent.value)))
    rows = [_indicator(one, model.get(one.indicator)) for one in order]
    return [
        "## What tells false flags from the rest",
        "",
        "![Weight of evidence of every indicator](@/indicators.png)",
        "",
        "Rates and weights of evidence for a false flag against all other authors, those in the record's own shares; "
        f"{COVERAGE} intervals. From counts (after Jeffreys)"
        + (
            ", and by the hierarchical model, which pools classes towards each indicator's overall rate."
            if model
            else "."
        ),
        "",
        *table(head, rows),
        *_clear(review),
    ]


def _indicator(one: Discrimination, model: Discrimination | None) -> list[str]:
    cells = [f"`{one.indicator}`", rate(one.rate), rate(one.rest), decibans(one.if_present), decibans(one.if_absent)]
    return cells if model is None else [*cells, decibans(model.if_present), decibans(model.if_absent)]


def _clear(review: Review) -> list[str]:
    """Name the indicators whose rates differ for all that is known of them, by each way of looking at it."""
    looked = len(review.by_counts)
    by_counts = (
        f"By counts, {_differing(review.by_counts)} With {looked} indicators looked at, {0.1 * looked:.1f} would be "
        "expected in these two lists if nothing differed."
    )
    by_model = [f"By the hierarchical model, {_differing(review.by_model)}", ""] if review.by_model else []
    return [by_counts, "", *by_model]


def _differing(found: Sequence[Discrimination]) -> str:
    more = [f"`{one.indicator}`" for one in found if one.chance > 0.95]
    less = [f"`{one.indicator}`" for one in found if one.chance < 0.05]
    return (
        f"more common in false flags with a probability above 95 %: {', '.join(more) or 'none'}; less common with such "
        f"a probability: {', '.join(less) or 'none'}."
    )


def claimed(review: Review) -> list[str]:
    """Hold the article's claims against the record."""
    by_model = {one.claim.indicator: one for one in examine(review.record, review.by_model)} if review.by_model else {}
    lines = [
        "## Is the article right about false flags?",
        "",
        (
            "The article that the default case is read off argues from how false flags look. Three of its "
            "premises can be compared with the record, with two reservations. It speaks of one state's false flags; "
            "the record has few of that state's and takes those of all together. And false flags with many dead are "
            "seldom settled and so seldom listed, which by itself makes `mass_casualties` look rare among them."
        ),
        "",
    ]
    for one in examine(review.record, review.by_counts):
        lines += _claim(one, by_model.get(one.claim.indicator))
    return lines


def _claim(one: Examined, model: Examined | None) -> list[str]:
    seen = "; ".join(f"{of} {k} of {n}" for of, (k, n) in one.seen.items())
    by_model = f", {percent(model.chance)} by the hierarchical model" if model else ""
    return [
        (
            f"**{one.claim.sentence}.** {INDICATORS[one.claim.indicator].capitalize()}: {seen}. In false flags "
            f"{rate(one.found.rate)}, in the rest {rate(one.found.rest)}. That the claim holds of the rates behind "
            f"the record: {percent(one.chance)} by counts, {words(one.chance)}{by_model}. Reported present, it weighs "
            f"{decibans(one.found.if_present)} dB for a false flag; reported absent, {decibans(one.found.if_absent)} "
            "dB."
        ),
        "",
    ]


def limited(review: Review) -> list[str]:
    """Say what a record of this size and kind cannot tell."""
    record = review.record
    counts = {of: int((record.y == c).sum()) for c, of in enumerate(CLASSES)}
    error = 100 * special.ndtri(INTERVAL[1]) * (0.25 / max(counts["false_flag"], 1)) ** 0.5
    return [
        f"## What cannot be said with {len(record)} cases",
        "",
        (
            f"- With {counts['false_flag']} false flags a rate of one half is known to about ±{error:.0f} points "
            f"({COVERAGE}): differences smaller than that are not seen, and how indicators interact is not seen at all."
        ),
        (
            "- How often each class occurs. The list holds cases that became known, and of those too many false "
            "flags; a false flag that was never found out is not in it, and may look different."
        ),
        (
            "- Whether another coder would fill the cells alike, and whether blanks are innocent. A cell for which "
            f"nothing was found, {percent(float(np.isnan(record.x).mean()))} of them, is left out as if that said "
            "nothing; but absence is seldom reported, and may be so more readily for one class of author."
        ),
        *_of_one_conflict(review),
        (
            "- Whether a difference of scores whose interval holds 0 is real; and the intervals themselves leave out "
            "that predictors would have learned other things from other incidents."
        ),
        *_not_ranked(review),
        "",
    ]


def _not_ranked(review: Review) -> list[str]:
    """Tell how many incidents it would take to tell apart the two predictors that score best."""
    found = {p: one for p in review.predictors if (one := review.find("leave_conflict_out", p.name)) is not None}
    best = sorted(found, key=lambda p: -review.score(found[p], "log").value)[:2]
    if len(best) < 2:
        return []
    count = review.needed(*(found[p] for p in best))
    told = "no number of incidents" if np.isinf(count) else f"about {float(f'{count:.1g}'):,.0f} incidents"
    return [
        (
            f"- Which predictor is the best. To show, 8 times in 10, a difference like that between the two that score "
            f"best without whole conflicts ({best[0].label}; {best[1].label}) would take {told}."
        )
    ]


def _of_one_conflict(review: Review) -> list[str]:
    """Tell the largest conflict's share; nothing where each incident has its own."""
    name, inside = review.largest
    if not name:
        return []
    return [
        (
            f"- What holds for one war: {inside.sum()} of the {len(inside)} incidents belong to one conflict ({name}). "
            "The intervals that draw whole conflicts are the more honest ones."
        )
    ]


# A case that learns: its answer without the record, with its counts, and with the fitted rates


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
            f"moves within what the analyst is unsure of ({COVERAGE}). The prior over hypotheses is the same "
            "throughout: the record never moves it."
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
