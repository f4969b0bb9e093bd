"""`falseflag batch`: many cases, each answered as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, Chains, Dask, Draws, Seed, Tune, print_json
from falseflag.cli.sample import Engine
from falseflag.settings import DEFAULTS


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
    from falseflag.run_folder.ours import BATCH, check_output  # noqa: PLC0415
    from falseflag.run_folder.replace import replacing  # noqa: PLC0415
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
        from falseflag.terminal.sweep import show_cases  # noqa: PLC0415

        show_cases(found)
    if not found.is_sound:
        raise typer.Exit(1)
