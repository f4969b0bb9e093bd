"""The page of a back-test, with its pictures and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from falseflag.case.model import Case
from falseflag.learnt.applied import applied
from falseflag.learnt.findings import calibrated, claimed, limited, missed, told_apart
from falseflag.learnt.method import described, opened
from falseflag.learnt.scores import by_class, compared, scored, varied
from falseflag.plots.validation import backtest_calibration, backtest_indicators, backtest_scores
from falseflag.validation.backtest import Review

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
