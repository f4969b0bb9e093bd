"""`falseflag explain`, `robust`, `next`, `replay` and `compare`: what an answer rests on, by the exact engine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import falseflag
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
    found = falseflag.explain(case, for_, against)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_explanation  # noqa: PLC0415

        show_explanation(found)


def robust(
    case: CaseFile,
    for_: Annotated[
        str | None,
        typer.Option("--for", help="Hypothesis that is to lead; by default the runner-up.", show_default=False),
    ] = None,
    *,
    sampled: Annotated[
        bool, typer.Option("--sampled", help="Sample too, for power-scaling sensitivity (takes half a minute).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Report what would overturn the answer: tipping points, minimal change, dependence, priors, staging."""
    from falseflag.terminal.console import progress  # noqa: PLC0415

    with progress(quiet=as_json or not sampled) as update:
        found = falseflag.robust(case, for_, sampled=sampled, progress=update)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_robustness  # noqa: PLC0415

        show_robustness(found)


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
    found = falseflag.next(case, about)
    if as_json:
        print_json(found.to_dict()["rows"])
    else:
        from falseflag.terminal.results import show_value_of_information  # noqa: PLC0415

        show_value_of_information(found)


def replay(case: CaseFile, *, as_json: AsJson = False) -> None:
    """Answer the case as of each date on which something became known."""
    found = falseflag.replay(case)
    if as_json:
        print_json(found.to_dict()["stages"])
    else:
        from falseflag.terminal.results import show_history  # noqa: PLC0415

        show_history(found)


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
    found = falseflag.compare(cases, for_, weight)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.results import show_comparison  # noqa: PLC0415

        show_comparison(found)
