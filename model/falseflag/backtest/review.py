"""The whole back-test as one record, from which tables, pictures and pages are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from falseflag.backtest.answers import Answers, Prior, answer
from falseflag.backtest.bootstrap import Mean, mean_of
from falseflag.backtest.context import Context, read_context
from falseflag.backtest.discrimination import Discrimination, discriminate, draws_from_counts
from falseflag.backtest.misses import Miss, worst_misses
from falseflag.backtest.predictors import QUICK, Predictor, hierarchical
from falseflag.backtest.refits import Refitted, refit
from falseflag.backtest.scores import SCORES
from falseflag.errors import RequestError
from falseflag.problem import Floats
from falseflag.record.model import Record
from falseflag.settings import DEFAULTS, Settings

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
    """

    record: Record
    context: Context
    predictors: Sequence[Predictor]
    answers: Sequence[Answers]
    refitted: Refitted | None
    misses: Sequence[Miss]
    by_counts: Sequence[Discrimination]
    by_model: Sequence[Discrimination]

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
        return SCORES[score](answers.probability, self.record.y[answers.asked])

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

    def difference(self, one: Answers, other: Answers, score: str) -> Mean:
        """Return the mean of the paired differences of two predictors' scores under one scheme."""
        return mean_of(self.values(one, score) - self.values(other, score), self.units(one))

    def as_dict(self) -> dict[str, Any]:
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
        scores = {name: asdict(self.score(answers, name)) for name in SCORES}
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
        For it; see `falseflag.backtest.refits.refit`.

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
    )
