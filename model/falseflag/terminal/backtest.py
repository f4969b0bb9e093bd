"""A back-test's scores in the terminal."""

from __future__ import annotations

from rich.console import Console

from falseflag.backtest.review import Review
from falseflag.backtest.schemes import SCHEMES
from falseflag.terminal.layout import add, heading, table


def show_scores(review: Review) -> None:
    """Show the scores of every predictor under every scheme."""
    console = Console()
    heading(console, "Back-test", f"{len(review.record)} resolved cases; log score: 0 at best")
    for scheme in SCHEMES.values():
        made = table("", scheme.label, ["log score", "Brier", "accuracy"])
        for predictor in review.predictors:
            answers = review.find(scheme.name, predictor.name)
            if answers is not None:
                scores = (review.score(answers, score) for score in ("log", "brier", "accuracy"))
                add(made, predictor.label, *map(str, scores))
        if made.row_count:
            console.print(made)
