"""The answer as it stood whenever evidence became known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from falseflag.case.times import Span, span_of
from falseflag.explain.analysis import Analysis
from falseflag.inference.exact.factors import Evidence


@dataclass(frozen=True, slots=True)
class Stage:
    """The answer as of one date.

    Parameters
    ----------
    date : str or None
        As written, by which what is new is certainly known; None for the start: what has no date counts from there on.
    added : tuple of str
        Indicators of which something is new.
    posterior : mapping of str to float
        Probability of every node.
    leader : str
        The most probable top-level hypothesis.
    """

    date: str | None
    added: tuple[str, ...]
    posterior: dict[str, float]
    leader: str

    def to_dict(self) -> dict[str, Any]:
        """Return the row of ``replay --json``."""
        return {"date": self.date, "added": list(self.added), "posterior": self.posterior, "leader": self.leader}


def replay(analysis: Analysis, timezone: str = "UTC") -> tuple[Stage, ...]:
    """Answer as of the start and of each distinct date on which something was seen, in order; the last is the answer.

    Dates are compared as instants, at the end of what each may mean: a report of 3 May counts from the end of that day.

    Parameters
    ----------
    analysis : Analysis
    timezone : str
        In which dates without an offset are read.
    """
    reports, others = _seen(analysis)
    spans = {seen: span_of(seen, timezone) for seen in {*reports, *others} - {""}}
    dates: dict[Span, str] = {}
    for seen in sorted(spans):
        dates.setdefault(spans[seen], seen)
    known_by = (
        [None if not seen else spans[seen] for seen in reports],
        [None if not seen else spans[seen] for seen in others],
    )
    order = [None, *sorted(dates, key=lambda span: (span.latest, span.earliest))]
    return tuple(_stage(analysis, order[: n + 1], known_by, dates) for n in range(len(order)))


def _seen(analysis: Analysis) -> tuple[list[str], list[str]]:
    """Return when each report was seen, and each indicator that is silent or stated as ratios."""
    problem = analysis.problem
    return list(problem.reports.seen), [s if it else "" for s, it in zip(problem.seen, problem.is_other, strict=True)]


def _stage(
    analysis: Analysis,
    until: list[Span | None],
    known_by: tuple[list[Span | None], list[Span | None]],
    dates: dict[Span, str],
) -> Stage:
    problem, now = analysis.problem, until[-1]
    known = set(until)
    counts = [np.array([span in known for span in spans], dtype=bool) for spans in known_by]
    new_reports, new_others = (np.array([span == now for span in spans], dtype=bool) for spans in known_by)
    is_new = new_others & problem.is_other
    is_new[problem.reports.indicator[new_reports]] = True
    scores = analysis.given(Evidence(counts[0], counts[1]))
    return Stage(
        date=None if now is None else dates[now],
        added=tuple(np.array(problem.indicators)[is_new].tolist()),
        posterior=analysis.nodes(scores),
        leader=analysis.ranked(scores)[0],
    )
