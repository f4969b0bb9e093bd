"""`falseflag schema`: the case format as JSON Schema, for editors."""

from __future__ import annotations

from falseflag.cli.arguments import print_json


def schema() -> None:
    """Print the JSON Schema of a case file, which editors use for completion."""
    from falseflag.case.schema import json_schema  # noqa: PLC0415

    print_json(json_schema())
