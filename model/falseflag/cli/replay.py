"""`falseflag replay`: the answer as evidence came in."""

from __future__ import annotations

from falseflag.cli.arguments import AsJson, CaseFile, print_json


def replay(case: CaseFile, *, as_json: AsJson = False) -> None:
    """Answer the case as of each date on which something became known."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain import replay as replaying  # noqa: PLC0415
    from falseflag.explain.analysis import Analysis  # noqa: PLC0415

    loaded = load(case)
    stages = replaying.replay(Analysis.of(loaded), loaded.timezone)
    if as_json:
        print_json([stage.as_dict() for stage in stages])
    else:
        from falseflag.terminal.explanations import show_replay  # noqa: PLC0415

        show_replay(loaded, stages)
