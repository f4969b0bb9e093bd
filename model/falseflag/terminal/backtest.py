"""A back-test's scores in the terminal."""

from __future__ import annotations

from rich.console import Console

from falseflag.backtest.review import Review
from falseflag.backtest.schemes import SCHEMES
from falseflag.terminal.layout import add, heading, table
from falseflag.wording import percent


def show_scores(review: Review) -> None:
    """Show the scores of every predictor under every scheme."""
    console = Console()
    heading(console, "Back-test", f"{len(review.record)} resolved cases; log score: 0 at best")
    for scheme in SCHEMES.values():
        made = table(scheme.label, "", ["log score", "Brier", "accuracy"])
        for predictor in review.predictors:
            answers = review.find(scheme.name, predictor.name)
            if answers is not None:
                log, brier, right = (review.score(answers, score) for score in ("log", "brier", "accuracy"))
                add(made, predictor.label, str(log), f"{brier.value:.2f}", percent(right.value))
        if made.row_count:
            console.print(made)
