"""Arguments that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

CaseFile = Annotated[Path, typer.Argument(metavar="CASE", help="The case file (YAML).", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output, and nothing else there.")]


def print_json(content: Any) -> None:  # noqa: ANN401  (whatever JSON can hold)
    """Print what a program is to read."""
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False))
