"""What a sweep leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from falseflag.plots.output import render
from falseflag.plots.sweep import sweep_figure, why_no_sweep
from falseflag.sweep import Sweep
from falseflag.sweep.table import STORE, write_table
from falseflag.writing import replacing_file


def write_sweep(sweep: Sweep, out: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Write ``sweep.csv``, ``sweep.json`` and the picture.

    Raises
    ------
    RequestError
        If the folder holds another sweep or cannot be written.
    """
    write_table(sweep, out / "sweep.csv", out / STORE, progress)
    content = json.dumps(sweep.as_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    with replacing_file(out / "sweep.json") as partial:
        partial.write_text(content + "\n", encoding="utf-8")
    if not why_no_sweep(sweep):
        figure = sweep_figure(sweep)
        for form in ("svg", "png"):
            with replacing_file(out / f"sweep.{form}") as partial:
                partial.write_bytes(render(figure, form))
