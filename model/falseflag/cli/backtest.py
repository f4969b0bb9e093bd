"""`falseflag backtest`: does it work on attacks whose author became known?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, print_json


def backtest(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="Resolved cases (CSV).", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(help="Write the report to OUT.md, its figures and answers to the folder OUT.", show_default=False),
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(help="A case that learns from the record, answered with it and without.", show_default=False),
    ] = None,
    *,
    sampled: Annotated[
        bool, typer.Option("--sampled/--quick", help="With the hierarchical model (minutes), or without.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Answer every resolved case by models that have not seen it, and score the answers.

    A run with --out that was interrupted continues where it stopped.
    """
    from falseflag.record import read_record  # noqa: PLC0415
    from falseflag.run_folder.ours import BACKTEST, check_output  # noqa: PLC0415
    from falseflag.terminal.console import counting  # noqa: PLC0415
    from falseflag.terminal.validation import show_scores  # noqa: PLC0415
    from falseflag.validation.backtest import load_learner, review  # noqa: PLC0415

    resolved = read_record(record)
    learning = None if case is None else load_learner(case, resolved)
    if out is not None:
        check_output(out, BACKTEST)
    store = None if out is None or not sampled else out / BACKTEST.store
    with counting("fitting without each incident", quiet=as_json or not sampled) as progress:
        found = review(resolved, sampled=sampled, store=store, progress=progress)
    if out is not None:
        from falseflag.run_folder.write import write_backtest  # noqa: PLC0415

        typer.echo(f"written to {write_backtest(found, out, learning)}", err=True)
    if as_json:
        print_json(found.as_dict())
    else:
        show_scores(found)
    if not found.is_sound:
        typer.echo("A fit of the hierarchical model failed a check; its answers are not to be relied on.", err=True)
        raise typer.Exit(1)
