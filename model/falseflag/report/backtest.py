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
from falseflag.record import CLASSES, GRADE_WEIGHTS, Record
from falseflag.report.backtest_findings import (
    applied,
    calibrated,
    claimed,
    limited,
    mean,
    missed,
    number,
    share,
    table,
    told_apart,
)
from falseflag.validation.backtest import Answers, Review
from falseflag.validation.backtest_scores import log_score
from falseflag.validation.predictors import SCALES, STRONGEST
from falseflag.validation.resolved import FIRST, SCHEMES
from falseflag.wording import percent

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
        detected(review),
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
            f"{record.date.max()}, coded for {len(record.indicators)} indicators. Each is answered by models that have "
            "not seen it."
        ),
        "",
        *table(["most probable class of author", "incidents", *(f"grade {grade}" for grade in GRADE_WEIGHTS)], rows),
        *_cells(record),
    ]


def _cells(record: Record) -> list[str]:
    """Count the cells of each kind, and those that were checked against a source."""
    looked = np.array([[name in one.looked_up for name in record.indicators] for one in record.incidents])
    kinds = {"reported present": record.x == 1, "reported absent": record.x == 0, "nothing found": np.isnan(record.x)}
    rows = []
    for kind, inside in kinds.items():
        count, seen = int(inside.sum()), int((inside & looked).sum())
        checked = f"{seen} ({100 * seen / count:.0f} %)" if count and kind != "nothing found" else ""
        rows.append([kind, f"{count} ({100 * count / inside.size:.0f} %)", checked])
    return table(["cells", "number", "checked against a source"], rows)


def detected(review: Review) -> list[str]:
    """Tell how well a false flag is told from all the rest: what the tool is for."""
    name, inside = review.largest
    without = f", without {name}" if name else ""
    head = ["predictor", "AUC", "log score", "gain over class frequencies"]
    head += [f"AUC{without}", f"log score{without}"] if name else []
    lines = [
        "## Does it tell a false flag from the rest?",
        "",
        (
            "AUC: the chance that a false flag is given a higher probability of being one than another incident is; "
            "0.50 would be chance. Baselines have none: theirs would vary only with the incident that is left out. Log "
            "score: of that one probability, 0 at best. Its gain is the mean paired difference from the class "
            "frequencies; where its interval holds 0, the indicators are not shown to tell anything. Incidents of one "
            "conflict resemble each other, so the first table is the one to go by."
        ),
        "",
    ]
    for scheme in ("leave_conflict_out", "leave_one_out", "forward"):
        base = review.find(scheme, "frequencies")
        if base is not None:
            label = SCHEMES[scheme].label
            lines += [f"**{label[0].upper()}{label[1:]}**{_how_many(review, scheme)}", ""]
            lines += table(head, _detections(review, scheme, base, ~inside if name else None))
    return lines


def _detections(review: Review, scheme: str, base: Answers, kept: np.ndarray | None) -> Iterator[list[str]]:
    for predictor in review.predictors:
        answers = review.find(scheme, predictor.name)
        if answers is None:
            continue
        gain = "" if answers is base else mean(review.detection_gain(answers, base), sign=True)
        every = review.detection(answers)
        cells = [mean(every.auc) if not predictor.is_baseline else "", mean(every.log), gain]
        if kept is not None:
            other = review.detection(answers, kept)
            cells += [mean(other.auc) if not predictor.is_baseline else "", mean(other.log)]
        yield [predictor.label, *cells]


def described(review: Review) -> list[str]:
    """Describe the predictors, and the hierarchical model's checks if it took part."""
    lines = ["## How it was done", "", *_quick_described()]
    if review.refitted is None:
        return [*lines, "", "The hierarchical model was left out of this run.", ""]
    return [
        *lines,
        (
            "- **Hierarchical model**: log odds of a report = the indicator's overall rate (prior standard deviation "
            f"{OVERALL:g}) + the class's deviation (a half-normal scale of {SPREAD:g} for each indicator) + loading "
            f"× the incident's latent factor (loadings' scale half-normal, {SCALE:g}). The latent factor makes an "
            "incident's indicators are dependent and is integrated out, in fitting and in answering. The true author "
            "is summed out by its probabilities. The priors were set before any score was seen."
        ),
        "",
        *_sampled(review),
    ]


def _quick_described() -> list[str]:
    """Describe all predictors but the hierarchical model."""
    return [
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
        "- **Naive Bayes**: rates after Jeffreys; blank cells left out.",
        (
            "- **Naive Bayes, tempered**: its likelihood raised to the power, at most "
            f"{STRONGEST:g}, that scores best on the training set with each incident left out."
        ),
        (
            "- **Bayesian logistic regression**: indicators as 1, −1 or, where blank, 0, so that a blank lies halfway "
            "and is not left out. Coefficients are normal about 0 and averaged out by Laplace's approximation; their "
            "standard deviation is the one of "
            f"{', '.join(f'{scale:g}' for scale in SCALES)} with the highest marginal likelihood in the training set."
        ),
        (
            "- **falseflag, all likelihoods learned**: the exact engine on a case that states nothing. Every "
            "likelihood is the indicator's rate over all classes, worth two cases, and the class's cases."
        ),
        (
            "- **Authors in doubt**: an incident counts, and is scored, under every class by the probability that its "
            "author is of it: as the record notes it, else "
            f"{', '.join(f'{weight:g} for grade {grade}' for grade, weight in GRADE_WEIGHTS.items())} and the rest "
            "shared alike."
        ),
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
            "Over all classes. Log score: mean of ln P(author), expected under the probabilities that the record gives "
            f"the author; guessing alike gives −{np.log(len(review.record.classes)):.2f}, and the best that can be had "
            f"with authors in doubt is {number(_best_possible(review))}. Brier: expected squared distance to the "
            "truth, 2 at worst. In brackets: 5 to 95 % when incidents (whole conflicts where these are left out "
            "together) are drawn anew. Calibration error: mean distance of frequencies from the probabilities stated, "
            "in the bins of the picture below; beside it what it would be if those were perfect, and the share of "
            "perfect answers that would show as much or more. Predictors are not ranked: see the limits."
        ),
        "",
    ]
    for scheme in SCHEMES.values():
        rows = list(_rows(review, scheme.name))
        if rows:
            lines += [f"**{scheme.label[0].upper()}{scheme.label[1:]}**{_how_many(review, scheme.name)}", ""]
            name, _ = review.largest
            head = ["predictor", "log score", *([f"log score, without {name}"] if name else []), "Brier", "accuracy"]
            lines += table([*head, "calibration error"], rows)
    return lines


def _best_possible(review: Review) -> float:
    """Return the mean log score of the labels themselves."""
    return float(log_score(review.record.label, review.record.label).mean())


def _rows(review: Review, scheme: str) -> Iterator[list[str]]:
    for predictor in review.predictors:
        answers = review.find(scheme, predictor.name)
        if answers is not None:
            log, brier, right = (review.score(answers, score) for score in ("log", "brier", "accuracy"))
            name, inside = review.largest
            others = [mean(review.score(answers, "log", ~inside))] if name else []
            error = review.calibration(answers)
            off = f"{error.value:.3f} (perfect {error.expected:.3f}, {percent(error.chance)})"
            yield [predictor.label, mean(log), *others, mean(brier), share(right), off]


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
        absent = next((one for one in review.as_absent if one.predictor == predictor.name), None)
        filled = "not tried" if absent is None else mean(review.score(absent, "log"))
        cells = [mean(review.score(usual, "log")), uniform, mean(review.score(usual, "log", grade)), filled]
        rows.append([predictor.label, *cells])
    return [
        "## Under other assumptions",
        "",
        (
            "The prior over classes is needed for scoring only: their frequencies in each training set, ½ added to "
            "each count. They are those of a list, not of the world. The last column reads cells for which nothing was "
            "found as reported absent. Where that scores better, either silence tells something or cells were filled "
            "with the author in mind, and the record cannot say which. Leaving one out, mean log score:"
        ),
        "",
        *table(
            [
                "predictor",
                "as above",
                "all classes alike",
                f"grades A and B alone ({int(grade.sum())})",
                "blanks as absent",
            ],
            rows,
        ),
    ]
