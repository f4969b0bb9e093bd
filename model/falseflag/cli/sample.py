"""`falseflag sample`: from a case file to a checked posterior."""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import falseflag
from falseflag.cli.arguments import AsJson, CaseFile, Chains, Draws, Seed, Tune, print_json
from falseflag.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from falseflag.case.model import Case
    from falseflag.inference.nuts.apart import SamplerProcess
    from falseflag.inference.result import Answer
    from falseflag.report import Prepared


class Engine(enum.StrEnum):
    """The two engines."""

    nuts = "nuts"
    exact = "exact"


def sample(  # noqa: PLR0913, PLR0917
    case: CaseFile,
    out: Annotated[
        Path | None, typer.Option(help="Folder for draws, tables, plots and report.", show_default=False)
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="nuts: sampled and compared with the exact answer; exact: at once.")
    ] = Engine.nuts,
    draws: Draws = DEFAULTS.draws,
    tune: Tune = DEFAULTS.tune,
    chains: Chains = DEFAULTS.chains,
    seed: Seed = DEFAULTS.seed,
    *,
    png: Annotated[bool, typer.Option("--png", help="With --out: every figure as PNG, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compute the posterior probabilities of a case's hypotheses, check them and print them."""
    settings = Settings(draws=draws, tune=tune, chains=chains, seed=seed)
    with _process(engine) as apart:
        loaded = falseflag.load(case)
        if out is not None:
            from falseflag.run_folder.replace import RUN, check_output  # noqa: PLC0415

            check_output(out, RUN)
        answer, prepared = _answered(loaded, engine, settings, apart, with_report=out is not None, quiet=as_json)
    says = None
    if out is not None:
        from falseflag.run_folder.write import write_run  # noqa: PLC0415

        says = write_run(answer, out, prepared=prepared, png=png)
    _print(answer, out, says, as_json=as_json)
    if not answer.is_sound:
        raise typer.Exit(1)


def _process(engine: Engine) -> AbstractContextManager[SamplerProcess | None]:
    """Start the process that samples, before all else: it takes more than a second to get ready."""
    if engine is Engine.exact:
        return nullcontext()
    from falseflag.inference.nuts.apart import SamplerProcess  # noqa: PLC0415

    return SamplerProcess()


def _answered(  # noqa: PLR0913
    case: Case, engine: Engine, settings: Settings, apart: SamplerProcess | None, *, with_report: bool, quiet: bool
) -> tuple[Answer, Prepared | None]:
    if quiet and not with_report and apart is None:  # without what shows answers to people, and explains them
        return falseflag.sample(case, engine=engine.value, **asdict(settings)), None
    from falseflag.terminal.answer import live_sample  # noqa: PLC0415

    return live_sample(case, engine.value, settings, apart=apart, with_report=with_report, quiet=quiet)


def _print(answer: Answer, out: Path | None, says: dict[str, Any] | None, *, as_json: bool) -> None:
    """Print the answer as JSON, or say where it was written; with JSON, report failed checks on standard error."""
    if as_json:
        print_json(says or answer.to_dict())
        if not answer.is_sound:
            names = ", ".join(check.name for check in answer.checks if not check.passed)
            typer.echo(f"A check failed ({names}): do not rely on this answer.", err=True)
    elif out is not None:
        typer.echo(f"Written to {out}; open {out / 'report.html'} in a browser.", err=True)
