"""The page of a back-test: data, scores, findings and method, with its pictures and tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from falseflag.case.model import Case
from falseflag.hierarchical.held_out import K_HAT_LIMIT
from falseflag.hierarchical.model import OVERALL, SCALE, SPREAD
from falseflag.plots.validation import backtest_calibration, backtest_indicators, backtest_scores
from falseflag.record import CLASSES, GRADE_WEIGHTS
from falseflag.report.backtest_findings import (
    applied,
    calibrated,
    claimed,
    limited,
    mean,
    missed,
    share,
    table,
    told_apart,
)
from falseflag.validation.backtest import Review
from falseflag.validation.resolved import FIRST, SCHEMES

if TYPE_CHECKING:
    import pandas as pd


PLACE = "](@/"
"""Stands in the sections where a picture is linked to."""

PICTURES = {"scores": backtest_scores, "calibration": backtest_calibration, "indicators": backtest_indicators}


def page(review: Review, folder: str, case: Case | None = None) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    review : Review
    folder : str
        Where the pictures are, seen from the page.
    case : Case, optional
        One that learns from the record, to be shown with and without it.
    """
    sections = [
        opened(review),
        scored(review),
        compared(review),
        varied(review),
        calibrated(),
        by_class(review),
        missed(review),
        told_apart(review),
        claimed(review),
        applied(review, case) if case is not None else [],
        limited(review),
        described(review),
    ]
    text = "\n".join(line for section in sections for line in section).rstrip() + "\n"
    return text.replace(PLACE, f"]({folder}/")


def answers_frame(review: Review) -> pd.DataFrame:
    """Return every answer: scheme, predictor, prior, incident, recorded author, probability of each class."""
    import pandas as pd  # noqa: PLC0415  (heavy)

    record = review.record
    names = np.array([incident.name for incident in record.incidents])
    authors = np.array(record.classes)[record.y]
    parts = [
        pd.DataFrame(
            {
                "scheme": one.scheme,
                "predictor": one.predictor,
                "prior": one.prior,
                "incident": names[one.asked],
                "author": authors[one.asked],
                **{of: one.probability[:, c].round(6) for c, of in enumerate(record.classes)},
            }
        )
        for one in review.answers
    ]
    return pd.concat(parts, ignore_index=True)


# What was done: data, predictors, the sampler's checks


SHOWN = 3
"""Failed checks that are told in full."""


def opened(review: Review) -> list[str]:
    """Say what this is and what it is made from."""
    record = review.record
    grades = [incident.truth_grade for incident in record.incidents]
    rows = [
        [f"`{of}`: {meaning}", str(int((record.y == c).sum()))]
        + [str(sum(g == grade and y == c for g, y in zip(grades, record.y, strict=True))) for grade in GRADE_WEIGHTS]
        for c, (of, meaning) in enumerate(CLASSES.items())
    ]
    return [
        "# Does any of this work? A back-test on attacks whose author is known",
        "",
        (
            f"Written by `falseflag backtest {PurePath(record.path).name}`; every figure is computed from that file "
            f"(SHA-256 `{record.sha256[:16]}…`). It holds {len(record)} incidents from {record.date.min()} to "
            f"{record.date.max()}, coded for {len(record.indicators)} indicators, of whose cells "
            f"{100 * float((~np.isnan(record.x)).mean()):.0f} % are filled. Each is answered by models that have not "
            "seen it."
        ),
        "",
        *table(["class of author", "incidents", *(f"grade {grade}" for grade in GRADE_WEIGHTS)], rows),
    ]


def described(review: Review) -> list[str]:
    """Describe the predictors, and the hierarchical model's checks if it took part."""
    lines = [
        "## How it was done",
        "",
        "- **Class frequencies**: those of the training set, ½ added to each count; the prior of all that use one.",
        (
            "- **The accusation at its word**: where the victim state blamed somebody within a day, the class of "
            "that party, as far as accusations in the training set proved right; else the class frequencies. Right "
            "means the right class: an accusation of ETA for what Islamists did would count as right."
        ),
        (
            "- **Fewest inconsistencies (ACH)**: a report is inconsistent with a class in which its opposite was "
            "more than twice as common. Probabilities fall by a constant factor with each inconsistency, the factor "
            "fitted to the training set."
        ),
        "- **Naive Bayes**: rates after Jeffreys; missing cells left out.",
        "- **falseflag, all likelihoods learned**: the exact engine on a case that states nothing. Every likelihood "
        "is the indicator's rate over all classes, worth two cases, and the class's cases, weighted by grade of truth ("
        + ", ".join(f"{grade} {weight:g}" for grade, weight in GRADE_WEIGHTS.items())
        + ").",
    ]
    if review.refitted is None:
        return [*lines, "", "The hierarchical model was left out of this run.", ""]
    return [
        *lines,
        (
            "- **Hierarchical model**: log odds of a report = the indicator's overall rate (prior standard deviation "
            f"{OVERALL:g}) + the class's deviation (a half-normal scale of {SPREAD:g} for each indicator) + loading "
            f"× the incident's latent factor (loadings' scale half-normal, {SCALE:g}). The latent factor makes an "
            "incident's indicators hang together and is integrated out, in fitting and in answering. The true author "
            "is the recorded one with the chance that the grade gives, else any other. The priors were set before "
            "any score was seen."
        ),
        "",
        *_sampled(review),
    ]


def _sampled(review: Review) -> list[str]:
    """Tell how the hierarchical model was fitted, and what its checks said."""
    found = review.refitted
    if found is None:
        return []
    weighted = f"; the largest k̂ was {max(found.k_hat):.2f}" if found.k_hat else ""
    verdicts = " ".join(f"{check.name}: {check.message}" for check in found.whole)
    unsound = " ".join(check.message for check in found.unsound[:SHOWN])
    unsound += f" And {len(found.unsound) - SHOWN} more." if len(found.unsound) > SHOWN else ""
    return [
        (
            f"The model was fitted anew to {found.fitted} sets of incidents. {len(found.k_hat)} others were answered "
            "by an earlier fit with Pareto-smoothed importance weights, which is done only where k̂ is below "
            f"{K_HAT_LIMIT:g}{weighted}."
        ),
        "",
        f"Checks of the fit to the whole record: {verdicts}",
        "",
        f"Checks that a fit failed, even with more draws: {unsound or 'none.'}",
        "",
    ]


# How well, against what, by class, under other assumptions


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
