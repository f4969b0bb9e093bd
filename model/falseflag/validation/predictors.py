"""Rules that answer incidents they have not seen, from baselines to the exact engine and the hierarchical model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case, Hypothesis, Indicator
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.problem import Floats, Problem, problem_of
from falseflag.record.model import Integers, counts_of
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
    made = [(classes.index(of), y) for of, y in zip(training.reports.accused, training.record.y, strict=True) if of]
    trust = (1 + sum(of == y for of, y in made)) / (2 + len(made))
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
    x, y = training.record.x, training.record.y
    of_class = (y[:, None] == np.arange(len(prior))).astype(float)
    own_present = (x == 1)[:, :, None] * of_class[:, None, :]
    own_absent = (x == 0)[:, :, None] * of_class[:, None, :]
    present, absent = own_present.sum(axis=0), own_absent.sum(axis=0)
    steepness = _steepness(inconsistencies(x, present - own_present, absent - own_absent), y)
    return np.asarray(special.softmax(-steepness * inconsistencies(reports.x, present, absent), axis=1))


def _steepness(counts: Floats, y: Integers) -> float:
    def loss(b: float) -> float:
        return -float(special.log_softmax(-b * counts, axis=1)[np.arange(len(y)), y].sum())

    return float(optimize.minimize_scalar(loss, bounds=(0.0, STEEPEST), method="bounded").x)


INCONSISTENCY = Predictor("ach", "fewest inconsistencies (ACH)", _by_inconsistencies, uses_prior=False)


# Naive Bayes


def _naive_bayes(training: Training, reports: Reports, prior: Floats) -> Floats:
    """Naive Bayes: indicators independent given the class, rates after Jeffreys, missing cells left out."""
    counts = counts_of(training.record)
    rate = (0.5 + counts.seen_present) / (1 + counts.seen_present + counts.seen_absent)  # (m, C)
    logs = (reports.x == 1) @ np.log(rate) + (reports.x == 0) @ np.log1p(-rate)
    return np.asarray(special.softmax(np.log(prior) + logs, axis=1))


NAIVE_BAYES = Predictor("naive_bayes", "naive Bayes", _naive_bayes)


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
    classes, weakly held, and the class's cases weighted by their grade of truth (a power prior).
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


QUICK = (UNIFORM, FREQUENCIES, ACCUSATION, INCONSISTENCY, NAIVE_BAYES, LEARNED)
"""Predictors that take no time: all but the hierarchical model."""
