"""The sections on what was done: data, predictors, the sampler's checks."""

from __future__ import annotations

from pathlib import PurePath

import numpy as np

from falseflag.hierarchical.definition import OVERALL, SCALE, SPREAD
from falseflag.hierarchical.reuse import K_HAT_LIMIT
from falseflag.learnt.markdown import table
from falseflag.record import CLASSES, GRADE_WEIGHTS
from falseflag.validation.backtest import Review

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
