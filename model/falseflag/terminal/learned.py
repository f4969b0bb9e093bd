"""What a case learned from resolved cases, in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from falseflag.case.model import Case
from falseflag.explain.learned import Blend, Spread
from falseflag.explain.sentences import Labels
from falseflag.terminal.layout import add, heading, table
from falseflag.wording import number, number_range


def show_learned(console: Console, case: Case, rows: Sequence[Blend]) -> None:
    """Show judgement, record and both of every linked statement; nothing where there is none."""
    if not rows:
        return
    labels = Labels(case)
    title = "Likelihoods that learn from the record, in %: means and 90 % intervals; * where they conflict"
    heading(console, title)
    for indicator, statements in groupby(rows, key=lambda row: row.source.indicator):
        made = table(labels.indicator(indicator), "under", ("judgement", "record", "both", "so in", "p"))
        for row in statements:
            spreads = (_spread(row.judgement), _spread(row.record), _spread(row.both))
            add(made, labels.condition(row.source.condition), *spreads, row.count, _verdict(row))
        console.print(made)


def _spread(spread: Spread) -> str:
    return f"{number(spread.mean)} ({number_range(*spread.interval)})"


def _verdict(row: Blend) -> str:
    """Return p of the check for conflict, starred where there is one."""
    if row.is_fixed:
        return "fixed"
    return f"{row.conflict:.2g} *" if row.is_conflict else f"{row.conflict:.2f}"
