"""`falseflag batch`: many cases, each answered as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, Chains, Dask, Draws, Seed, Tune, print_json
from falseflag.cli.sample import Engine
from falseflag.settings import DEFAULTS, Settings


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
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.run_folder.ours import BATCH, check_output  # noqa: PLC0415
    from falseflag.run_folder.replace import replacing  # noqa: PLC0415
    from falseflag.sweep.many import answer_cases, write_cases  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415

    loaded = {str(path): load(path) for path in cases}
    if out is not None:
        check_output(out, BATCH)
    settings = Settings(draws=draws, tune=tune, chains=chains, seed=seed)
    store = None if out is None else out / BATCH.store
    with counting("answering", quiet=as_json) as progress:
        found = answer_cases(loaded, engine.value, settings, store=store, dask=dask, progress=progress)
    if out is not None:
        with replacing(out, BATCH) as stage:
            write_cases(found, stage / "cases.csv")
    if as_json:
        print_json(found)
    else:
        from falseflag.terminal.sweep import show_cases  # noqa: PLC0415

        show_cases(loaded, found)
    if not all(answer["sound"] for answer in found.values()):
        raise typer.Exit(1)
