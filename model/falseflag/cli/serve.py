"""`falseflag serve`: the report on a local page, answered again at every save."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import CaseFile
from falseflag.cli.sample import Engine


def serve(
    case: CaseFile,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 for one that is free.")] = 0,
    engine: Annotated[
        Engine, typer.Option(help="nuts: the exact answer, then the sampled one; exact: the exact answer alone.")
    ] = Engine.nuts,
    *,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Serve the report on a local page, answered again whenever the case, or a file it extends, is saved."""
    from falseflag.case.chain import located  # noqa: PLC0415
    from falseflag.serve.server import serve as run  # noqa: PLC0415

    file = Path(located(str(case)))
    if not file.is_file():
        falseflag.load(file)  # reports what is wrong; errors within a file are shown on the page instead

    def on_ready(address: str) -> None:
        typer.echo(f"{case} is shown at {address} (Ctrl-C ends it)")
        if open_:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    run(file, engine=engine.value, port=port, on_ready=on_ready)
