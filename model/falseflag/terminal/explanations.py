"""Explanations in a terminal: sentences first, then the figures that they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from falseflag.case.model import Case
from falseflag.explain.analysis import RULED_OUT
from falseflag.explain.confidence import Confidence
from falseflag.explain.explanation import Explanation
from falseflag.explain.replay import Stage
from falseflag.explain.sentences import Labels, dotted, find_out, replayed
from falseflag.explain.value_of_information import Prospect
from falseflag.explain.weights import Weight
from falseflag.inference.result import NOT_SOUND
from falseflag.terminal.layout import add, heading, sentences, table
from falseflag.terminal.learned import show_learned
from falseflag.wording import percent

if TYPE_CHECKING:
    from falseflag.explain.compare import Comparison
    from falseflag.explain.robustness import Robustness
    from falseflag.sensitivity import PowerScaling

MOST_TIPS = 12

SHOWN_ERROR = 0.05
"""Decibans of standard error from which it is mentioned."""


def show_explanation(console: Console, case: Case, found: Explanation, grounds: Confidence) -> None:
    """Show what the answer rests on."""
    labels, weights = Labels(case), found.weights
    heading(console, case.title)
    if not found.is_sound:
        console.print(Text(NOT_SOUND, style="bold red"))
        sentences(console, (check.message for check in found.checks if not check.passed))
    sentences(console, (*found.sentences, grounds.sentence))
    sides = f"{labels.set(weights.for_)} against {labels.set(weights.against)}"
    columns = ("weight", "90 %", "all the rest", "without it")
    made = table(f"Decibans for {sides}, and against all the rest", "evidence", columns)
    add(made, "prior odds", _db(weights.prior_db), "", _db(found.shapley.prior_db), "")
    items = [row for row in found.without if row.kind in {"indicator", "group"}]
    for row, share, without in zip(weights.rows, found.shapley.rows, items, strict=True):
        span = "" if row.interval is None else f"{_db(row.interval[0])} … {_db(row.interval[1])}"
        name = labels.factor(row.factor, is_group=row.is_group)
        shown = percent(without.posterior[weights.for_]) if weights.for_ in without.posterior else ""
        add(made, name, _weight(row), span, _weight(share), shown)
    add(made, "posterior odds", _db(weights.posterior_db), "", _db(found.shapley.posterior_db), "", style="bold")
    console.print(made)
    errors = [row.error for row in (*weights.rows, *found.shapley.rows)]
    if max(errors, default=0.0) >= SHOWN_ERROR:
        sentences(console, [f"Weights are estimated, with a standard error of up to {max(errors):.2f} dB."])
    show_learned(console, case, found.learned)


def _db(value: float) -> str:
    """Format decibans; a thousand stands for a side that is ruled out."""
    if abs(value) >= RULED_OUT / 2:
        return "rules out" if value > 0 else "ruled out"
    return f"{round(value, 1) + 0.0:+.1f}"  # no minus before 0.0


def _weight(row: Weight) -> str:
    return f"{_db(row.db)} *" if row.ruled_out and abs(row.db) < RULED_OUT / 2 else _db(row.db)


def show_robustness(console: Console, case: Case, found: Robustness) -> None:
    """Show what would overturn the answer."""
    labels = Labels(case)
    heading(console, case.title)
    sentences(console, found.sentences)
    made = table("What would change the leader, nearest first", "judgement", ("written", "tips at", "odds ×"), "to")
    tips = [row for row in found.tipping if row.tips_at is not None]
    for row in sorted(tips, key=lambda row: row.odds_factor or math.inf)[:MOST_TIPS]:
        figures = (f"{row.written:.3g}", f"{row.tips_at:.3g}", f"{row.odds_factor:.3g}")
        add(made, dotted(row.what), *figures, labels.node(row.new_leader or ""))
    if tips:
        console.print(made)
    answer = found.dependence
    made = table("With all correlations", "hypothesis", ("at 0", "as written", "at 0.99"))
    for leaf in case.leaves:
        shown = (answer.none[leaf.name], answer.as_written[leaf.name], answer.full[leaf.name])
        add(made, labels.node(leaf.name), *(percent(p) for p in shown))
    console.print(made)


def show_power_scaling(console: Console, case: Case, rows: Sequence[PowerScaling]) -> None:
    """Show what a little more weight on priors, judgements or evidence would do."""
    made = table("Sensitivity to power-scaling", "hypothesis", ("weights", "judgements", "evidence"), "warning")
    for row in rows:
        shown = (f"{row.weights:.3f}", f"{row.judgements:.3f}", f"{row.evidence:.3f}")
        add(made, Labels(case).node(row.node), *shown, row.warning)
    if rows:
        console.print(made)


def show_prospects(console: Console, case: Case, rows: Sequence[Prospect]) -> None:
    """Show what to find out next."""
    labels = Labels(case)
    heading(console, case.title, find_out(case, rows))
    made = table("", "to find out", ("bits",), "what may come out, and who leads then")
    for row in rows:
        name = labels.circumstance(row.name) if row.is_circumstance else labels.indicator(row.name)
        leads = [
            f"{outcome.value} ({percent(outcome.p)}): {labels.node(outcome.leader)} "
            f"{percent(outcome.posterior[outcome.leader])}"
            for outcome in row.outcomes
            if outcome.p > 0
        ]
        add(made, name, f"{row.bits:.3f}", "; ".join(leads))
    if rows:
        console.print(made)


def show_replay(console: Console, case: Case, stages: Sequence[Stage]) -> None:
    """Show how the answer changed as evidence came in."""
    labels = Labels(case)
    heading(console, case.title, replayed(case, stages))
    tops = case.hypotheses
    made = table("", "as of", [str(number) for number in range(1, len(tops) + 1)])
    for stage in stages:
        add(made, stage.date or "the start", *(percent(stage.posterior[node.name]) for node in tops))
    console.print(made)
    sentences(console, (f"{number}: {labels.node(node.name)}" for number, node in enumerate(tops, 1)))
    for stage in stages:
        if stage.added:
            new = "; ".join(labels.indicator(name) for name in stage.added)
            sentences(console, [f"New {stage.date or 'at the start'}: {new}"])


def show_comparison(console: Console, cases: Sequence[Case], found: Comparison) -> None:
    """Show several cases side by side, and what makes them disagree."""
    from falseflag.explain.words_compared import disagreed  # noqa: PLC0415

    heading(console, *(f"{number}  {title}" for number, title in enumerate(found.titles, 1)))
    known = {node.name: "  " * node.name.count(".") + node.label for case in reversed(cases) for node in case.nodes}
    pools = [pool for pool in (found.linear, found.logarithmic) if pool is not None]
    names = [str(number) for number in range(1, len(cases) + 1)] + ["linear pool", "log pool"][: len(pools)]
    made = table("", "hypothesis", names)
    for node, values in found.posterior.items():
        shown = [math.nan if p is None else p for p in values] + [pool[node] for pool in pools]
        add(made, known[node], *(percent(p) for p in shown), style="" if "." in node else "bold")
    console.print(made)
    for case, row in zip(cases[1:], found.disagreements, strict=True):
        sentences(console, [disagreed(cases[0], case, row)])
        for share in () if row is None else row.shares:
            what, before, after = dotted(share.difference.what), share.difference.first, share.difference.second
            sentences(console, [f"  {share.db:+6.1f} dB  {what}: {before} → {after}"])
