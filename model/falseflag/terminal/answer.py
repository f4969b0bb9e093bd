"""What a run shows in the terminal: the exact answer at once, progress, then the answer with its checks."""

from __future__ import annotations

from rich.text import Text

from falseflag.answer import NOT_SOUND, Answer, failed
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
from falseflag.terminal.console import Figures, heading, progress, show, verdict
from falseflag.wording import number_range, percent


def live_sample(case: Case, engine: Engine, settings: Settings) -> Answer:
    """Sample with everything shown as it comes: results on standard output, progress on standard error."""
    heading(case.title, case.question)
    with progress() as tell:
        answer = sample(
            case,
            engine,
            settings,
            progress=tell,
            on_exact=lambda exact: _show_exact(case, exact) if engine == "nuts" else None,
        )
    show_answer(answer)
    return answer


def _show_exact(case: Case, exact: ExactPosterior) -> None:
    best = max(zip(case.leaves, exact.leaves, strict=True), key=lambda pair: pair[1])
    show(f"Exact answer: {best[0].label} {best[1]:.1%} ({term_of(float(best[1]))}). Sampling follows.")


def show_answer(answer: Answer) -> None:
    """Print an answer: the table, what mattered, and the verdict of the checks."""
    if not answer.is_sound:
        show(verdict(NOT_SOUND, good=False))
    show(hypotheses_table(answer), *short_form(answer))
    for check in answer.checks:
        show(verdict("passed " if check.passed else "FAILED ", good=check.passed) + Text(check.message, style=""))
    if not answer.is_sound:
        names = ", ".join(check.name for check in failed(answer.checks))
        show(verdict(f"{NOT_SOUND} Failed: {names}.", good=False))


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


def hypotheses_table(answer: Answer) -> Figures:
    """Lay out one row for each hypothesis."""
    numbers = ("prior", "posterior", "90 %", "exact")
    made = Figures("" if answer.is_sound else NOT_SOUND, "hypothesis", numbers, "in words, and the interval")
    for row in answer.rows:
        touched = row.words_touched
        span = touched[0] if len(touched) == 1 else f"{touched[0]} to {touched[-1]}"
        figures = (percent(row.prior), percent(row.posterior), number_range(*row.interval), percent(row.exact))
        words = Text.assemble(row.words, ("" if span == row.words else f"\n{span}", "dim not bold"))
        made.add(row.label, *figures, last=words, depth=row.depth, style="" if row.depth else "bold")
    return made
