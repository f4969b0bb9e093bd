"""The command itself, put together from its subcommands."""

from __future__ import annotations

import typer

from falseflag.cli.backtest import backtest
from falseflag.cli.calibrate import calibrate
from falseflag.cli.check import check
from falseflag.cli.compare import compare
from falseflag.cli.explain import explain
from falseflag.cli.learn import learn
from falseflag.cli.new import new
from falseflag.cli.next_ import next_
from falseflag.cli.replay import replay
from falseflag.cli.robust import robust
from falseflag.cli.sample import sample
from falseflag.cli.schema import schema
from falseflag.cli.serve import serve
from falseflag.cli.sweep import sweep
from falseflag.cli.verify import verify

app = typer.Typer(
    name="falseflag",
    help="Who did it? A Bayesian model of actor hypotheses for contested attacks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    *(sample, explain, robust, next_, replay, compare, sweep, serve),
    *(check, verify, calibrate, backtest, learn, new, schema),
)

for command in COMMANDS:
    app.command(name=command.__name__.rstrip("_"))(command)


@app.callback(invoke_without_command=True)
def version(
    *, show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True)
) -> None:
    """Answer --version."""
    if show:
        from importlib.metadata import version as installed  # noqa: PLC0415

        print(installed("falseflag"))  # noqa: T201
        raise typer.Exit
