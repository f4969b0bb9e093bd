"""The answer as it stood on each day on which evidence became known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from falseflag.case.model import Case
from falseflag.explain.evidence import Evidence, leading
from falseflag.problem import UNKNOWN


@dataclass(frozen=True, slots=True)
class Stage:
    """The answer as of one day.

    Parameters
    ----------
    date : str or None
        None for the start: what has no date counts from there on.
    added : tuple of str
        Reported indicators that are new.
    posterior : mapping from str to float
        Probability of every node.
    leader : str
        The most probable leaf.
    """

    date: str | None
    added: tuple[str, ...]
    posterior: dict[str, float]
    leader: str

    def as_dict(self) -> dict[str, Any]:
        """Return the row of ``replay --json``."""
        return {"date": self.date, "added": list(self.added), "posterior": self.posterior, "leader": self.leader}


def replay(evidence: Evidence, case: Case) -> tuple[Stage, ...]:
    """Answer as of the start and of each distinct ``seen`` date, in order; the last is the full answer."""
    dates = sorted({indicator.seen for indicator in case.indicators.values()} - {""})
    return tuple(_stage(evidence, case, date) for date in ("", *dates))


def _stage(evidence: Evidence, case: Case, date: str) -> Stage:
    seen = [indicator.seen for indicator in case.indicators.values()]
    later = {i: UNKNOWN for i, when in enumerate(seen) if when > date}
    scores = evidence.log_scores_with(later)
    return Stage(
        date=date or None,
        added=tuple(i.name for i in case.indicators.values() if i.seen == date and i.observed is not None),
        posterior=evidence.nodes(scores),
        leader=evidence.problem.leaves[leading(scores)],
    )
