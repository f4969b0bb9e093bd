"""`falseflag learn`: fit the hierarchical model to a record, for cases that learn from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def learn(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="Resolved cases (CSV).", show_default=False)],
) -> None:
    """Fit the hierarchical model, and write its rates beside the record for `learn: {model: hierarchical}`."""
    from dataclasses import asdict  # noqa: PLC0415

    from falseflag.errors import SamplerError  # noqa: PLC0415
    from falseflag.hierarchical.model import learned_rates  # noqa: PLC0415
    from falseflag.provenance import NUTS_PACKAGES, versions_of  # noqa: PLC0415
    from falseflag.record import read_record  # noqa: PLC0415
    from falseflag.record.rates import as_json, is_as_written, path_beside  # noqa: PLC0415
    from falseflag.run_folder.ours import check_file  # noqa: PLC0415
    from falseflag.run_folder.replace import replacing_file  # noqa: PLC0415
    from falseflag.terminal.console import progress  # noqa: PLC0415

    resolved = read_record(record)
    path = Path(path_beside(str(record)))
    check_file(path, is_as_written)
    with progress() as tell:
        tell("fitting the hierarchical model", 0.0)
        rates, fit = learned_rates(resolved)
    for check in fit.checks:
        typer.echo(f"{'passed' if check.passed else 'FAILED'}  {check.name}: {check.message}", err=True)
    if not fit.is_sound:
        raise SamplerError("A check of the fit failed; nothing was written.")
    more = {"checks": [asdict(check) for check in fit.checks], "versions": versions_of(NUTS_PACKAGES)}
    with replacing_file(path, is_as_written) as partial:
        partial.write_text(as_json(resolved, rates, more), encoding="utf-8")
    typer.echo(f"wrote {path}")
