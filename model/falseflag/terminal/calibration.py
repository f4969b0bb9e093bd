"""A calibration in a terminal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from falseflag.calibrate.quantities import KINDS
from falseflag.calibrate.result import ALARM, Calibration
from falseflag.terminal.layout import add, heading, sentences, table

MOST_FAILED = 10
"""Failed tests that are listed."""

OTHERS = {"given": "hypotheses given a probability, and the share that is true", "interval": "90 % intervals"}


def with_progress(calibrate: Callable[[Callable[[int, int], None]], Calibration]) -> Calibration:
    """Run a calibration with its progress on standard error."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("making up and answering incidents", total=None)
        return calibrate(lambda done, total: bars.update(task, completed=done, total=total))


def show_calibration(console: Console, found: Calibration) -> None:
    """Show the verdict, then what it comes from."""
    heading(console, found.case.title)
    console.print(Text(found.sentence, style="green" if found.passed else "bold red"))
    made = table("Against uniform, or against what was promised", "what", ("tests", "failed", "least p"))
    for kind, words in (*KINDS.items(), *OTHERS.items()):
        tests = [verdict for verdict in found.tests if verdict.kind == kind]
        if tests:
            failed = sum(not verdict.passed for verdict in tests)
            least = min(verdict.p_value for verdict in tests)
            add(made, words, str(len(tests)), str(failed), f"{least:.2g}", style="bold red" if failed else "")
    console.print(made)
    sentences(
        console,
        [f"A test fails below p = {found.alarm:.2g}: so a right program fails at most {100 * ALARM:g} % of the time."],
    )
    for verdict in found.failed[:MOST_FAILED]:
        sentences(console, [f"Failed: {verdict}, p = {verdict.p_value:.1g}, seen {verdict.value:.3g}"])
    console.print(_reliability(found))
    _show_rest(console, found)


def _reliability(found: Calibration) -> object:
    made = table("Hypotheses by the probability they were given", "given", ("number", "mean", "true", "usual, 90 %"))
    for each in found.bins:
        if each.count:
            usual = f"{100 * each.usual[0]:.1f} to {100 * each.usual[1]:.1f} %"
            shares = (f"{100 * each.predicted:.1f} %", f"{100 * each.observed:.1f} %")
            add(made, f"{100 * each.low:.0f} to {100 * each.high:.0f} %", str(each.count), *shares, usual)
    return made


def _show_rest(console: Console, found: Calibration) -> None:
    for score in found.scores:
        than = f"of the prior alone {score.prior:.4f}: better by {score.gain:.4f} ± {score.error:.4f}."
        sentences(console, [f"{score.name} score {score.posterior:.4f}, {than}"])
    if not np.isnan(found.coverage).all():
        shares = f"{np.nanmin(found.coverage):.1%} to {np.nanmax(found.coverage):.1%}"
        sentences(console, [f"The hypotheses' 90 % intervals held the truth in {shares} of the incidents."])
    failures = ", ".join(f"{name} in {count}" for name, count in found.failures.items()) or "none"
    sentences(console, [f"Checks that failed among {found.replicates} answers: {failures}."])
