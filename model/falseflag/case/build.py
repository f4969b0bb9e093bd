"""From a checked file to the case that the rest of the program sees, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from falseflag.case.model import Case, Group, Hypothesis, Indicator, Source, SourceFile
from falseflag.case.schema import CaseFile, GroupEntry, HypothesisEntry, IndicatorEntry, SourceEntry
from falseflag.distributions import Judgement, Point
from falseflag.scales import GRADES

CERTAIN = Judgement(Point(1.0), "1")
"""Reliability of a report of which nothing else is said."""


def build(file: CaseFile, path: str, files: tuple[SourceFile, ...]) -> Case:
    """Return the case that `file` describes."""
    grades = _grades(file.grades)
    sources = {name: _source(name, entry, grades) for name, entry in file.sources.items()}
    return Case(
        title=file.title,
        hypotheses=_hypotheses(file.hypotheses, _Above(file.prior_strength.value)),
        indicators={name: _indicator(name, entry, sources) for name, entry in file.indicators.items()},
        prior_strength=file.prior_strength.value,
        sources=sources,
        groups={name: _group(name, entry) for name, entry in file.dependence.items()},
        question=file.question,
        date=file.date,
        notes=file.notes,
        path=path,
        files=files,
        prior_strength_why=file.prior_strength.why,
    )


@dataclass(frozen=True, slots=True)
class _Above:
    """What a hypothesis has from the one above it: the prior strength, the beginning of its name, the class."""

    strength: float
    path: str = ""
    author_class: str = ""


def _hypotheses(entries: Mapping[str, HypothesisEntry], above: _Above) -> tuple[Hypothesis, ...]:
    return tuple(_hypothesis(name, entry, above) for name, entry in entries.items())


def _hypothesis(name: str, entry: HypothesisEntry, above: _Above) -> Hypothesis:
    strength = entry.prior_strength.value if entry.prior_strength else above.strength
    author_class = entry.author_class or above.author_class
    return Hypothesis(
        name=above.path + name,
        label=entry.label or name,
        weight=entry.prior.value,
        prior_strength=strength,
        children=_hypotheses(entry.children or {}, _Above(strength, f"{above.path}{name}.", author_class)),
        why=entry.why,
        weight_why=entry.prior.why,
        prior_strength_why=entry.prior_strength.why if entry.prior_strength else "",
        author_class=author_class,
    )


def _grades(written: Mapping[str, Judgement]) -> dict[str, Judgement]:
    """Return the reliability by letter, digit and full grade; what is said of ``A/1`` holds for A and for 1."""
    table = {key: Judgement(Point(value), str(value)) for key, value in GRADES.items()}
    table |= {part: value for key, value in written.items() if "/" in key for part in key.split("/")}
    return table | {key: value for key, value in written.items() if "/" not in key}


def reliability_of(grade: str, table: Mapping[str, Judgement]) -> Judgement:
    """Return the reliability of a full grade: its own, else the digit's, or the letter's where the digit is 6."""
    letter, digit = grade[0], grade[1]
    found = table.get(grade) or table[letter if digit == "6" else digit]
    return Judgement(found.distribution, grade, found.why)


def _source(name: str, entry: SourceEntry, grades: Mapping[str, Judgement]) -> Source:
    graded = reliability_of(entry.grade, grades) if entry.grade else None
    return Source(
        name=name,
        label=entry.label or name,
        grade=entry.grade or "",
        reliability=entry.reliability or graded,
        why=entry.why,
    )


def _indicator(name: str, entry: IndicatorEntry, sources: Mapping[str, Source]) -> Indicator:
    by_source = sources[entry.source].reliability if entry.source else None
    return Indicator(
        name=name,
        label=entry.label or name,
        observed={"present": True, "absent": False}.get(entry.observed),
        likelihood=dict(entry.likelihood),
        reliability=entry.reliability or by_source or CERTAIN,
        source=entry.source or "",
        where=entry.where,
        seen=entry.seen,
        why=entry.why,
        like=entry.like or "",
        unlike=entry.unlike or "",
    )


def _group(name: str, entry: GroupEntry) -> Group:
    return Group(
        name=name,
        label=entry.label or name,
        indicators=tuple(entry.indicators),
        correlation=entry.correlation,
        why=entry.why,
    )
