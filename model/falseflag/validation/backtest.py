"""Back-tests: every predictor answers every resolved case without having seen it, and the answers are scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from falseflag.arrays import Floats, Integers
from falseflag.batch import run_batch
from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.hierarchical.held_out import Refits
from falseflag.inference.checks import Check
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import DECIBANS
from falseflag.problem import problem_of
from falseflag.provenance import NUTS_PACKAGES, versions_of
from falseflag.record.model import Record
from falseflag.settings import DEFAULTS, Settings
from falseflag.validation.backtest_scores import (
    SCORES,
    TARGET,
    CalibrationError,
    Detection,
    Discrimination,
    Mean,
    calibration_error,
    detect,
    discriminate,
    draws_from_counts,
    log_score,
    mean_of,
    two_way_log_score,
)
from falseflag.validation.predictors import (
    QUICK,
    LogLikelihoods,
    Predictor,
    hierarchical,
    key_of,
    learned_case,
    reported,
)
from falseflag.validation.resolved import SCHEMES, Context, Fold, read_context, split

# Answers


type Prior = Literal["frequencies", "uniform"]


@dataclass(frozen=True)
class Answers:
    """One predictor's answers under one scheme.

    Parameters
    ----------
    scheme : str
    predictor : str
    prior : {'frequencies', 'uniform'}
        Classes' prior: their smoothed frequencies in each training set, or all alike.
    asked : ndarray of int, shape (k,)
        Positions in the record of the incidents that were answered.
    probability : ndarray, shape (k, C)
    """

    scheme: str
    predictor: str
    prior: Prior
    asked: Integers
    probability: Floats


def answer(record: Record, context: Context, predictors: Sequence[Predictor]) -> tuple[Answers, ...]:
    """Answer all folds of all schemes by all predictors; schemes first, then predictors, in their order."""
    return tuple(
        answer_folds(record, context, predictor, scheme.name, folds, prior)
        for scheme in SCHEMES.values()
        if (folds := scheme.folds(record, context))
        for predictor in predictors
        for prior in _priors(predictor)
    )


def _priors(predictor: Predictor) -> tuple[Prior, ...]:
    return ("frequencies", "uniform") if predictor.uses_prior else ("frequencies",)


def answer_folds(  # noqa: PLR0913, PLR0917
    record: Record, context: Context, predictor: Predictor, scheme: str, folds: Sequence[Fold], prior: Prior
) -> Answers:
    """Answer the folds of one scheme by one predictor."""
    answered = [answer_fold(record, context, predictor, fold, prior) for fold in folds]
    asked = np.concatenate([np.flatnonzero(fold.asked) for fold in folds])
    return Answers(scheme, predictor.name, prior, asked, np.concatenate(answered))


def answer_fold(record: Record, context: Context, predictor: Predictor, fold: Fold, prior: Prior) -> Floats:
    """Return the probabilities of the classes for the incidents that a fold asks about, shape (k, C)."""
    training, reports = split(record, context, fold.known, fold.asked)
    classes = len(record.classes)
    weights = training.frequencies if prior == "frequencies" else np.full(classes, 1 / classes)
    return predictor.predict(training, reports, weights)


# Fits of the hierarchical model, fold by fold


MODEL = 2
"""Raised when the model or the way it is answered by changes: results kept from before are then no use."""

KEPT = 1000
"""Draws of the rates that are kept, about."""


@dataclass(frozen=True)
class Refitted:
    """What the model said in all folds.

    Parameters
    ----------
    likelihoods : mapping
        See `falseflag.validation.predictors`.
    k_hat : tuple of float
        Of the folds that were answered by importance weights.
    fitted : int
        How many folds had the model fitted to just their incidents.
    unsound : tuple of Check
        Checks that fits failed even with more draws.
    whole : tuple of Check
        The checks of the fit to the whole record.
    rate : ndarray, shape (S, m, C)
        Draws of P(indicator present | class) given the whole record.
    """

    likelihoods: LogLikelihoods
    k_hat: tuple[float, ...]
    fitted: int
    unsound: tuple[Check, ...]
    whole: tuple[Check, ...]
    rate: Floats


def refit(
    record: Record,
    context: Context,
    *,
    settings: Settings = DEFAULTS,
    store: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Refitted:
    """Fit the model for every fold of every scheme, and to the whole record first.

    Parameters
    ----------
    record : Record
    context : Context
    settings : Settings
        Of each fit.
    store : path, optional
        Keeps what is finished; see `falseflag.batch.run_batch`.
    progress : callable, optional
        Called with how many folds are done, and how many there are.
    """
    refits = Refits(record, settings)
    whole = np.ones(len(record), dtype=bool)
    folds = [fold.known for scheme in SCHEMES.values() for fold in scheme.folds(record, context)]
    names = np.array([incident.name for incident in record.incidents])
    items = {key_of(names[known].tolist()): known for known in (whole, *folds)}
    identity = {
        "command": "backtest",
        "model": MODEL,
        "record": record.sha256,
        "conflicts": context.conflicts(record),
        "settings": asdict(settings),
        "versions": versions_of(NUTS_PACKAGES),
    }
    kept = run_batch(lambda known: _worked_out(refits, known), items, store=store, identity=identity, progress=progress)
    return _gathered(kept, names.tolist(), key_of(names.tolist()))


def _worked_out(refits: Refits, known: NDArray[np.bool_]) -> dict[str, Any]:
    found = refits.likelihoods(known)
    rate = found.fit.parameters.rate() if known.all() else np.empty((0, 0, 0))
    return {
        "log_likelihood": found.logs.tolist(),
        "k_hat": found.k_hat,
        "checks": [asdict(check) for check in found.fit.checks],
        "rate": rate[:: max(1, len(rate) // KEPT)].round(5).tolist(),
    }


def _gathered(kept: Mapping[str, dict[str, Any]], names: list[str], whole: str) -> Refitted:
    table = {key: dict(zip(names, map(np.array, one["log_likelihood"]), strict=True)) for key, one in kept.items()}
    checks = {key: [Check(**check) for check in one["checks"]] for key, one in kept.items()}
    failed = {check.message: check for found in checks.values() for check in found if not check.passed}
    return Refitted(
        likelihoods=table,
        k_hat=tuple(one["k_hat"] for one in kept.values() if one["k_hat"] is not None),
        fitted=sum(one["k_hat"] is None for one in kept.values()),
        unsound=tuple(failed.values()),
        whole=tuple(checks[whole]),
        rate=np.array(kept[whole]["rate"]),
    )


# The worst answers, and which reports misled


WORST = 10
REASONS = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """A report, and what it weighed for the class that led against the recorded one, in decibans."""

    indicator: str
    present: bool
    db: float


@dataclass(frozen=True, slots=True)
class Miss:
    """An incident that was answered badly.

    Parameters
    ----------
    name, title : str
    author : str
        The recorded class; of several the most probable.
    score : float
        Log score of the answer.
    leader : str
        The class that was the most probable.
    probability, leading : float
        Of those two.
    prior_db : float
        Prior odds of the leader against the author.
    reasons : sequence of Reason
        The reports that misled most, worst first.
    """

    name: str
    title: str
    author: str
    score: float
    leader: str
    probability: float
    leading: float
    prior_db: float
    reasons: Sequence[Reason]


def worst_misses(record: Record, context: Context, count: int = WORST) -> Sequence[Miss]:
    """Answer every incident by falseflag's engine on the others, and return those of the least probable truths."""
    every = np.arange(len(record))
    found = [_answered(record, context, every == i, i) for i in every.tolist()]
    return sorted(found, key=lambda miss: miss.score)[:count]


def _answered(record: Record, context: Context, asked: np.ndarray[tuple[int], np.dtype[np.bool_]], at: int) -> Miss:
    training, reports = split(record, context, ~asked, asked)
    problem = reported(problem_of(learned_case(training, training.frequencies)), reports.x[0])
    exact = ExactPosterior.of(problem)
    author, leader = int(record.y[at]), int(exact.leaves.argmax())
    weights = {}
    for component in exact.factors.components:  # of one indicator each; the states are the classes
        (indicator,) = component.facts
        logs = component.log_likelihood
        weights[problem.indicators[indicator]] = DECIBANS * float(logs[leader] - logs[author])
    misled = sorted((name for name in weights if weights[name] > 0), key=lambda name: -weights[name])[:REASONS]
    incident = record.incidents[at]
    return Miss(
        name=incident.name,
        title=incident.title,
        author=record.classes[author],
        score=float(log_score(exact.leaves[None], record.label[at : at + 1])[0]),
        leader=record.classes[leader],
        probability=float(exact.leaves[author]),
        leading=float(exact.leaves[leader]),
        prior_db=DECIBANS * float(problem.log_prior[leader] - problem.log_prior[author]),
        reasons=[Reason(name, bool(incident.cells[name]), weights[name]) for name in misled],
    )


# The whole


FEWEST = 10
"""Incidents that a back-test needs."""


@dataclass(frozen=True)
class Review:
    """A back-test.

    Parameters
    ----------
    record : Record
    context : Context
    predictors : sequence of Predictor
    answers : sequence of Answers
    refitted : Refitted or None
        The hierarchical model's fits; None if it was left out.
    misses : sequence of Miss
        The worst, left one out.
    by_counts : sequence of Discrimination
    by_model : sequence of Discrimination
        Empty if the hierarchical model was left out.
    as_absent : sequence of Answers
        Those of the quick predictors, leaving one out, where every blank cell is read as reported absent.
    """

    record: Record
    context: Context
    predictors: Sequence[Predictor]
    answers: Sequence[Answers]
    refitted: Refitted | None
    misses: Sequence[Miss]
    by_counts: Sequence[Discrimination]
    by_model: Sequence[Discrimination]
    as_absent: Sequence[Answers] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every fit of the hierarchical model passed its checks."""
        return self.refitted is None or not self.refitted.unsound

    def find(self, scheme: str, predictor: str, prior: Prior = "frequencies") -> Answers | None:
        """Return the answers of one predictor under one scheme, if there are."""
        wanted = (scheme, predictor, prior)
        return next((a for a in self.answers if (a.scheme, a.predictor, a.prior) == wanted), None)

    def values(self, answers: Answers, score: str) -> Floats:
        """Return the score of each answered incident, shape (k,)."""
        return SCORES[score](answers.probability, self.record.label[answers.asked])

    def units(self, answers: Answers) -> list[str]:
        """Return what the bootstrap draws: whole conflicts where those were left out together, else incidents."""
        if answers.scheme == "leave_conflict_out":
            conflicts = self.context.conflicts(self.record)
        else:
            conflicts = [incident.name for incident in self.record.incidents]
        return [conflicts[i] for i in answers.asked]

    def score(
        self, answers: Answers, score: str, only: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
    ) -> Mean:
        """Return the mean score with its interval: of all answered, or of some of the record's n incidents."""
        chosen = np.ones(len(answers.asked), bool) if only is None else only[answers.asked]
        units = [unit for unit, keep in zip(self.units(answers), chosen, strict=True) if keep]
        return mean_of(self.values(answers, score)[chosen], units)

    def detection(self, answers: Answers, only: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None) -> Detection:
        """Return how well a false flag is told from the rest: of all answered, or of some of the n incidents."""
        chosen = np.ones(len(answers.asked), bool) if only is None else only[answers.asked]
        units = [unit for unit, keep in zip(self.units(answers), chosen, strict=True) if keep]
        probability, label = self._of_target(answers)
        return detect(probability[chosen], label[chosen], units)

    def detection_gain(self, one: Answers, other: Answers) -> Mean:
        """Return the mean of the paired differences of two predictors' log scores of a false flag against the rest."""
        first, second = (two_way_log_score(*self._of_target(answers)) for answers in (one, other))
        return mean_of(first - second, self.units(one))

    def _of_target(self, answers: Answers) -> tuple[Floats, Floats]:
        """Return the probability of a false flag that was answered, and that of the label."""
        of = self.record.classes.index(TARGET)
        return answers.probability[:, of], self.record.label[answers.asked, of]

    def calibration(self, answers: Answers) -> CalibrationError:
        """Return the calibration error of one predictor under one scheme."""
        return calibration_error(answers.probability, self.record.label[answers.asked])

    @cached_property
    def largest(self) -> tuple[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        """The conflict that most incidents belong to, the first of those alike, and which of the n do; "" for none."""
        conflicts = self.context.conflicts(self.record)
        name = max(conflicts, key=conflicts.count)
        inside = np.array([conflict == name for conflict in conflicts])
        return (name, inside) if inside.sum() > 1 else ("", np.zeros(len(conflicts), bool))

    def difference(self, one: Answers, other: Answers, score: str) -> Mean:
        """Return the mean of the paired differences of two predictors' scores under one scheme."""
        return mean_of(self.values(one, score) - self.values(other, score), self.units(one))

    def needed(self, one: Answers, other: Answers) -> float:
        """Return how many incidents would show a difference of log scores as large as this one.

        With a probability of 80 %, by a 90 % interval that leaves 0 out: ((1.645 + 0.842) s / d)², with the mean d and
        the standard deviation s of the paired differences; infinite where d is 0.
        """
        differences = self.values(one, "log") - self.values(other, "log")
        with np.errstate(divide="ignore"):
            return float(((1.645 + 0.842) * differences.std(ddof=1) / np.abs(differences.mean())) ** 2)

    def to_dict(self) -> dict[str, Any]:
        """Return the scores, what tells false flags apart, and the worst misses, for JSON."""
        return {
            "record": {"path": self.record.path, "sha256": self.record.sha256, "incidents": len(self.record)},
            "scores": [self._scores(answers) for answers in self.answers],
            "false_flag_against_rest": [asdict(one) for one in self.by_counts],
            "false_flag_against_rest_hierarchical": [asdict(one) for one in self.by_model],
            "misses": [asdict(miss) for miss in self.misses],
            "checks": [asdict(check) for check in (self.refitted.whole if self.refitted else ())],
        }

    def _scores(self, answers: Answers) -> dict[str, Any]:
        scores: dict[str, Any] = {name: asdict(self.score(answers, name)) for name in SCORES}
        scores["false_flag"] = asdict(self.detection(answers))
        scores["calibration_error"] = asdict(self.calibration(answers))
        return {"scheme": answers.scheme, "predictor": answers.predictor, "prior": answers.prior, **scores}


def review(
    record: Record,
    *,
    sampled: bool = True,
    settings: Settings = DEFAULTS,
    store: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Review:
    """Back-test every predictor on a record.

    Parameters
    ----------
    record : Record
    sampled : bool
        Whether the hierarchical model takes part, which takes minutes.
    settings, store, progress
        For it; see `refit`.

    Raises
    ------
    RequestError
        If there are too few incidents, or what is noted beside the record has errors.
    """
    context = read_context(record)
    if len(record) < FEWEST or len(np.unique(record.y)) < 2:
        raise RequestError(f"{record.path}: a back-test needs {FEWEST} incidents or more, of two classes or more")
    refitted = refit(record, context, settings=settings, store=store, progress=progress) if sampled else None
    predictors = (*QUICK, hierarchical(refitted.likelihoods)) if refitted else QUICK
    return Review(
        record=record,
        context=context,
        predictors=predictors,
        answers=answer(record, context, predictors),
        refitted=refitted,
        misses=worst_misses(record, context),
        by_counts=discriminate(record, draws_from_counts(record)),
        by_model=discriminate(record, refitted.rate) if refitted else (),
        as_absent=answer_as_absent(record, context),
    )


def answer_as_absent(record: Record, context: Context) -> tuple[Answers, ...]:
    """Answer as if every blank cell had been reported absent, by the quick predictors, leaving one out."""
    filled = (replace(one, cells={name: bool(cell) for name, cell in one.cells.items()}) for one in record.incidents)
    other, scheme = replace(record, incidents=tuple(filled)), SCHEMES["leave_one_out"]
    folds = scheme.folds(other, context)
    return tuple(answer_folds(other, context, one, scheme.name, folds, "frequencies") for one in QUICK)


def load_learner(path: Path, record: Record) -> Case:
    """Load a case that learns from a record.

    Raises
    ------
    CaseError
        If the case cannot be read.
    RequestError
        If it learns from nothing, or from another record, or from this one as it was before.
    """
    case = load(path)
    name = Path(record.path).name
    if case.learning is None:
        raise RequestError(
            f"{path}: it learns from no record: write `learn: {{from: {name}}}` in it, with links of its indicators, "
            "or leave out --case"
        )
    if case.learning.sha256 != record.sha256:
        raise RequestError(
            f"{path}: it learns from {case.learning.path}, whose content is not that of {record.path}: let `from` "
            f"under `learn` name the record under test, or give `falseflag backtest` the record of the case"
        )
    return case
