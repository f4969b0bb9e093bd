"""What commands show of their results: sentences first, then the figures that they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from falseflag.batch.cases import Batch
from falseflag.case.model import Case
from falseflag.diagnostics import visible
from falseflag.explain.analysis import RULED_OUT
from falseflag.explain.explanation import Explanation, History, ValueOfInformation
from falseflag.explain.learned import Blend, Spread
from falseflag.explain.sentences import Labels, capitalised
from falseflag.explain.weights import Weight
from falseflag.inference.checks import Check
from falseflag.results import NOT_SOUND
from falseflag.run_folder.verify import SENTENCES, Compared, Verification
from falseflag.sweep import Sweep
from falseflag.sweep.record import target_label
from falseflag.terminal.console import Figures, heading, show, verdict
from falseflag.wording import COVERAGE, INTERVAL, decibans, dotted, number, number_range, percent

if TYPE_CHECKING:
    from falseflag.explain.compare import Comparison
    from falseflag.explain.robustness import Robustness
    from falseflag.sensitivity import PowerScaling

MOST_TIPS = 12

SHOWN_ERROR = 0.05
"""Decibans of standard error from which it is mentioned."""


def show_explanation(found: Explanation) -> None:
    """Show what the answer rests on."""
    case, weights = found.case, found.weights
    labels = Labels(case)
    heading(case.title)
    _show_failed(found.checks)
    show(*found.in_words())
    contrast = f"{labels.set(weights.for_)} against {labels.set(weights.against)}"
    columns = ("weight", COVERAGE, "all the rest", "without it")
    made = Figures(f"Decibans for {contrast}, and against all the rest", "evidence", columns)
    made.add("prior odds", _db(weights.prior_db), "", _db(found.shapley.prior_db), "")
    items = [row for row in found.without if row.kind in {"indicator", "group"}]
    for row, share, without in zip(weights.rows, found.shapley.rows, items, strict=True):
        span = "" if row.interval is None else f"{_db(row.interval[0])} to {_db(row.interval[1])}"
        name = labels.factor(row.factor, is_group=row.is_group)
        shown = percent(without.posterior[weights.for_]) if weights.for_ in without.posterior else ""
        made.add(name, _weight(row), span, _weight(share), shown)
    made.add("posterior odds", _db(weights.posterior_db), "", _db(found.shapley.posterior_db), "", style="bold")
    show(made)
    errors = [row.error for row in (*weights.rows, *found.shapley.rows)]
    if max(errors, default=0.0) >= SHOWN_ERROR:
        show(f"Weights are estimated, with a standard error of up to {max(errors):.2f} dB.")
    show_learned(case, found.learned)


def _show_failed(checks: Sequence[Check]) -> None:
    """Mark an answer that failed a check."""
    failed = [check.message for check in checks if not check.passed]
    if failed:
        show(verdict(NOT_SOUND, good=False), *failed)


def _db(value: float) -> str:
    """Format decibans; a thousand stands for a side that is ruled out."""
    if abs(value) >= RULED_OUT / 2:
        return "rules out" if value > 0 else "ruled out"
    return decibans(value)


def _weight(row: Weight) -> str:
    return f"{_db(row.db)} *" if row.ruled_out and abs(row.db) < RULED_OUT / 2 else _db(row.db)


def show_robustness(found: Robustness) -> None:
    """Show what would overturn the answer."""
    case = found.case
    labels = Labels(case)
    heading(case.title)
    _show_failed(found.checks)
    show(*found.sentences)
    made = Figures("What would change the leader, nearest first", "judgement", ("written", "tips at", "odds ×"), "to")
    tips = [row for row in found.tipping if row.tips_at is not None]
    for row in sorted(tips, key=lambda row: row.odds_factor or math.inf)[:MOST_TIPS]:
        figures = (f"{row.written:.3g}", f"{row.tips_at:.3g}", f"{row.odds_factor:.3g}")
        made.add(dotted(row.what), *figures, last=labels.node(row.new_leader or ""))
    if tips:
        show(made)
    answer = found.dependence
    made = Figures("With all correlations", "hypothesis", ("at 0", "as written", "at 0.99"))
    for leaf in case.leaves:
        shown = (answer.none[leaf.name], answer.as_written[leaf.name], answer.full[leaf.name])
        made.add(labels.node(leaf.name), *(percent(p) for p in shown))
    show(made)
    _show_power_scaling(case, found.power_scaling)


def _show_power_scaling(case: Case, rows: Sequence[PowerScaling]) -> None:
    """Show what a little more weight on priors, judgements or evidence would do."""
    made = Figures("Sensitivity to power-scaling", "hypothesis", ("weights", "judgements", "evidence"), "warning")
    for row in rows:
        shown = (f"{row.weights:.3f}", f"{row.judgements:.3f}", f"{row.evidence:.3f}")
        made.add(Labels(case).node(row.node), *shown, last=row.warning)
    if rows:
        show(made)


def show_value_of_information(found: ValueOfInformation) -> None:
    """Show what to find out next."""
    labels, rows = Labels(found.case), found.rows
    heading(found.title, *found.in_words())
    made = Figures("", "to find out", ("bits",), "what may come out, and who leads then")
    for row in rows:
        leads = [
            f"{outcome.value} ({percent(outcome.p)}): {labels.node(outcome.leader)} "
            f"{percent(outcome.posterior[outcome.leader])}"
            for outcome in row.outcomes
            if outcome.p > 0
        ]
        made.add(labels.unknown(row), f"{row.bits:.3f}", last="; ".join(leads))
    if rows:
        show(made)


def show_history(found: History) -> None:
    """Show how the answer changed as evidence came in."""
    labels, stages = Labels(found.case), found.stages
    heading(found.title, *found.in_words())
    tops = found.case.hypotheses
    made = Figures("", "as of", [node.label for node in tops])
    for stage in stages:
        made.add(stage.date or "the start", *(percent(stage.posterior[node.name]) for node in tops))
    show(made)
    for stage in stages:
        if stage.added:
            new = "; ".join(labels.indicator(name) for name in stage.added)
            show(f"New {stage.date or 'at the start'}: {new}")


def show_comparison(found: Comparison) -> None:
    """Show several cases side by side, and what makes them disagree."""
    heading(*(f"case {number}  {title}" for number, title in enumerate(found.titles, 1)))
    known = {node.name: node.label for case in reversed(found.cases) for node in case.nodes}
    pools = [pool for pool in (found.linear, found.logarithmic) if pool is not None]
    names = [f"case {number}" for number in range(1, len(found.cases) + 1)] + ["linear pool", "log pool"][: len(pools)]
    made = Figures("", "hypothesis", names)
    for node, values in found.posterior.items():
        shown = [math.nan if p is None else p for p in values] + [pool[node] for pool in pools]
        depth = node.count(".")
        made.add(known[node], *(percent(p) for p in shown), depth=depth, style="" if depth else "bold")
    show(made)
    for sentence, row in zip(found.in_words(), found.disagreements, strict=True):
        show(sentence)
        for share in () if row is None else row.shares:
            what, before, after = dotted(share.difference.what), share.difference.first, share.difference.second
            show(f"  {decibans(share.db):>6} dB  {what}: {before} → {after}")


def show_learned(case: Case, rows: Sequence[Blend]) -> None:
    """Show judgement, record and both of every linked statement; nothing where there is none."""
    if not rows:
        return
    labels = Labels(case)
    title = f"Likelihoods that learn from the record, in %: means and {COVERAGE} intervals; * where they conflict"
    heading(title)
    for indicator, statements in groupby(rows, key=lambda row: row.source.indicator):
        made = Figures(labels.indicator(indicator), "under", ("judgement", "record", "both", "so in", "p"))
        for row in statements:
            spreads = (_spread(row.judgement), _spread(row.record), _spread(row.both))
            made.add(labels.condition(row.source.condition), *spreads, row.count, _verdict(row))
        show(made)


def _spread(spread: Spread) -> str:
    return f"{number(spread.mean)} ({number_range(*spread.interval)})"


def _verdict(row: Blend) -> str:
    """Return p of the check for conflict, starred where there is one."""
    if row.is_fixed:
        return "fixed"
    return f"{row.conflict:.2g} *" if row.is_conflict else f"{row.conflict:.2f}"


# Sweeps and batches


MOST = 10
"""Judgements that are listed: those with the largest effects."""


def show_sweep(sweep: Sweep) -> None:
    """Print the sentences, the hypotheses, and what was varied."""
    heading(sweep.case.title, sweep.case.question)
    show(*sweep.sentences)
    labels = Labels(sweep.case)
    rows = Figures("", "hypothesis", ("as written", "leads in", f"{COVERAGE} of runs"))
    low, high = np.quantile(sweep.leaves, INTERVAL, axis=0)
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
    rows = Figures("", "case", ("leads with", COVERAGE), "who")
    cases = found.cases
    for name, answer in found.items():
        row = next(row for row in answer["hypotheses"] if row["name"] == answer["leader"])
        mark = "" if answer["sound"] else f"\n{NOT_SOUND}"
        label = Labels(cases[name]).node(answer["leader"]).strip("“”")
        low, high = (float("nan") if end is None else end for end in row["interval"])
        posterior = float("nan") if row["posterior"] is None else row["posterior"]
        rows.add(f"{cases[name].title}\n{name}", percent(posterior), number_range(low, high), last=label + mark)
    show(rows)


# Verification


def show_verification(found: Verification) -> None:
    """Print the numbers side by side, what else differs, and the verdict."""
    heading(_shown(found.title))
    made = Figures("", "hypothesis", ("recorded", "again", "largest difference"))
    for node in found.nodes:
        made.add(*_cells(node), style="" if node.agrees else "bold red")
    show(made)
    show(*(f"{_shown(line)}." for line in (*found.damaged, *found.contradicted)))
    for name, (then, here) in found.other_versions.items():
        was = f"was {then}" if then else "was not installed"
        show(_shown(f"{name} {was} then; {f'it is {here}' if here else 'it is not installed'} here."))
    if found.draws == "absent":
        show("The draws were not kept, so only the numbers drawn from them could be compared.")
    if found.edited:
        show("posterior.json is not, byte for byte, as it was written.")
    if found.foreign:
        show(f"Not of this run, and not looked at: {_shown(', '.join(found.foreign))}.")
    show(SENTENCES[found.verdict])
    if found.failed_checks:
        names = _shown(", ".join(found.failed_checks))
        show(f"A check of the run failed ({names}): do not rely on its answer, though it be reproduced.")


def _shown(text: str) -> str:
    """Return text of the run's files as a terminal may be given it."""
    return visible(text, limit=1000)


def _cells(node: Compared) -> tuple[str, ...]:
    def number(p: float | None) -> str:
        return "not known" if p is None else percent(p)

    return _shown(node.name), number(node.recorded), number(node.again), f"{node.difference:.2g}"
