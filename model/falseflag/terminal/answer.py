"""What a run shows in the terminal: the exact answer at once, progress, then the answer with its checks."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from falseflag.answer import NOT_SOUND, Answer, Row, failed
from falseflag.case.model import Case
from falseflag.exact.posterior import ExactPosterior
from falseflag.explain import words
from falseflag.explain.collection import prospects
from falseflag.explain.confidence import confidence
from falseflag.explain.evidence import Evidence
from falseflag.explain.learned import blends
from falseflag.explain.tipping import tipping
from falseflag.explain.without import without_factors
from falseflag.explain.words_learned import learned_told
from falseflag.sampling import sample
from falseflag.scales import words as term_of
from falseflag.settings import Engine, Settings
from falseflag.terminal.layout import sentences
from falseflag.wording import number_range, percent


def live_sample(case: Case, engine: Engine, settings: Settings) -> Answer:
    """Sample with everything shown as it comes: results on standard output, progress on standard error."""
    console, aside = Console(), Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console.print(Text(case.title, style="bold"))
    if case.question:
        console.print(Text(case.question))
    with Progress(*columns, console=aside, transient=True) as bars:
        answer = sample(
            case,
            engine,
            settings,
            progress=_shown_on(bars),
            on_exact=lambda exact: _show_exact(console, case, exact) if engine == "nuts" else None,
        )
    show(console, answer)
    return answer


def _shown_on(bars: Progress) -> Callable[[str, float], None]:
    tasks: dict[str, int] = {}

    def tell(stage: str, share: float) -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=1.0 if share else None)
        bars.update(tasks[stage], total=1.0 if share else None, completed=share)  # type: ignore[arg-type]

    return tell


def _show_exact(console: Console, case: Case, exact: ExactPosterior) -> None:
    best = max(zip(case.leaves, exact.leaves, strict=True), key=lambda pair: pair[1])
    console.print(Text(f"Exact answer: {best[0].label} {best[1]:.1%} ({term_of(float(best[1]))}). Sampling follows."))


def show(console: Console, answer: Answer) -> None:
    """Print an answer: the table, what mattered, and the verdict of the checks."""
    if not answer.is_sound:
        console.print(Text(NOT_SOUND, style="bold red"))
    console.print(hypotheses_table(answer))
    sentences(console, short_form(answer))
    for check in answer.checks:
        mark = Text("passed " if check.passed else "FAILED ", style="green" if check.passed else "bold red")
        console.print(mark + Text(check.message, style=""))
    if not answer.is_sound:
        names = ", ".join(check.name for check in failed(answer.checks))
        console.print(Text(f"{NOT_SOUND} Failed: {names}.", style="bold red"))


def short_form(answer: Answer) -> list[str]:
    """Say what the answer rests on, what would overturn it, what to find out next, and how sure one may be.

    What a case learned comes first, with what no finding is to be made of.
    """
    case, evidence = answer.case, Evidence(answer.problem, answer.exact)
    tips = tipping(evidence, case)
    lines = (
        learned_told(case, blends(case)),
        words.rests_on(evidence, case, without_factors(evidence)),
        words.tips(case, evidence.problem.leaves[evidence.leader], tips),
        words.find_out(case, prospects(evidence)),
        confidence(evidence, tips, answer.leader.interval).sentence,
    )
    return [line for line in lines if line]


def hypotheses_table(answer: Answer) -> Table:
    """Lay out one row for each hypothesis; it fits 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, caption=None if answer.is_sound else NOT_SOUND, pad_edge=False)
    table.add_column("hypothesis", ratio=1)
    for name in ("prior", "posterior", "90 %", "exact"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("in words, and what the interval touches", min_width=19, max_width=40)
    for row in answer.rows:
        table.add_row(*_cells(row), style="" if row.depth else "bold")
    return table


def _cells(row: Row) -> list[Text | Padding]:
    touched = row.words_touched
    span = touched[0] if len(touched) == 1 else f"{touched[0]} to {touched[-1]}"
    numbers = [percent(row.prior), percent(row.posterior), number_range(*row.interval), percent(row.exact)]
    return [
        Padding(Text(row.label), (0, 0, 0, 2 * row.depth)),
        *(Text(number) for number in numbers),
        Text.assemble(row.words, ("" if span == row.words else f"\n{span}", "dim not bold")),
    ]
