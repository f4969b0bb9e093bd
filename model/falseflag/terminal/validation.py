"""What `falseflag backtest` and `falseflag calibrate` show."""

from __future__ import annotations

import numpy as np

from falseflag.terminal.console import Figures, heading, show, verdict
from falseflag.validation.backtest import Review
from falseflag.validation.calibrate import ALARM, KINDS, Calibration
from falseflag.validation.resolved import SCHEMES
from falseflag.wording import COVERAGE, percent

MOST_FAILED = 10
"""Failed tests that are listed."""

OTHERS = {"given": "hypotheses given a probability, and the share that is true", "interval": f"{COVERAGE} intervals"}


def show_scores(review: Review) -> None:
    """Show the scores of every predictor under every scheme."""
    heading("Back-test", f"{len(review.record)} resolved cases; log score: higher is better")
    for scheme in SCHEMES.values():
        made = Figures(scheme.label, "", ["log score", "Brier", "accuracy", "AUC, false flag"])
        for predictor in review.predictors:
            answers = review.find(scheme.name, predictor.name)
            if answers is not None:
                log, brier, right = (review.score(answers, score) for score in ("log", "brier", "accuracy"))
                auc = review.detection(answers).auc if not predictor.is_baseline else None
                told = "" if auc is None else f"{auc.value:.2f}"
                made.add(predictor.label, str(log), f"{brier.value:.2f}", percent(right.value), told)
        if made.rows:
            show(made)


def show_calibration(found: Calibration) -> None:
    """Show the verdict, then what it comes from."""
    heading(found.case.title)
    show(verdict(found.sentence, good=found.passed))
    made = Figures("Against uniform, or against what was promised", "what", ("tests", "failed", "least p"))
    for kind, words in (*KINDS.items(), *OTHERS.items()):
        tests = [test for test in found.tests if test.kind == kind]
        if tests:
            failed = sum(not test.passed for test in tests)
            least = min(test.p_value for test in tests)
            made.add(words, str(len(tests)), str(failed), f"{least:.2g}", style="bold red" if failed else "")
    show(made)
    show(f"A test fails below p = {found.alarm:.2g}: so a right program fails at most {100 * ALARM:g} % of the time.")
    show(*(f"Failed: {test}, p = {test.p_value:.1g}, seen {test.value:.3g}" for test in found.failed[:MOST_FAILED]))
    show(_reliability(found))
    _show_rest(found)


def _reliability(found: Calibration) -> Figures:
    made = Figures(
        "Hypotheses by the probability they were given", "given", ("number", "mean", "true", f"usual, {COVERAGE}")
    )
    for each in found.bins:
        if each.count:
            usual = f"{100 * each.usual[0]:.1f} to {100 * each.usual[1]:.1f} %"
            shares = (f"{100 * each.predicted:.1f} %", f"{100 * each.observed:.1f} %")
            made.add(f"{100 * each.low:.0f} to {100 * each.high:.0f} %", str(each.count), *shares, usual)
    return made


def _show_rest(found: Calibration) -> None:
    for score in found.scores:
        than = f"of the prior alone {score.prior:.4f}: better by {score.gain:.4f} ± {score.error:.4f}."
        show(f"{score.name} score {score.posterior:.4f}, {than}")
    if not np.isnan(found.coverage).all():
        shares = f"{np.nanmin(found.coverage):.1%} to {np.nanmax(found.coverage):.1%}"
        show(f"The hypotheses' {COVERAGE} intervals held the truth in {shares} of the incidents.")
    failures = ", ".join(f"{name} in {count}" for name, count in found.failures.items()) or "none"
    show(f"Checks that failed among {found.replicates} answers: {failures}.")
