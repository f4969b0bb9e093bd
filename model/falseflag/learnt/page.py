"""Write the page of a back-test with its pictures and tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from falseflag.backtest.review import Review
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.learnt.applied import applied
from falseflag.learnt.findings import calibrated, claimed, limited, missed, told_apart
from falseflag.learnt.method import described, opened
from falseflag.learnt.scores import by_class, compared, scored, varied
from falseflag.plots.validation import backtest_calibration
from falseflag.plots.validation import backtest_indicators
from falseflag.plots.validation import backtest_scores
from falseflag.plots.output import save
from falseflag.wording import csv_cell
from falseflag.writing import replacing_file

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


def write_page(review: Review, out: Path, case: Case | None = None) -> Path:
    """Write ``OUT.md``, and its pictures and ``answers.csv`` to the folder ``OUT``; returns the page's path.

    Raises
    ------
    RequestError
        If they cannot be written.
    """
    target = out.with_name(f"{out.name}.md")
    text = page(review, out.name, case)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, draw in PICTURES.items():
            save(draw(review), out / f"{name}.png")
            save(draw(review), out / f"{name}.svg")
        answers_frame(review).map(csv_cell).to_csv(out / "answers.csv", index=False)
    except OSError as error:
        raise RequestError(f"{out}: could not be written ({error.strerror or error})") from error
    with replacing_file(target) as partial:
        partial.write_text(text, encoding="utf-8")
    return target


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
