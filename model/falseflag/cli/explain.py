"""`falseflag explain`: what the answer rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, CaseFile, print_json


def explain(
    case: CaseFile,
    for_: Annotated[
        str | None,
        typer.Option(
            "--for",
            help="Hypothesis, proposition or condition to explain; by default the leading top-level hypothesis.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="What to weigh it against, or others for all the rest; by default the next one.", show_default=False
        ),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Report what the answer rests on: weights of evidence, Shapley values, the answer without each piece."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain import explanation  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415
    from falseflag.explain.confidence import confidence  # noqa: PLC0415
    from falseflag.explain.tipping import nearest, tipping  # noqa: PLC0415

    loaded = load(case)
    analysis = Analysis.of(loaded)
    found = explanation.explain(analysis, loaded, for_, against)
    tip = nearest(tipping(analysis.exact, loaded))
    grounds = confidence(analysis, None if tip is None else tip.odds_factor)
    if as_json:
        print_json(found.as_dict() | {"confidence": grounds.as_dict()})
    else:
        from falseflag.terminal.explanations import show_explanation  # noqa: PLC0415

        show_explanation(loaded, found, grounds)
