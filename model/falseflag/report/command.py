"""The command that gives the same answer again."""

from __future__ import annotations

import shlex

from falseflag.inference.result import Answer
from falseflag.settings import DEFAULTS


def command_of(answer: Answer) -> str:
    """Return the command line of a run, with what differs from the defaults."""
    parts = ["falseflag", "sample", answer.case.path or "CASE"]
    if answer.engine != "nuts":
        parts += ["--engine", answer.engine]
    for name in ("draws", "tune", "chains"):
        value = getattr(answer.settings, name)
        if value != getattr(DEFAULTS, name):
            parts += [f"--{name}", str(value)]
    parts += ["--seed", str(answer.settings.seed)]
    return shlex.join(parts)
