"""`falseflag explain`: what the answer rests on."""

from __future__ import annotations

from typing import Annotated

import typer

from falseflag.cli.arguments import AsJson, CaseFile, print_json
from falseflag.settings import DEFAULTS

DRAWS = 2000
"""Draws behind the intervals of the weights."""


def explain(
    case: CaseFile,
    for_: Annotated[
        str | None, typer.Option("--for", help="Hypothesis to explain; by default the leader.", show_default=False)
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Hypothesis to weigh it against; by default the runner-up.", show_default=False)
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what the answer rests on: weights of evidence, Shapley values, the answer without each piece."""
    import numpy as np  # noqa: PLC0415

    from falseflag.answer import INTERVAL  # noqa: PLC0415
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.exact.draws import draw_posterior  # noqa: PLC0415
    from falseflag.explain import explanation  # noqa: PLC0415
    from falseflag.explain.confidence import confidence  # noqa: PLC0415
    from falseflag.explain.evidence import Evidence  # noqa: PLC0415
    from falseflag.explain.tipping import tipping  # noqa: PLC0415

    loaded = load(case)
    evidence = Evidence.of(loaded)
    draws = draw_posterior(evidence.problem, evidence.exact, np.random.default_rng(DEFAULTS.seed), DRAWS)
    found = explanation.explain(evidence, loaded, for_, against, draws)
    interval = np.quantile(draws.probability[:, evidence.leader], INTERVAL)
    grounds = confidence(evidence, tipping(evidence, loaded), (float(interval[0]), float(interval[1])))
    if as_json:
        print_json(found.as_dict() | {"confidence": grounds.as_dict()})
    else:
        from falseflag.terminal.explanations import show_explanation  # noqa: PLC0415

        show_explanation(loaded, found, grounds)
