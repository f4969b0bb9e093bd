"""What a run shows in the terminal: the exact answer at once, progress, then the answer with its checks."""

from __future__ import annotations

from rich.text import Text

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.confidence import confidence
from falseflag.explain.learned import blends
from falseflag.explain.leave_one_out import leave_one_out
from falseflag.explain.sentences import decided, find_out, learned_told, rests_on
from falseflag.explain.tipping import nearest, tipping
from falseflag.explain.value_of_information import value_of_information
from falseflag.inference.checks import failed
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import NOT_SOUND, Answer, Row
from falseflag.sampling import sample
from falseflag.scales import words as term_of
from falseflag.settings import Engine, Settings
from falseflag.terminal.console import Figures, heading, progress, show, verdict
from falseflag.wording import number, number_range, percent

NUMBERS = ("prior", "posterior", "90 %")
"""Heads of the columns of figures."""

SURPRISING = 0.05
"""Share of simulated sets of reports below which the evidence is called unusual."""


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
    tops = [(node.label, exact.of_set(exact.problem.membership[node.name])) for node in case.hypotheses]
    label, probability = max(tops, key=lambda pair: pair[1])
    show(f"Exact answer: {label}, {percent(probability)} ({term_of(probability)}). Sampling follows.")


def show_answer(answer: Answer) -> None:
    """Print an answer: the tables, what mattered, and the verdict of the checks."""
    if not answer.is_sound:
        show(verdict(NOT_SOUND, good=False))
    show(hypotheses_table(answer), *other_tables(answer), *short_form(answer))
    for warning in answer.case.warnings:
        show(f"Warning: {warning}")
    for check in answer.checks:
        show(verdict("passed " if check.passed else "FAILED ", good=check.passed) + Text(check.message, style=""))
    if not answer.is_sound:
        names = ", ".join(check.name for check in failed(answer.checks))
        show(verdict(f"{NOT_SOUND} Failed: {names}.", good=False))


def short_form(answer: Answer) -> list[str]:
    """Return in words what the answer rests on, what would overturn it, what to find out next, and how sure one may be.

    What a case learned comes first, with what no finding is to be made of.
    """
    case, analysis = answer.case, Analysis(answer.problem, answer.exact)
    tip = nearest(tipping(answer.exact, case))
    lines = (
        learned_told(case, blends(case)),
        rests_on(analysis, case, leave_one_out(analysis)),
        decided(case, answer.decides),
        find_out(case, value_of_information(analysis)),
        _surprised(answer),
        confidence(analysis, None if tip is None else tip.odds_factor).sentence,
    )
    return [line for line in lines if line]


def _surprised(answer: Answer) -> str:
    """Say that the evidence is unusual, where it is."""
    found = answer.surprise
    if found.p >= SURPRISING:
        return ""
    return (
        f"Evidence at least as improbable as this comes up in only {percent(found.p)} of incidents simulated from the "
        "case's own priors and likelihoods: the author may be somebody who is not on the list."
    )


def hypotheses_table(answer: Answer) -> Figures:
    """Lay out one row for each hypothesis."""
    made = Figures("" if answer.is_sound else NOT_SOUND, "hypothesis", NUMBERS, "in words, and the interval")
    for row in answer.rows:
        made.add(row.label, *_figures(row), last=_in_words(row), depth=row.depth, style="" if row.depth else "bold")
    return made


def other_tables(answer: Answer) -> list[Figures]:
    """Lay out circumstances and propositions, staging and sources, as far as the case has them."""
    case, tables = answer.case, []
    if answer.propositions or answer.circumstances:
        made = Figures("", "besides", NUMBERS, "in words, and the interval")
        for row in answer.propositions:
            made.add(row.label, *_figures(row), last=_in_words(row))
        for name, circumstance in case.circumstances.items():
            for row in (each for each in answer.circumstances if each.name == name):
                made.add(f"{circumstance.label}: {row.label}", *_figures(row), last=_in_words(row))
        tables.append(made)
    if answer.deception:
        made = Figures("", "evidence was staged by", NUMBERS, "in words, and the interval")
        for entry in answer.deception:
            made.add(entry.attempted.label, *_figures(entry.attempted), last=_in_words(entry.attempted))
        tables.append(made)
    uncertain = [row for row in answer.sources if row.interval[0] < row.interval[1]]
    if uncertain:
        made = Figures("", "reliability of a source, in %", ("before", "now", "90 %"))
        for source in uncertain:
            where = "" if source.condition == "others" else f" if {source.condition}"
            made.add(
                f"{source.label}{where}", number(source.prior), number(source.posterior), number_range(*source.interval)
            )
        tables.append(made)
    return tables


def _figures(row: Row) -> tuple[str, str, str]:
    return percent(row.prior), percent(row.exact), number_range(*row.interval)


def _in_words(row: Row) -> Text:
    touched = row.words_touched
    span = touched[0] if len(touched) == 1 else f"{touched[0]} to {touched[-1]}"
    note = "\neither near 0 or near 1: the interval leaves the answer out" if row.two_heaps else ""
    return Text.assemble(row.words, ("" if span == row.words else f"\n{span}", "dim not bold"), (note, "dim not bold"))
