"""Suggestions never turn meaning round."""

from __future__ import annotations

import pytest

from falseflag.diagnostics import nearest, nearest_words
from falseflag.scales import TERMS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("likly", "likely"),
        ("unlikly", "unlikely"),
        ("Very  Likely", "very likely"),
        ("very unlikley", "very unlikely"),
        ("highly probble", "highly probable"),
        ("almost certainly", "almost certain"),
        ("roughly evne chance", "roughly even chance"),
        ("quite likely", ""),
        ("probably not", ""),
        ("impossible", ""),
        ("very probable", ""),
        ("nlikely", ""),  # a letter from two terms, one the opposite of the other
        ("iprobable", ""),
        ("not likely", ""),
        ("almost no", ""),
        ("x" * 1000, ""),
    ],
)
def test_a_term_is_suggested_only_for_a_letter_or_two_of_one_word(text: str, meant: str) -> None:
    assert nearest_words(text, TERMS) == meant


def test_no_term_is_suggested_for_another_term() -> None:
    for term in TERMS:
        assert nearest_words(term, [other for other in TERMS if other != term]) == ""


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("surprised", ["unsurprised"], ""),
        ("not_surprised", ["surprised"], ""),
        ("suprised", ["surprised", "unsurprised"], "surprised"),
        ("Relevence", ["relevance", "before"], "relevance"),
    ],
)
def test_a_name_is_not_taken_for_its_negation(name: str, known: list[str], meant: str) -> None:
    assert nearest(name, known) == meant
