"""The command itself, put together from its subcommands."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from importlib import import_module

import typer

MODULES = {
    "sample": ("sample",),
    "explain": ("explain", "robust", "next", "replay", "compare"),
    "sweep": ("sweep", "batch"),
    "serve": ("serve",),
    "check": ("check", "new", "schema"),
    "validate": ("verify", "calibrate", "backtest", "learn"),
}
"""The commands, each a function, by the module that they stand in; the help lists them in this order."""

COMMANDS = {command: module for module, commands in MODULES.items() for command in commands}


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the command with the subcommand that the arguments begin with; with all of them where they name none."""
    wanted = [name for name in COMMANDS if name in arguments[:1]]
    app = typer.Typer(
        name="falseflag",
        help="Who did it? A Bayesian model of actor hypotheses for contested attacks.",
        no_args_is_help=True,
        add_completion=not wanted,  # its options belong to no subcommand
        pretty_exceptions_enable=False,
    )
    for name in wanted or COMMANDS:
        python = f"{name}_" if hasattr(builtins, name) else name
        app.command(name=name)(getattr(import_module(f"falseflag.cli.{COMMANDS[name]}"), python))
    app.callback(invoke_without_command=True)(version)
    return app


def version(
    *, show: bool = typer.Option(False, "--version", help="Print the versions that answers depend on.", is_eager=True)
) -> None:
    """Answer --version."""
    if show:
        from falseflag.provenance import NUTS_PACKAGES, versions_of  # noqa: PLC0415

        for part, installed in sorted(versions_of(NUTS_PACKAGES).items(), key=lambda each: each[0] != "falseflag"):
            print(part, installed)  # noqa: T201
        raise typer.Exit
