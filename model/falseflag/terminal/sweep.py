"""What `falseflag sweep` shows: who leads how often, what that depends on; and what `falseflag batch` does."""

from __future__ import annotations

import numpy as np

from falseflag.batch.cases import Batch
from falseflag.explain.sentences import Labels, capitalised
from falseflag.results import NOT_SOUND
from falseflag.sweep import Sweep
from falseflag.sweep.record import target_label
from falseflag.terminal.console import Figures, heading, show
from falseflag.wording import number_range, percent

MOST = 10
"""Judgements that are listed: those with the largest effects."""


def show_sweep(sweep: Sweep) -> None:
    """Print the sentences, the hypotheses, and what was varied."""
    heading(sweep.case.title, sweep.case.question)
    show(*sweep.sentences)
    labels = Labels(sweep.case)
    rows = Figures("", "hypothesis", ("as written", "leads in", "90 % of runs"))
    low, high = np.quantile(sweep.leaves, (0.05, 0.95), axis=0)
    for h, leaf in enumerate(sweep.problem.leaves):
        numbers = (
            percent(float(sweep.written[h])),
            _lead(float(sweep.lead_shares[h])),
        )
        rows.add(labels.node(leaf).strip("“”"), *numbers, number_range(float(low[h]), float(high[h])))
    show(rows)
    if len(sweep.design.targets) > 1:
        show(_effects(sweep, labels))
    if len(sweep.design.targets) > MOST:
        show(f"and {len(sweep.design.targets) - MOST} more")


def _lead(share: float) -> str:
    return {0.0: "none", 1.0: "all"}.get(share) or percent(share)


def _effects(sweep: Sweep, labels: Labels) -> Figures:
    shown = sweep.by_effect[:MOST]
    rows = Figures("What explains how the leader's probability varies", "varied", ("as written", "explains"))
    for axis in shown:
        target = sweep.design.targets[axis]
        written = target.word(target.written) if target.kind == "observed" else f"{target.written:.3g}"
        rows.add(capitalised(target_label(labels, target)), written, percent(float(sweep.effects[axis])))
    return rows


def show_cases(found: Batch) -> None:
    """Print who leads in each case."""
    rows = Figures("", "case", ("leads with", "90 %"), "who")
    cases = found.cases
    for name, answer in found.items():
        row = next(row for row in answer["hypotheses"] if row["name"] == answer["leader"])
        mark = "" if answer["sound"] else f"\n{NOT_SOUND}"
        label = Labels(cases[name]).node(answer["leader"]).strip("“”")
        low, high = (float("nan") if end is None else end for end in row["interval"])
        posterior = float("nan") if row["posterior"] is None else row["posterior"]
        rows.add(f"{cases[name].title}\n{name}", percent(posterior), number_range(low, high), last=label + mark)
    show(rows)
