"""`falseflag calibrate`: are the answers calibrated?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, CaseFile, Dask, print_json
from falseflag.cli.sample import Engine
from falseflag.settings import DEFAULTS


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
    from falseflag.run_folder.ours import CALIBRATION, check_output  # noqa: PLC0415
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
