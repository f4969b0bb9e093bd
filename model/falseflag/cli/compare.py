"""`falseflag compare`: several analysts' cases side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, print_json


def compare(
    cases: Annotated[list[Path], typer.Argument(metavar="CASE CASE…", help="Two or more.", show_default=False)],
    for_: Annotated[
        str | None,
        typer.Option("--for", help="Hypothesis they disagree on; by default the first's leader.", show_default=False),
    ] = None,
    weight: Annotated[
        list[float] | None, typer.Option(help="Weight of each case in the pools, in order.", show_default=False)
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Compare cases or profiles: which judgements make them disagree, and what their answers are when pooled."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain import compare as comparing  # noqa: PLC0415

    loaded = [load(case) for case in cases]
    found = comparing.compare(loaded, for_, weight)
    if as_json:
        print_json(found.as_dict())
    else:
        from falseflag.terminal.explanations import show_comparison  # noqa: PLC0415

        show_comparison(loaded, found)
