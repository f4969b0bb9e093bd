"""`falseflag sample`: from a case file to a checked posterior."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, CaseFile, Chains, Draws, Seed, Tune, print_json
from falseflag.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from falseflag.inference.result import Answer


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
    as_json: AsJson = False,
) -> None:
    """Compute the posterior probabilities of a case's hypotheses, check them and print them."""
    loaded = falseflag.load(case)
    if out is not None:
        from falseflag.run_folder.replace import RUN, check_output  # noqa: PLC0415

        check_output(out, RUN)
    settings = Settings(draws=draws, tune=tune, chains=chains, seed=seed)
    if as_json:
        answer = falseflag.sample(loaded, engine=engine.value, draws=draws, tune=tune, chains=chains, seed=seed)
    else:
        from falseflag.terminal.answer import live_sample  # noqa: PLC0415

        answer = live_sample(loaded, engine.value, settings)
    _tell(answer, out, as_json=as_json)
    if not answer.is_sound:
        raise typer.Exit(1)


def _tell(answer: Answer, out: Path | None, *, as_json: bool) -> None:
    """Write an answer and print it as JSON, as far as that was asked for; where no table is shown, say what fails."""
    says = None
    if out is not None:
        from falseflag.run_folder.write import write_run  # noqa: PLC0415

        says = write_run(answer, out)
    if as_json:
        print_json(says or answer.to_dict())
        if not answer.is_sound:
            names = ", ".join(check.name for check in answer.checks if not check.passed)
            typer.echo(f"A check failed ({names}): do not rely on this answer.", err=True)
    elif out is not None:
        typer.echo(f"Written to {out}; open {out / 'report.html'} in a browser.", err=True)
