"""Explanations in a terminal: sentences first, then the figures that they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Console

from falseflag.case.model import Case
from falseflag.explain.collection import Prospect
from falseflag.explain.compare import Comparison
from falseflag.explain.confidence import Confidence
from falseflag.explain.explanation import Explanation
from falseflag.explain.labels import Labels, dotted
from falseflag.explain.replay import Stage
from falseflag.explain.robustness import Robustness
from falseflag.explain.words import find_out, replayed
from falseflag.explain.words_compared import disagreed
from falseflag.sensitivity import PowerScaling
from falseflag.terminal.layout import add, heading, sentences, table
from falseflag.terminal.learned import show_learned
from falseflag.wording import percent

MOST_TIPS = 12


def show_explanation(console: Console, case: Case, found: Explanation, grounds: Confidence) -> None:
    """Show what the answer rests on."""
    labels, weights = Labels(case), found.weights
    heading(console, case.title)
    sentences(console, (*found.sentences, grounds.sentence))
    sides = f"{labels.node(weights.for_)} against {labels.node(weights.against)}"
    columns = ("weight", "90 %", "Shapley", "without it")
    made = table(f"Decibans for {sides}; Shapley: against all the rest", "evidence", columns)
    add(made, "prior odds", f"{weights.prior_db:+.1f}", "", f"{found.shapley.prior_db:+.1f}", "")
    for row, share, without in found.factors:
        span = "" if row.interval is None else f"{row.interval[0]:+.1f} … {row.interval[1]:+.1f}"
        name = labels.factor(row.factor, is_group=row.is_group)
        add(made, name, f"{row.db:+.1f}", span, f"{share.db:+.1f}", percent(without.posterior[weights.for_]))
    add(
        made,
        "posterior odds",
        f"{weights.posterior_db:+.1f}",
        "",
        f"{found.shapley.posterior_db:+.1f}",
        "",
        style="bold",
    )
    console.print(made)
    show_learned(console, case, found.learned)


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
    made = table("", "to find out", ("bits", "present"), "who leads if present; if absent")
    for row in rows:
        leads = [
            f"{labels.node(leader)} {percent(nodes[leader])}"
            for leader, nodes in ((row.leader_if_present, row.if_present), (row.leader_if_absent, row.if_absent))
        ]
        add(made, labels.indicator(row.indicator), f"{row.bits:.3f}", percent(row.p_present), "; ".join(leads))
    if rows:
        console.print(made)


def show_replay(console: Console, case: Case, stages: Sequence[Stage]) -> None:
    """Show how the answer moved as evidence came in."""
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
