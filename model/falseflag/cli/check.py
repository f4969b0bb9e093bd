"""`falseflag check`: tell every error in case files and records, and do nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from falseflag.errors import CaseError, RequestError


def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="Case files (YAML), or records of resolved cases (CSV).", show_default=False
        ),
    ],
) -> None:
    """Tell every error in the files, each with its line, its rule and where it helps a suggestion."""
    from falseflag.diagnostics import visible  # noqa: PLC0415  (what it needs is not loaded for --help)

    bad = 0
    for file in files:
        shown = visible(str(file), limit=1000)
        try:
            found = _contents(file)
        except CaseError as error:
            typer.echo(error, err=True)
            bad += 1
        except RequestError as error:  # too large to be answered
            typer.echo(f"{shown}:1: {error}", err=True)
            bad += 1
        else:
            typer.echo(f"{shown}: fine ({found})")
    if bad:
        raise typer.Exit(CaseError.exit_code)


def _contents(file: Path) -> str:
    """Read a file and say what is in it."""
    if file.suffix.lower() == ".csv":
        from falseflag.record import read_record  # noqa: PLC0415  (a case needs none of it)

        record = read_record(file)
        return f"{len(record)} incident{'s' * (len(record) != 1)}, {len(record.indicators)} indicators"
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.size import check_size  # noqa: PLC0415

    case = load(file)
    check_size(case)
    return f"{len(case.leaves)} hypotheses, {len(case.indicators)} indicators"
