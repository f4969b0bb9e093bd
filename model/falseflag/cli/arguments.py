"""Arguments that several commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

CaseFile = Annotated[
    Path,
    typer.Argument(metavar="CASE", help="A case file (YAML), or a case that comes with falseflag.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]

Draws = Annotated[int, typer.Option(min=100, max=1_000_000, help="Draws kept in each chain.")]
Tune = Annotated[int, typer.Option(min=100, max=1_000_000, help="Draws for tuning in each chain.")]
Chains = Annotated[int, typer.Option(min=1, max=64, help="Chains.")]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same draws.")]

Dask = Annotated[
    str | None,
    typer.Option(
        metavar="[ADDRESS]",
        help="Run on Dask: on the cores of this machine, or on the workers of a scheduler such as tcp://host:8786.",
        show_default=False,
    ),
]


def with_local_dask(arguments: Sequence[str]) -> list[str]:
    """Read a `--dask` that no address follows as `--dask local`."""
    after = [*arguments[1:], ""][: len(arguments)]
    return [
        "--dask=local" if word == "--dask" and following != "local" and "://" not in following else word
        for word, following in zip(arguments, after, strict=True)
    ]


def print_json(content: Any) -> None:  # noqa: ANN401  (whatever JSON can hold)
    """Print JSON for a program; characters that the encoding may lack, or that control a terminal, are escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"  # a program may take the text as it is
    text = json.dumps(content, indent=2, ensure_ascii=not encoding.lower().startswith("utf"), allow_nan=False)
    if not text.replace("\n", "").isprintable():  # only within strings: what a terminal would obey
        text = "".join(c if c == "\n" or c.isprintable() else json.dumps(c)[1:-1] for c in text)
    typer.echo(text)
