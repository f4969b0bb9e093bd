"""What `falseflag sweep` shows: who leads how often, what that depends on."""

from __future__ import annotations

import numpy as np
from rich.console import Console
from rich.table import Table

from falseflag.explain.labels import Labels, capitalised
from falseflag.sweep import Sweep
from falseflag.sweep.record import judgement_label, report
from falseflag.terminal.layout import add, heading, sentences, table
from falseflag.wording import number_range, percent

MOST = 10
"""Judgements that are listed: those with the largest effects."""


def show_sweep(console: Console, sweep: Sweep) -> None:
    """Print the sentences, the hypotheses, and what was varied."""
    heading(console, sweep.case.title, sweep.case.question)
    sentences(console, sweep.sentences)
    labels = Labels(sweep.case)
    rows = table("", "hypothesis", ("as written", "leads in", "90 % of runs"))
    low, high = np.quantile(sweep.leaves, (0.05, 0.95), axis=0)
    for h, leaf in enumerate(sweep.problem.leaves):
        numbers = (
            percent(float(sweep.written[h])),
            percent(share) if (share := float(sweep.lead_shares[h])) else "none",
        )
        add(rows, labels.node(leaf).strip("“”"), *numbers, number_range(float(low[h]), float(high[h])))
    console.print(rows)
    if len(sweep.design.targets) > 1:
        console.print(_effects(sweep, labels))


def _effects(sweep: Sweep, labels: Labels) -> Table:
    shown = sweep.by_effect[:MOST]
    more = len(sweep.design.targets) - len(shown)
    rows = table(
        "What explains how the leader's probability varies", "varied", ("as written", "explains"),
        f"and {more} more" if more else "",
    )  # fmt: skip
    for axis in shown:
        target = sweep.design.targets[axis]
        written = report(target.written) if target.kind == "observed" else f"{target.written:.3g}"
        cells = (capitalised(judgement_label(labels, target)), written, percent(float(sweep.effects[axis])))
        add(rows, *cells, *([""] if more else []))
    return rows
