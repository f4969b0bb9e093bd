"""How large a case may be to be answered: time and memory are told before they are spent."""

from __future__ import annotations

from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.settings import Settings

MAX_LEAVES = 2000
"""Leaves of the hypothesis tree; what is kept grows with leaves × nodes, 4 million here."""
MAX_CELLS = 2_000_000
"""Leaves × indicators."""
MAX_MEMBERS = 1000
"""Indicators of one group that were reported present or absent."""
MAX_NUMBERS = 200_000_000
"""Draws × what a draw holds, for the prior and for the posterior: 1.6 GB."""


def check_size(case: Case) -> None:
    """Refuse a case too large to be answered.

    Raises
    ------
    RequestError
        With what is too large, and the bound.
    """
    leaves, indicators = len(case.leaves), len(case.indicators)
    if leaves > MAX_LEAVES:
        raise RequestError(f"A case to be answered should have at most {MAX_LEAVES:,} leaves but has {leaves:,}")
    if leaves * indicators > MAX_CELLS:
        raise RequestError(
            f"A case to be answered should have at most {MAX_CELLS:,} leaves × indicators but has "
            f"{leaves:,} × {indicators:,}"
        )
    for group in case.groups.values():
        reported = sum(case.indicators[name].observed is not None for name in group.indicators)
        if reported > MAX_MEMBERS:
            raise RequestError(
                f"A dependence group should have at most {MAX_MEMBERS:,} indicators that are reported present or "
                f"absent, but '{group.name}' has {reported:,}"
            )


def check_draws(case: Case, settings: Settings) -> None:
    """Refuse a case too large to be answered, and more draws of a large one than memory is likely to hold.

    Raises
    ------
    RequestError
        With what is too large; of draws, with the number that would do.
    """
    check_size(case)
    statements = sum(len(indicator.likelihood) for indicator in case.indicators.values())
    held = 2 * (len(case.nodes) + 2 * len(case.leaves) + len(case.indicators) + statements + len(case.groups))
    draws = settings.draws * settings.chains
    if draws * held > MAX_NUMBERS:
        raise RequestError(
            f"{draws:,} draws of a case of this size are {draws * held:,} numbers, and at most {MAX_NUMBERS:,} are "
            f"kept; ask for at most {MAX_NUMBERS // held // settings.chains:,} with --draws, or for fewer --chains"
        )
