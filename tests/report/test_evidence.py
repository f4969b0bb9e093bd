"""Cards of evidence: how strong each item is, the answer as they come in, and what is said of who says it."""

from __future__ import annotations

import numpy as np
import pytest
from making import random_case
from oracle.random_cases import draw
from small_cases import case_of, indicator, tops, two, without

from falseflag.case.model import Case
from falseflag.explain.analysis import Analysis
from falseflag.explain.deception import planted
from falseflag.report.evidence import Card, cards
from report.pages import skeptic_answer


def laid(case: Case) -> tuple[Analysis, tuple[Card, ...]]:
    analysis = Analysis.of(case)
    return analysis, cards(analysis, case, planted(analysis, case))


def alone(case: Case, card: Card) -> list[float]:
    """Return P(item | actor) up to a common factor, from the answer with that item as the only evidence."""
    kept = {member.indicator.name for member in card.members}
    analysis = Analysis.of(without(case, *(name for name in case.indicators if name not in kept)))
    nodes = analysis.nodes(analysis.exact.log_scores)
    prior = {name: float(analysis.problem.membership[name] @ analysis.problem.prior) for name in analysis.top_level}
    return [nodes[name] / prior[name] for name in analysis.top_level if prior[name] > 0]


@pytest.mark.parametrize("seed", range(12))
def test_cards_are_as_strong_as_their_items_alone_and_end_at_the_answer(seed: int) -> None:
    case = random_case(seed, size=5) if seed % 2 else draw(seed).case
    analysis, found = laid(case)
    if any(one.ratios for one in case.indicators.values()) or not found:
        return
    assert [card.db for card in found] == sorted((card.db for card in found), reverse=True)
    for card in found:
        worths = alone(case, card)
        assert card.db == pytest.approx(10 * np.log10(max(worths) / min(worths)), abs=1e-6)
    left = [member.indicator.name for card in found[1:] for member in card.members]
    first = Analysis.of(without(case, *left))
    ranked = analysis.ranked()
    assert found[0].after == pytest.approx([first.nodes(first.exact.log_scores)[name] for name in ranked], abs=1e-6)
    assert found[-1].after == pytest.approx([analysis.nodes(analysis.exact.log_scores)[name] for name in ranked])


def test_what_a_card_says() -> None:
    _, (card,) = laid(two(3.0))
    assert card.worth == "3.0 times as probable if it was “A” as if it was “B”."
    _, (card,) = laid(two(1.05))
    assert card.worth == "About equally probable whoever did it."
    _, (card,) = laid(case_of(tops(a=1, b=1, c=1), [indicator("i", {"a": 0.5, "others": 0.0})]))
    assert card.worth == "Impossible if it was “B” or “C”; most probable if it was “A”."
    assert laid(two())[1] == ()


def test_sources_are_believed_as_far_as_the_evidence_has_them() -> None:
    answer = skeptic_answer()
    found = cards(Analysis(answer.problem, answer.exact), answer.case, ())
    believed = {one.source: one.believed for card in found for member in card.members for one in member.said}
    (row,) = (row for row in answer.sources if row.name == "article")
    assert believed[answer.case.sources["article"].label] == pytest.approx(row.posterior)


def test_what_it_would_be_worth_if_planted() -> None:
    answer = skeptic_answer()
    analysis = Analysis(answer.problem, answer.exact)
    rows = planted(analysis, answer.case)
    said = [text for card in cards(analysis, answer.case, rows) for member in card.members for text in member.planted]
    assert len(said) == len(rows)
    assert all(text.startswith("If planted by “The Kremlin itself” (probability ") for text in said)
