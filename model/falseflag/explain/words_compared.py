"""What makes two cases disagree, in sentences."""

from __future__ import annotations

from falseflag.case.model import Case
from falseflag.explain.compare import Disagreement
from falseflag.explain.labels import Labels, listed


def disagreed(first: Case, second: Case, row: Disagreement | None, most: int = 3) -> str:
    """Say which judgements make two cases disagree."""
    if row is None:
        return f"“{first.title}” and “{second.title}” have different hypotheses: only their answers can be compared."
    if not row.shares:
        return f"“{first.title}” and “{second.title}” differ in no judgement."
    parts = [f"{judgement(first, second, s.difference.what)} ({s.db:+.1f} dB)" for s in row.shares[:most]]
    total = row.second_db - row.first_db
    return (
        f"On {Labels(first).node(row.node)} “{second.title}” is {total:+.1f} dB from “{first.title}”; "
        f"most of all through {listed(parts)}."
    )


def judgement(first: Case, second: Case, what: tuple[str, ...]) -> str:
    """Name a judgement in words."""
    if what[0] == "indicators":
        return _of_indicator(Labels(first if what[1] in first.indicators else second), what)
    labels = Labels(first)
    match what:
        case ("hypotheses",):
            return "the prior weights at the top"
        case ("hypotheses", *path):
            return f"the prior weights below {labels.node('.'.join(key for key in path if key != 'children'))}"
        case ("sources", name, _):
            return f"how reliable {labels.source(name)} is"
        case ("dependence", name, "correlation"):
            return f"how strongly {labels.group(name)} hangs together"
        case _:
            return f"which indicators hang together ({', '.join(what[1:])})"


def _of_indicator(labels: Labels, what: tuple[str, ...]) -> str:
    name = labels.indicator(what[1])
    match what[2:]:
        case ("observed",):
            return f"what was reported on {name}"
        case ("reliability",):
            return f"how reliable the report on {name} is"
        case ("likelihood", node):
            return f"the likelihood of {name} under {labels.place(node)}"
        case _:
            return f"the indicator {name}, which only one of them has"
