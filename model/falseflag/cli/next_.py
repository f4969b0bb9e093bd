"""`falseflag next`: what to find out next."""

from __future__ import annotations

from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, CaseFile, print_json


def next_(
    case: CaseFile,
    about: Annotated[
        str | None,
        typer.Option(
            help="Hypothesis, proposition or condition in question; by default, which leaf is true.",
            show_default=False,
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Rank unknown indicators and circumstances by the information expected from finding out about them."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415
    from falseflag.explain.value_of_information import value_of_information  # noqa: PLC0415

    loaded = load(case)
    rows = value_of_information(Analysis.of(loaded), about)
    if as_json:
        print_json([row.as_dict() for row in rows])
    else:
        from falseflag.terminal.explanations import show_prospects  # noqa: PLC0415

        show_prospects(loaded, rows)
