"""`falseflag sweep` and `batch`: many answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, CaseFile, Chains, Dask, Draws, Seed, Tune, print_json
from falseflag.cli.sample import Engine
from falseflag.settings import DEFAULTS


def sweep(  # noqa: PLR0913, PLR0917
    case: CaseFile,
    vary: Annotated[
        list[str],
        typer.Option(
            help="What, by its keys in the case file, and =from:to:count (maybe :log), =a list, or no values for its "
            "own range. With --random also all, priors or judgements. May be repeated.",
            show_default=False,
        ),
    ],
    random: Annotated[
        int | None, typer.Option(min=2, help="Draw this many runs at random, in place of a grid.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for sweep.csv and the figure; an interrupted sweep continues there.", show_default=False
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="exact: ten thousands of runs a second; nuts: about a second a run.")
    ] = Engine.exact,
    draws: Annotated[int, typer.Option(min=100, max=1_000_000, help="For nuts, in each chain.")] = DEFAULTS.draws,
    tune: Annotated[int, typer.Option(min=100, max=1_000_000, help="For nuts, in each chain.")] = DEFAULTS.tune,
    chains: Annotated[int, typer.Option(min=1, max=64, help="For nuts.")] = DEFAULTS.chains,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same runs.")] = DEFAULTS.seed,
    dask: Dask = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Answer a case over many values of its priors and judgements, and report who leads where.

    For instance: --vary hypotheses.ukraine.prior=1:10:20 --vary indicators.earlier_drones.likelihood.others=.2,.5,.8;
    or --vary all --random 10000.
    """
    from falseflag.run_folder.replace import SWEEP, check_output  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415

    loaded = falseflag.load(case)
    if out is not None:
        check_output(out, SWEEP)
    store = None if out is None else out / SWEEP.store
    with counting("answering", quiet=as_json) as progress:
        found = falseflag.sweep(
            loaded,
            vary,
            random=random,
            engine=engine.value,
            store=store,
            dask=dask,
            progress=progress,
            draws=draws,
            tune=tune,
            chains=chains,
            seed=seed,
        )
    if out is not None:
        from falseflag.run_folder.write import write_sweep  # noqa: PLC0415  (takes matplotlib along)

        with counting("writing", quiet=as_json) as progress:
            write_sweep(found, out, progress)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_sweep  # noqa: PLC0415

        show_sweep(found)
    if not found.is_sound:
        raise typer.Exit(1)


def batch(  # noqa: PLR0913, PLR0917
    cases: Annotated[list[Path], typer.Argument(metavar="CASE CASE…", help="Case files.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for cases.csv; an interrupted batch continues there.", show_default=False),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="nuts: sampled and compared with the exact answer; exact: at once.")
    ] = Engine.nuts,
    draws: Draws = DEFAULTS.draws,
    tune: Tune = DEFAULTS.tune,
    chains: Chains = DEFAULTS.chains,
    seed: Seed = DEFAULTS.seed,
    dask: Dask = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Answer many cases, on Dask workers if asked, continuing where a batch was interrupted."""
    from falseflag.run_folder.replace import BATCH, check_output, replacing  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415

    loaded = {str(path): falseflag.load(path) for path in cases}
    if out is not None:
        check_output(out, BATCH)
    store = None if out is None else out / BATCH.store
    with counting("answering", quiet=as_json) as progress:
        found = falseflag.batch(
            loaded,
            engine=engine.value,
            store=store,
            dask=dask,
            progress=progress,
            draws=draws,
            tune=tune,
            chains=chains,
            seed=seed,
        )
    if out is not None:
        with replacing(out, BATCH) as stage:
            found.write_csv(stage / "cases.csv")
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_cases  # noqa: PLC0415

        show_cases(found)
    if not found.is_sound:
        raise typer.Exit(1)
