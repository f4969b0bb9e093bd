"""`falseflag verify`, `calibrate`, `backtest` and `learn`: can answers be relied on, and what does the record teach?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, CaseFile, Dask, print_json
from falseflag.cli.sample import Engine
from falseflag.settings import DEFAULTS


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that a run wrote.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Answer a run's case again from what the folder holds, and say whether the numbers agree.

    Exit code 1 if they do not, if a file is missing or was changed, or if a check of the run failed when it was made:
    its numbers may be the same, but are not to be relied on.
    """
    found = falseflag.verify(folder)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_verification  # noqa: PLC0415

        show_verification(found)
    if not found.is_sound:
        raise typer.Exit(1)


def calibrate(  # noqa: PLR0913, PLR0917
    case: CaseFile,
    replicates: Annotated[
        int | None,
        typer.Option(
            min=10, max=100_000, help="Incidents to simulate; by default 1000, with nuts 200.", show_default=False
        ),
    ] = None,
    engine: Annotated[Engine, typer.Option(help="The engine that answers them.")] = Engine.exact,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for calibration.json, the plots, and replicates to continue from.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same incidents.")] = DEFAULTS.seed,
    dask: Dask = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Simulate incidents from the case's prior, answer each, and compare the answers with the truth."""
    from falseflag.run_folder.replace import CALIBRATION, check_output  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415

    loaded = falseflag.load(case)
    if out is not None:
        check_output(out, CALIBRATION)
    store = None if out is None else out / CALIBRATION.store
    with counting("simulating and answering incidents", quiet=as_json) as progress:
        found = falseflag.calibrate(
            loaded, engine=engine.value, replicates=replicates, seed=seed, store=store, dask=dask, progress=progress
        )
    if out is not None:
        from falseflag.run_folder.write import write_calibration  # noqa: PLC0415  (takes matplotlib along)

        write_calibration(found, out)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.validation import show_calibration  # noqa: PLC0415

        show_calibration(found)
    if not found.is_sound:
        raise typer.Exit(1)


def backtest(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="Resolved cases (CSV).", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Write the report to OUT.md, its figures and answers to the folder OUT.", show_default=False),
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(help="A case that learns from the record, answered with it and without.", show_default=False),
    ] = None,
    *,
    sampled: Annotated[
        bool, typer.Option("--sampled/--quick", help="With the hierarchical model (minutes), or without.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Answer every resolved case by models that have not seen it, and score the answers.

    A run with --out that was interrupted continues where it stopped.
    """
    from falseflag.record import read_record  # noqa: PLC0415
    from falseflag.run_folder.replace import BACKTEST, check_output  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415
    from falseflag.terminal.validation import show_scores  # noqa: PLC0415
    from falseflag.validation.backtest import load_learner, review  # noqa: PLC0415

    resolved = read_record(record)
    learning = None if case is None else load_learner(case, resolved)
    if out is not None:
        check_output(out, BACKTEST)
    store = None if out is None or not sampled else out / BACKTEST.store
    with counting("fitting without each incident", quiet=as_json or not sampled) as progress:
        found = review(resolved, sampled=sampled, store=store, progress=progress)
    if out is not None:
        from falseflag.run_folder.write import write_backtest  # noqa: PLC0415

        typer.echo(f"written to {write_backtest(found, out, learning)}", err=True)
    if as_json:
        print_json(found.to_dict())
    else:
        show_scores(found)
    if not found.is_sound:
        typer.echo("A fit of the hierarchical model failed a check; its answers are not to be relied on.", err=True)
        raise typer.Exit(1)


def learn(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="Resolved cases (CSV).", show_default=False)],
) -> None:
    """Fit the hierarchical model, and write its rates beside the record for `learn: {model: hierarchical}`."""
    from falseflag.errors import SamplerError  # noqa: PLC0415
    from falseflag.hierarchical.model import learned_rates  # noqa: PLC0415
    from falseflag.provenance import NUTS_PACKAGES, versions_of  # noqa: PLC0415
    from falseflag.record import read_record  # noqa: PLC0415
    from falseflag.record.rates import as_json, is_as_written, path_beside  # noqa: PLC0415
    from falseflag.run_folder.replace import check_file, replacing_file  # noqa: PLC0415
    from falseflag.terminal.console import progress  # noqa: PLC0415

    resolved = read_record(record)
    path = Path(path_beside(str(record)))
    check_file(path, is_as_written)
    with progress() as update:
        update("fitting the hierarchical model", 0.0)
        rates, fit = learned_rates(resolved)
    for check in fit.checks:
        typer.echo(f"{'passed' if check.passed else 'FAILED'}  {check.name}: {check.message}", err=True)
    if not fit.is_sound:
        raise SamplerError("A check of the fit failed; nothing was written.")
    more = {"checks": [asdict(check) for check in fit.checks], "versions": versions_of(NUTS_PACKAGES)}
    with replacing_file(path, is_as_written) as partial:
        partial.write_text(as_json(resolved, rates, more), encoding="utf-8")
    typer.echo(f"wrote {path}")
