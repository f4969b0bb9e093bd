"""What a case learned from the record, in a sentence or two."""

from __future__ import annotations

from collections.abc import Sequence

from falseflag.case.model import Case
from falseflag.explain.labels import Labels, capitalised, chance, listed
from falseflag.explain.learned import Blend


def learned_told(case: Case, rows: Sequence[Blend]) -> str:
    """Say how much is learned and where judgement and record conflict; nothing where the case does not learn."""
    learning = case.learning
    if learning is None:
        return ""
    if not rows:
        return "No indicator is linked to the record of resolved cases, so that nothing is learned from it."
    indicators = len({row.source.indicator for row in rows})
    how = "take the place of the judgements" if learning.model != "counts" else "are added to the judgements"
    start = (
        f"{len(rows)} likelihoods of {indicators} indicators learn from {learning.incidents} resolved cases, which "
        f"{how} at a weight of {learning.relevance:g} each."
    )
    return " ".join(part for part in (start, _held(rows), _conflicts(case, rows), _classless(case)) if part)


def _held(rows: Sequence[Blend]) -> str:
    held = sum(row.is_held for row in rows)
    return f"{held} of them {'is' if held == 1 else 'are'} held certain and learned nothing." if held else ""


def _conflicts(case: Case, rows: Sequence[Blend]) -> str:
    found = [row for row in rows if row.is_conflict]
    if not found:
        return "Nowhere do judgement and record conflict."
    worst, labels = min(found, key=lambda row: row.conflict), Labels(case)
    where = f"{labels.indicator(worst.source.indicator)} under {labels.place(worst.source.place)}"
    return (
        f"In {len(found)} of them judgement and record conflict, most of all on {where}: judged at "
        f"{chance(worst.judgement.mean)}, it was so in {worst.count}."
    )


def _classless(case: Case) -> str:
    """Warn of leaves that keep judgements made for this incident where all others are held against the record."""
    found = [Labels(case).node(leaf.name) for leaf in case.leaves if not leaf.author_class]
    if not found:
        return ""
    has, keeps, gains = ("has", "keeps", "it gains") if len(found) == 1 else ("have", "keep", "they gain")
    return (
        f"{capitalised(listed(found))} {has} no class of author and {keeps} what was judged: what {gains} where the "
        "record makes what was reported rarer under every class is no finding."
    )
