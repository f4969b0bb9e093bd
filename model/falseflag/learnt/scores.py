"""The sections on scores: how well, against what, by class, under other assumptions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from falseflag.learnt.markdown import mean, share, table
from falseflag.validation.backtest import Review
from falseflag.validation.resolved import FIRST, SCHEMES

WELL_ESTABLISHED = ("A", "B")


def scored(review: Review) -> list[str]:
    """Tell how well each predictor did under each scheme."""
    lines = [
        "## How well",
        "",
        "![Mean log score of every predictor under every scheme](@/scores.png)",
        "",
        (
            "Log score: mean of ln P(recorded author), 0 at best; guessing alike gives "
            f"−{np.log(len(review.record.classes)):.2f}. Brier: squared distance to the truth, 0 at best, 2 at "
            "worst. In brackets: 5 to 95 % when incidents (whole conflicts where these are left out together) are "
            "drawn anew."
        ),
        "",
    ]
    for scheme in SCHEMES.values():
        rows = list(_rows(review, scheme.name))
        if rows:
            lines += [f"**{scheme.label[0].upper()}{scheme.label[1:]}**{_how_many(review, scheme.name)}", ""]
            lines += table(["predictor", "log score", "Brier", "accuracy"], rows)
    return [*lines, *_best(review)]


def _rows(review: Review, scheme: str) -> Iterator[list[str]]:
    for predictor in review.predictors:
        answers = review.find(scheme, predictor.name)
        if answers is not None:
            log, brier, right = (review.score(answers, score) for score in ("log", "brier", "accuracy"))
            yield [predictor.label, mean(log), mean(brier), share(right)]


def _how_many(review: Review, scheme: str) -> str:
    answers = review.find(scheme, review.predictors[0].name)
    count = 0 if answers is None else len(answers.asked)
    if scheme == "forward":
        return (
            f" ({count} incidents, each answered from those of earlier days, from {FIRST} known ones on; their authors "
            "are taken as known, though some were established only later)"
        )
    if scheme == "leave_conflict_out":
        return f" ({count} incidents of {len(set(review.context.conflicts(review.record)))} conflicts)"
    return f" ({count} incidents)"


def _best(review: Review) -> list[str]:
    """Say under each scheme who scored best, whoever that is."""
    said = []
    for scheme in SCHEMES.values():
        scores = {
            predictor: review.score(answers, "log").value
            for predictor in review.predictors
            if (answers := review.find(scheme.name, predictor.name)) is not None
        }
        if scores:
            best = max(scores, key=lambda predictor: scores[predictor])
            also = ", a baseline" if best.is_baseline else ""
            said.append(f"{scheme.label}: {best.label}{also}")
    return [f"Best by log score: {'; '.join(said)}.", ""]


def compared(review: Review) -> list[str]:
    """Tell the paired differences of log scores against the baselines, and against naive Bayes."""
    lines = [
        "## Against the baselines",
        "",
        (
            "Mean difference of log scores on the same incidents, with its interval; above 0 the predictor in the "
            "row is better. Where the interval holds 0, the record does not tell the two apart."
        ),
        "",
    ]
    others = [p for p in review.predictors if p.is_baseline or p.name == "naive_bayes"]
    for scheme in SCHEMES.values():
        rows = []
        for predictor in review.predictors:
            one = review.find(scheme.name, predictor.name)
            if predictor.is_baseline or one is None:
                continue
            cells = []
            for other in others:
                two = review.find(scheme.name, other.name)
                same = other.name == predictor.name or two is None
                cells.append("" if same or two is None else mean(review.difference(one, two, "log"), sign=True))
            rows.append([predictor.label, *cells])
        if rows:
            lines += [f"**{scheme.label[0].upper()}{scheme.label[1:]}**", ""]
            lines += table(["predictor", *(f"over {other.label}" for other in others)], rows)
    return lines


def by_class(review: Review) -> list[str]:
    """Tell log score and accuracy for each class of author, leaving one out."""
    names = review.record.classes
    counts = np.bincount(review.record.y, minlength=len(names))
    head = ["predictor", *(f"{name} ({count})" for name, count in zip(names, counts, strict=True))]
    rows: dict[str, list[list[str]]] = {"log": [], "accuracy": []}
    for predictor in review.predictors:
        answers = review.find("leave_one_out", predictor.name)
        if answers is None:
            continue
        for score, show in (("log", mean), ("accuracy", share)):
            cells = [show(review.score(answers, score, review.record.y == c)) for c in range(len(names))]
            rows[score].append([predictor.label, *cells])
    return [
        "## By class of author",
        "",
        "Leaving one out. Mean log score:",
        "",
        *table(head, rows["log"]),
        "Accuracy:",
        "",
        *table(head, rows["accuracy"]),
    ]


def varied(review: Review) -> list[str]:
    """Tell the log scores under a uniform prior, and of well-established authors alone."""
    grade = np.array([incident.truth_grade in WELL_ESTABLISHED for incident in review.record.incidents])
    rows = []
    for predictor in review.predictors:
        usual = review.find("leave_one_out", predictor.name)
        alike = review.find("leave_one_out", predictor.name, "uniform")
        if usual is None:
            continue
        uniform = "no prior used" if alike is None else mean(review.score(alike, "log"))
        rows.append(
            [predictor.label, mean(review.score(usual, "log")), uniform, mean(review.score(usual, "log", grade))]
        )
    return [
        "## Under other assumptions",
        "",
        (
            "The prior over classes is needed for scoring only: their frequencies in each training set, ½ added to "
            "each count. They are those of a list, not of the world. Leaving one out, mean log score:"
        ),
        "",
        *table(
            ["predictor", "as above", "all classes alike", f"grades A and B alone ({int(grade.sum())})"],
            rows,
        ),
    ]
