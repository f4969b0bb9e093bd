"""What a run shows in the terminal: the exact answer at once, progress, then the answer with its checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from falseflag.case.model import Case
from falseflag.explain.findings import Findings
from falseflag.explain.learned import blends
from falseflag.explain.sentences import decided, find_out, learned_sentence, rests_on
from falseflag.inference.checks import failed
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.result import Answer, Row
from falseflag.results import NOT_SOUND
from falseflag.sampling import sample
from falseflag.scales import words as term_of
from falseflag.settings import Engine, Settings
from falseflag.terminal.console import Figures, heading, progress, show, verdict
from falseflag.wording import COVERAGE, number, number_range, percent

if TYPE_CHECKING:
    from falseflag.inference.nuts.apart import SamplerProcess
    from falseflag.report import Prepared

NUMBERS = ("prior", "posterior", COVERAGE)
"""Heads of the columns of figures."""

SURPRISING = 0.05
"""Share of simulated sets of reports below which the evidence is called unusual."""


def live_sample(  # noqa: PLR0913
    case: Case,
    engine: Engine,
    settings: Settings,
    *,
    apart: SamplerProcess | None = None,
    with_report: bool = False,
    quiet: bool = False,
) -> tuple[Answer, Prepared | None]:
    """Sample with everything shown as it comes: results on standard output, progress on standard error.

    Parameters
    ----------
    case, engine, settings, apart
        As `falseflag.sampling.sample` takes them.
    with_report : bool
        Prepare the report while the sampler is at work.
    quiet : bool
        Show nothing.

    Returns
    -------
    Answer, and Prepared or None
    """
    if not quiet:
        heading(case.title, case.question)
    found: list[Findings] = []
    prepared: list[Prepared] = []

    def explain(exact: ExactPosterior) -> None:
        found.append(Findings(case, exact))
        if with_report:
            prepared.append(_prepare(found[0], with_figures_of_chains=apart is not None))
        if not quiet:
            _ = (found[0].without, found[0].unknowns, found[0].confidence)  # made while there is time

    with progress(quiet=quiet) as update:
        answer = sample(
            case,
            engine,
            settings,
            progress=update,
            on_exact=lambda exact: _show_exact(case, exact) if engine == "nuts" and not quiet else None,
            meanwhile=explain,
            apart=apart,
        )
    if not quiet:
        show_answer(answer, found[0])
    return answer, prepared[0] if prepared else None


def _prepare(found: Findings, *, with_figures_of_chains: bool) -> Prepared:
    """Prepare a report, and import what is needed after sampling, which takes a second or two, while there is time."""
    from falseflag import report  # noqa: PLC0415
    from falseflag.run_folder import write  # noqa: F401, PLC0415

    prepared = report.prepare(found)
    if with_figures_of_chains:
        import arviz  # noqa: F401, PLC0415
    return prepared


def _show_exact(case: Case, exact: ExactPosterior) -> None:
    tops = [(node.label, exact.of_set(exact.problem.membership[node.name])) for node in case.hypotheses]
    label, probability = max(tops, key=lambda pair: pair[1])
    show(f"Exact answer: {label}, {percent(probability)} ({term_of(probability)}). Sampling follows.")


def show_answer(answer: Answer, found: Findings) -> None:
    """Print an answer: the tables, what mattered, and the verdict of the checks."""
    if not answer.is_sound:
        show(verdict(NOT_SOUND, good=False))
    show(hypotheses_table(answer), *other_tables(answer), *short_form(answer, found))
    for warning in answer.case.warnings:
        show(f"Warning: {warning}")
    for check in answer.checks:
        show(verdict("passed " if check.passed else "FAILED ", good=check.passed) + Text(check.message, style=""))
    if not answer.is_sound:
        names = ", ".join(check.name for check in failed(answer.checks))
        show(verdict(f"{NOT_SOUND} Failed: {names}.", good=False))


def short_form(answer: Answer, found: Findings) -> list[str]:
    """Return in words what the answer rests on, what decides it, what to find out next, and how sure one may be.

    What was learned from the record comes first, with warnings about what must not be read into it.
    """
    case = answer.case
    lines = (
        learned_sentence(case, blends(case)),
        rests_on(found.analysis, case, found.without),
        decided(case, answer.decides),
        find_out(case, found.unknowns),
        _surprised(answer),
        found.confidence.sentence,
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
        made = Figures("", "reliability of a source, in %", ("before", "now", COVERAGE))
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
