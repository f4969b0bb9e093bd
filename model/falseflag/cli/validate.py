"""`falseflag verify` and `calibrate`: can answers be relied on?"""

from __future__ import annotations

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
