"""`falseflag new`: a commented case file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def new(
    name: Annotated[
        str, typer.Argument(help="Title or name of the case; the file is named after it.", show_default=False)
    ],
    folder: Annotated[Path, typer.Option("--in", help="Folder to write it in.")] = Path(),
    template: Annotated[str, typer.Option(help="What to start from: attack, cyber or incident.")] = "attack",
) -> None:
    """Write a commented starting file, which is a valid case. An existing file is never overwritten."""
    from falseflag.case.starter import stem_of, write_starter  # noqa: PLC0415

    path = write_starter(folder, stem_of(name), template, name)
    typer.echo(f"wrote {path}")
