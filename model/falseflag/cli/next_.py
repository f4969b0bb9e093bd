"""`falseflag next`: what to find out next."""

from __future__ import annotations

from falseflag.cli.arguments import AsJson, CaseFile, print_json


def next_(case: CaseFile, *, as_json: AsJson = False) -> None:
    """Rank the unknown indicators by what finding out about them is expected to tell."""
    from falseflag.case.loader import load  # noqa: PLC0415
    from falseflag.explain.collection import prospects  # noqa: PLC0415
    from falseflag.explain.evidence import Evidence  # noqa: PLC0415

    loaded = load(case)
    rows = prospects(Evidence.of(loaded))
    if as_json:
        print_json([row.as_dict() for row in rows])
    else:
        from falseflag.terminal.explanations import show_prospects  # noqa: PLC0415

        show_prospects(loaded, rows)
