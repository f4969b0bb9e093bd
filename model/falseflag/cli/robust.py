"""`falseflag robust`: what would overturn the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from falseflag.cli.arguments import AsJson, CaseFile, print_json

if TYPE_CHECKING:
    from falseflag.case.model import Case
    from falseflag.sensitivity import PowerScaling


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
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain import robustness  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415

    loaded = load(case)
    found = robustness.robust(Analysis.of(loaded), loaded, for_)
    rows = _power_scaling(loaded, quiet=as_json) if sampled else ()
    if as_json:
        print_json(found.as_dict() | ({"power_scaling": [row.as_dict() for row in rows]} if sampled else {}))
    else:
        from falseflag.terminal.explanations import show_power_scaling, show_robustness  # noqa: PLC0415

        show_robustness(loaded, found)
        show_power_scaling(loaded, rows)


def _power_scaling(case: Case, *, quiet: bool) -> tuple[PowerScaling, ...]:
    from falseflag.errors import SamplerError  # noqa: PLC0415
    from falseflag.sampling import sample  # noqa: PLC0415
    from falseflag.sensitivity import power_scaling  # noqa: PLC0415
    from falseflag.terminal.console import progress  # noqa: PLC0415

    with progress(quiet=quiet) as tell:
        answer = sample(case, progress=tell)
    if not answer.is_sound:
        raise SamplerError("A check of the sampled answer failed; `falseflag sample` says which.")
    return power_scaling(answer)
