"""`falseflag sample`: from a case file to a checked posterior."""

from __future__ import annotations

import enum
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from falseflag.cli.arguments import AsJson, CaseFile, Chains, Draws, Seed, Tune, print_json
from falseflag.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from falseflag.explain.findings import Findings
    from falseflag.inference.exact.posterior import ExactPosterior
    from falseflag.inference.nuts.apart import Apart
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
        answer, prepared = _answered(case, out, engine, settings, apart, as_json=as_json)
    says = None
    if out is not None:
        from falseflag.run_folder.write import write_run  # noqa: PLC0415

        says = write_run(answer, out, prepared=prepared, png=png)
    _tell(answer, out, says, as_json=as_json)
    if not answer.is_sound:
        raise typer.Exit(1)


def _process(engine: Engine) -> AbstractContextManager[Apart | None]:
    """Start the process that samples, before all else: it takes more than a second to get ready."""
    if engine is Engine.exact:
        return nullcontext()
    from falseflag.inference.nuts.apart import Apart  # noqa: PLC0415

    return Apart()


def _answered(  # noqa: PLR0913
    path: Path, out: Path | None, engine: Engine, settings: Settings, apart: Apart | None, *, as_json: bool
) -> tuple[Answer, Prepared | None]:
    """Answer a case; where a folder is to be written, have the report prepared while the sampler is at work."""
    from falseflag.case.loader import load  # noqa: PLC0415

    case = load(path)
    if out is not None:
        from falseflag.run_folder.ours import RUN, check_output  # noqa: PLC0415

        check_output(out, RUN)
    prepared: list[Prepared] = []

    def prepare(exact: ExactPosterior, found: Findings | None = None) -> None:
        from falseflag import report  # noqa: PLC0415
        from falseflag.explain.findings import Findings  # noqa: PLC0415
        from falseflag.run_folder import write  # noqa: F401, PLC0415  (takes a second, while there is time)

        prepared.append(report.prepare(found or Findings(case, exact)))
        if apart is not None:
            import arviz  # noqa: F401, PLC0415  (the figures of chains are drawn with it)

    if as_json:
        from falseflag.sampling import sample  # noqa: PLC0415

        answer = sample(case, engine.value, settings, meanwhile=None if out is None else prepare, apart=apart)
    else:
        from falseflag.terminal.answer import live_sample  # noqa: PLC0415

        answer = live_sample(case, engine.value, settings, meanwhile=None if out is None else prepare, apart=apart)
    return answer, prepared[0] if prepared else None


def _tell(answer: Answer, out: Path | None, says: dict[str, Any] | None, *, as_json: bool) -> None:
    """Print an answer as JSON, or where it was written; where no table is shown, say what fails."""
    from falseflag.inference.checks import failed  # noqa: PLC0415

    if as_json:
        print_json(says or answer.as_dict())
        if not answer.is_sound:
            names = ", ".join(check.name for check in failed(answer.checks))
            typer.echo(f"A check failed ({names}): do not rely on this answer.", err=True)
    elif out is not None:
        typer.echo(f"Written to {out}; open {out / 'report.html'} in a browser.", err=True)
