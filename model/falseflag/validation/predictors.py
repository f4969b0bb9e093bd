"""Rules that answer incidents they have not seen, from baselines to the exact engine and the hierarchical model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from falseflag.arrays import Floats
from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Problem, problem_of
from falseflag.record.model import counts_of
from falseflag.validation.resolved import Reports, Training

type Predict = Callable[[Training, Reports, Floats], Floats]
"""From what may be learned from, n reports and the classes' prior, shape (C,), to probabilities, shape (n, C)."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A rule that answers incidents it has not seen.

    Parameters
    ----------
    name, label : str
    predict : Predict
    is_baseline : bool
        Whether it looks at no indicator but the accusation.
    uses_prior : bool
        Whether its answers depend on the classes' prior, and on more.
    """

    name: str
    label: str
    predict: Predict
    is_baseline: bool = False
    uses_prior: bool = True


# Baselines


def _uniform(_training: Training, reports: Reports, prior: Floats) -> Floats:
    """Guess: every class alike."""
    return np.full((len(reports.x), len(prior)), 1 / len(prior))


UNIFORM = Predictor("uniform", "uniform guessing", _uniform, is_baseline=True, uses_prior=False)


def _frequencies(_training: Training, reports: Reports, prior: Floats) -> Floats:
    """Answer with the classes' prior and nothing else: as a rule their frequencies in the training set."""
    return np.tile(prior, (len(reports.x), 1))


FREQUENCIES = Predictor("frequencies", "class frequencies", _frequencies, is_baseline=True, uses_prior=False)


def _by_accusation(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Take the victim state's accusation at its word, as far as such words proved right in the training set.

    Where the victim state blamed somebody within a day, the class of that party gets the probability
    (1 + right) / (2 + made), with the accusations made and right in the training set; the other classes share the rest
    by their prior. Where it blamed nobody, the prior stands.
    """
    classes = training.record.classes
    right = [
        label[classes.index(of)]
        for of, label in zip(training.reports.accused, training.record.label, strict=True)
        if of
    ]
    trust = (1 + sum(right)) / (2 + len(right))
    out = np.tile(prior, (len(reports.x), 1))
    for i, of in enumerate(reports.accused):
        if of:
            named = classes.index(of)
            out[i] *= (1 - trust) / (1 - prior[named])
            out[i, named] = trust
    return out


ACCUSATION = Predictor("accusation", "the accusation at its word", _by_accusation, is_baseline=True)


# Fewest inconsistencies


RARE = 1 / 3
"""A report less probable than this in a class is inconsistent with it."""

STEEPEST = 5.0
"""Largest b that is looked at."""


def inconsistencies(x: Floats, present: Floats, absent: Floats) -> Floats:
    """Count inconsistent reports.

    Parameters
    ----------
    x : ndarray, shape (n, m)
    present, absent : ndarray, shape (n, m, C) or (m, C)
        Training incidents with and without each indicator.

    Returns
    -------
    ndarray, shape (n, C)
    """
    rate = (0.5 + present) / (1 + present + absent)
    with_it, without = (x == 1)[:, :, None], (x == 0)[:, :, None]
    return np.asarray(((with_it & (rate < RARE)) | (without & (1 - rate < RARE))).sum(axis=1), dtype=float)


def _by_inconsistencies(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Analysis of competing hypotheses: the hypothesis with the fewest inconsistent indicators wins.

    Heuer (1999, *Psychology of Intelligence Analysis*, chapter 8) has the analyst mark what is inconsistent with each
    hypothesis. Here a report is inconsistent with a class if, in the training set, the opposite was more than twice as
    common in that class (rates after Jeffreys). The method gives an order, no probabilities, and knows no prior; for
    scoring, the probability of a class is proportional to exp(-b · inconsistencies). b is the one that fits the
    training set best, its incidents counted without themselves.
    """
    x, label = training.record.x, training.record.label
    own_present, own_absent = shared(x, label)
    present, absent = own_present.sum(axis=0), own_absent.sum(axis=0)
    counts = inconsistencies(x, present - own_present, absent - own_absent)
    steepness = best_power(np.zeros(len(prior)), -counts, label, STEEPEST)
    return np.asarray(special.softmax(-steepness * inconsistencies(reports.x, present, absent), axis=1))


def shared(x: Floats, label: Floats) -> tuple[Floats, Floats]:
    """Return what each incident adds to the counts of its cells present and absent, shape (n, m, C)."""
    return (x == 1)[:, :, None] * label[:, None, :], (x == 0)[:, :, None] * label[:, None, :]


def best_power(start: Floats, logs: Floats, label: Floats, most: float) -> float:
    """Return the b in [0, most] for which softmax(start + b · logs) has the best mean log score."""

    def loss(b: float) -> float:
        return -float((label * special.log_softmax(start + b * logs, axis=1)).sum())

    return float(optimize.minimize_scalar(loss, bounds=(0.0, most), method="bounded").x)


INCONSISTENCY = Predictor("ach", "fewest inconsistencies (ACH)", _by_inconsistencies, uses_prior=False)


# Naive Bayes


def _naive_bayes(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Naive Bayes: indicators independent given the class, rates after Jeffreys, blank cells left out."""
    counts = counts_of(training.record)
    return np.asarray(special.softmax(np.log(prior) + log_rates(reports.x, counts.present, counts.absent), axis=1))


def log_rates(x: Floats, present: Floats, absent: Floats) -> Floats:
    """Return Σ log P(cell | class) over the filled cells, shape (n, C), from counts (m, C), or (n, m, C)."""
    rate = (0.5 + present) / (1 + present + absent)
    logs = np.where((x == 1)[:, :, None], np.log(rate), 0.0) + np.where((x == 0)[:, :, None], np.log1p(-rate), 0.0)
    return np.asarray(logs.sum(axis=1))


NAIVE_BAYES = Predictor("naive_bayes", "naive Bayes", _naive_bayes)

STRONGEST = 2.0
"""Largest power of the likelihood that is looked at."""


def _tempered(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Naive Bayes with its likelihood raised to a power, since dependent indicators are counted twice.

    The power is the one with the best log score in the training set, each incident answered by rates that leave it out
    (Grünwald and van Ommen 2017, *Inconsistency of Bayesian inference for misspecified linear models, and a proposal
    for repairing it*, Bayesian Analysis 12, 1069–1103, on why a power below 1 helps).
    """
    x, label = training.record.x, training.record.label
    own_present, own_absent = shared(x, label)
    present, absent = own_present.sum(axis=0), own_absent.sum(axis=0)
    held_out = log_rates(x, present - own_present, absent - own_absent)
    power = best_power(np.log(training.frequencies), held_out, label, STRONGEST)
    return np.asarray(special.softmax(np.log(prior) + power * log_rates(reports.x, present, absent), axis=1))


TEMPERED = Predictor("tempered", "naive Bayes, tempered", _tempered)


# Bayesian logistic regression


SCALES = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Standard deviations of the coefficients that are tried; the one with the highest marginal likelihood is taken."""

STEPS, CLOSE = 50, 1e-10
"""Newton steps at most, and the length at which they end."""

DRAWS, SEED = 2000, 19640804
"""Of the coefficients' normal approximation, over which answers are averaged."""


@dataclass(frozen=True)
class Regression:
    """A multinomial logistic regression by Laplace's approximation.

    Parameters
    ----------
    mode : ndarray, shape (D, C)
        Coefficients of D features, for each class, with the highest posterior density.
    covariance : ndarray, shape (D·C, D·C)
    log_evidence : float
        Log marginal likelihood.
    """

    mode: Floats
    covariance: Floats
    log_evidence: float


def features(x: Floats) -> Floats:
    """Return a constant, then each indicator: 1 present, -1 absent, 0 nothing found; shape (n, m + 1)."""
    return np.column_stack([np.ones(len(x)), np.nan_to_num(2 * x - 1, nan=0.0)])


def regress(design: Floats, label: Floats, start: Floats, scale: float) -> Regression:
    """Fit softmax(start + design · w), w ~ Normal(0, scale²), to label probabilities, by Newton's method.

    See MacKay (1992, *The evidence framework applied to classification networks*, Neural Computation 4, 720–736).
    """
    width, classes = design.shape[1], label.shape[1]
    w = np.zeros((width, classes))
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    precision = np.eye(w.size) / scale**2
    for _ in range(STEPS):
        p = special.softmax(start + design @ w, axis=1)
        spread = p[:, :, None] * (np.eye(classes) - p[:, None, :])  # (n, C, C)
        hessian = products.T @ spread.reshape(len(p), -1)  # by pairs of features, and of classes
        hessian = hessian.reshape(width, width, classes, classes).transpose(0, 2, 1, 3).reshape(precision.shape)
        hessian += precision
        gradient = design.T @ (p - label) + w / scale**2
        step = np.linalg.solve(hessian, gradient.ravel()).reshape(w.shape)
        w -= step
        if np.abs(step).max() < CLOSE:
            break
    fit = float((label * special.log_softmax(start + design @ w, axis=1)).sum()) - float((w**2).sum()) / (2 * scale**2)
    log_evidence = fit - w.size * float(np.log(scale)) - float(np.linalg.slogdet(hessian)[1]) / 2
    return Regression(w, np.linalg.inv(hessian), log_evidence)


def _by_regression(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Answer by a logistic regression, its coefficients averaged out over their normal approximation.

    The prior's standard deviation is the one of `SCALES` with the highest marginal likelihood in the training set.
    """
    design, start = features(training.record.x), np.log(training.frequencies)
    fits = (regress(design, training.record.label, start, scale) for scale in SCALES)
    best = max(fits, key=lambda fit: fit.log_evidence)
    noise = np.random.default_rng(SEED).standard_normal((DRAWS, best.mode.size))
    drawn = best.mode + (noise @ np.linalg.cholesky(best.covariance).T).reshape(DRAWS, *best.mode.shape)
    return np.asarray(special.softmax(np.log(prior) + features(reports.x) @ drawn, axis=2).mean(axis=0))


REGRESSION = Predictor("regression", "Bayesian logistic regression", _by_regression)


# The exact engine on a case that states nothing and learns everything


STRENGTH = 10.0
"""Of the prior weights; without effect on the exact answer."""


def learned_case(training: Training, prior: Floats) -> Case:
    """Make the case that learns everything from the training set."""
    record = training.record
    hypotheses = tuple(
        Hypothesis(name, name, float(weight), STRENGTH, author_class=name)
        for name, weight in zip(record.classes, prior, strict=True)
    )
    indicators = {name: Indicator(name, name, {}, like=name) for name in record.indicators}
    return RecordPrior(record, relevance=1.0).updated(Case("learned", hypotheses, indicators, STRENGTH))


def reported(problem: Problem, x: Floats) -> Problem:
    """Return the problem with one incident's reports: of each indicator 1 present, 0 absent, NaN missing."""
    for indicator in np.flatnonzero(~np.isnan(x)):
        problem = problem.with_report(int(indicator), int(x[indicator] == 0))
    return problem


def _learned(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Answer with the exact engine, on a case that states nothing and learns everything.

    The hypotheses are the classes of author, the indicators those of the record, and every likelihood is the Beta that
    a case with ``learn: {relevance: 1}`` would use where no judgement is written: the indicator's rate over all
    classes, weakly held, and the class's cases (a power prior).
    """
    problem = problem_of(learned_case(training, prior))
    answers = [ExactPosterior.of(reported(problem, row)).leaves for row in reports.x]
    return np.array(answers).reshape(-1, len(prior))


LEARNED = Predictor("learned", "falseflag, all likelihoods learned", _learned)


# The hierarchical model


type LogLikelihoods = Mapping[str, Mapping[str, Floats]]
"""log P(x_i | c), shape (C,), by `key_of` the incidents that the model knows, and by incident."""

NAME, LABEL = "hierarchical", "hierarchical model"


def key_of(names: Sequence[str]) -> str:
    """Name a set of known incidents, which is all that the model's answers depend on."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]


def hierarchical(likelihoods: LogLikelihoods) -> Predictor:
    """Make the predictor of what the model said."""

    def predict(training: Training, reports: Reports, prior: Floats) -> Floats:
        found = likelihoods[key_of(training.reports.names)]
        logs = np.array([found[name] for name in reports.names]).reshape(-1, len(prior))
        return np.asarray(special.softmax(np.log(prior) + logs, axis=1))

    return Predictor(NAME, LABEL, predict)


QUICK = (UNIFORM, FREQUENCIES, ACCUSATION, INCONSISTENCY, NAIVE_BAYES, TEMPERED, REGRESSION, LEARNED)
"""Predictors that take no time: all but the hierarchical model."""
