"""`falseflag verify`: do a run's numbers follow from its case?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import falseflag
from falseflag.cli.arguments import AsJson, print_json


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that a run wrote.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Answer a run's case again from what the folder holds, and say whether the numbers agree.

    Exit code 1 if they do not, if a file is missing or was changed, or if a check of the run failed when it was made:
    its numbers may be the same, but are not to be relied on.
    """
    found = falseflag.verify(folder)
    if as_json:
        print_json(found.to_dict())
    else:
        from falseflag.terminal.verification import show_verification  # noqa: PLC0415

        show_verification(found)
    if not found.is_sound:
        raise typer.Exit(1)
