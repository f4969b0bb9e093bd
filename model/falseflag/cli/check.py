"""`falseflag check`: tell every mistake in case files, and do nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from falseflag.errors import CaseError


def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Case files (YAML).", show_default=False)],
) -> None:
    """Tell every mistake in the files, each with its line, its rule and where it helps a suggestion."""
    from falseflag.case.loader import load  # noqa: PLC0415

    bad = 0
    for file in files:
        try:
            case = load(file)
        except CaseError as error:
            typer.echo(error, err=True)
            bad += 1
        else:
            typer.echo(f"{file}: fine ({len(case.leaves)} hypotheses, {len(case.indicators)} indicators)")
    if bad:
        raise typer.Exit(CaseError.exit_code)
