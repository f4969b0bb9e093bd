"""Deliberately wrong versions of the program: is each noticed, and the right one not?"""

from __future__ import annotations

from collections.abc import Sequence

from mutants.detectors import DETECTORS
from mutants.registry import MUTANTS, false_alarms, table

from trust.figures import Figure, Section, zero


def mutants(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Ask for each version what notices it; quickly, only those that take no time."""
    asked = [m for m in MUTANTS if not quick or any(not DETECTORS[name].slow for name in m.detectors)]
    found = table(asked, slow=not quick)
    caught = sum(bool(detectors) for detectors in found.values())
    rows = [Figure(f"{m.name}: {m.what}", ", ".join(found[m.name]) or "nothing", "", None) for m in asked]
    return [
        Figure("wrong versions that are noticed", f"{caught} of {len(found)}", "all", caught == len(found)),
        zero("ways to notice that take the right version for wrong", len(false_alarms(slow=not quick))),
        *rows,
    ]


SECTION = Section(
    "mutants",
    "Deliberately wrong versions of the program",
    mutants,
    "Each replaces a piece of the real code (tests/mutants); beside it stands what noticed: "
    + "; ".join(f"{name}, {detector.about}" for name, detector in DETECTORS.items())
    + ".",
)
