"""`falseflag new`: a commented case file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[str, typer.Argument(help="Name of the case; NAME.yaml is written.", show_default=False)],
    folder: Annotated[Path, typer.Option("--in", help="Folder to write it in.")] = Path(),
    template: Annotated[str, typer.Option(help="What to start from: attack, cyber or incident.")] = "attack",
) -> None:
    """Write a commented starting file, which is a valid case; never over a file that is there."""
    from falseflag.case.starter import write_starter  # noqa: PLC0415

    typer.echo(f"wrote {write_starter(folder, name, template)}")
