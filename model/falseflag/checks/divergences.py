"""Did the sampler meet regions that it could not follow?"""

from __future__ import annotations

from falseflag.answer import Check
from falseflag.problem import Floats


def check_divergences(diverging: Floats) -> Check:
    """Count divergent transitions after tuning; any is one too many (Betancourt 2017, section 6.2)."""
    count = int(diverging.sum())
    return Check(
        "divergences",
        passed=count == 0,
        value=count,
        limit=0,
        message=f"{count} of {diverging.size} transitions diverged.",
    )
