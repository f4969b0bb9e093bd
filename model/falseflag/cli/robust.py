"""`falseflag robust`: what would overturn the answer."""

from __future__ import annotations

from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, CaseFile, print_json


def robust(
    case: CaseFile,
    for_: Annotated[
        str | None,
        typer.Option("--for", help="Hypothesis that is to lead; by default the runner-up.", show_default=False),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what would overturn the answer: tipping points, least change of mind, dependence, other priors."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain import robustness  # noqa: PLC0415
    from falseflag.explain.evidence import Evidence  # noqa: PLC0415

    loaded = load(case)
    found = robustness.robust(Evidence.of(loaded), loaded, for_)
    if as_json:
        print_json(found.as_dict())
    else:
        from rich.console import Console  # noqa: PLC0415

        from falseflag.terminal.explanations import show_robustness  # noqa: PLC0415

        show_robustness(Console(), loaded, found)
