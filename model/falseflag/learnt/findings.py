"""The sections on what was learnt: calibration, misses, indicators, claims, limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from falseflag.learnt.markdown import decibans, rate, table
from falseflag.plots.layout import signed
from falseflag.record import CLASSES, INDICATORS
from falseflag.scales import words
from falseflag.validation.backtest import Miss, Review
from falseflag.validation.backtest_scores import Discrimination, Examined, examine
from falseflag.wording import percent


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
        "90 % intervals. From counts weighted by grade of truth (after Jeffreys)"
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
            "premises can be held against the record, with two reservations. It speaks of one state's false flags; "
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
    return [
        f"## What cannot be said with {len(record)} cases",
        "",
        (
            f"- With {counts['false_flag']} false flags a rate of one half is known to about "
            f"±{100 * 1.645 * (0.25 / max(counts['false_flag'], 1)) ** 0.5:.0f} points (90 %): differences smaller "
            "than that are not seen, and how indicators interact is not seen at all."
        ),
        (
            "- How often each class occurs. The list holds cases that became known, and of those too many false "
            "flags; a false flag that was never found out is not in it, and may look different."
        ),
        (
            f"- Whether another coder would fill the cells alike. Many cells are remembered rather than looked up; "
            f"{100 * float((~np.isnan(record.x)).mean()):.0f} % are filled, and zeros mostly mean that nothing is "
            "known."
        ),
        *_of_one_conflict(review),
        (
            "- Whether a difference of scores whose interval holds 0 is real; and the intervals themselves leave out "
            "that predictors would have learned other things from other incidents."
        ),
        "",
    ]


def _of_one_conflict(review: Review) -> list[str]:
    """Tell the largest conflict's share, the first one's of those alike; nothing where each incident has its own."""
    conflicts = review.context.conflicts(review.record)
    largest = max(conflicts, key=conflicts.count)
    if conflicts.count(largest) == 1:
        return []
    return [
        (
            f"- What holds for one war: {conflicts.count(largest)} of the {len(conflicts)} incidents belong to one "
            f"conflict ({largest}). The intervals that draw whole conflicts are the more honest ones."
        )
    ]
