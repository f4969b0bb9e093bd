"""`falseflag new`: a commented case file to start from."""

from __future__ import annotations

import re
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
    from falseflag.case.starter import slug, write_starter  # noqa: PLC0415

    is_stem = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", name) is not None
    path = write_starter(folder, name if is_stem else slug(name), template, name)
    typer.echo(f"wrote {path}")
