"""Labels made to fit, numbers made to read."""

from __future__ import annotations

import pytest

from falseflag.plots.text import ELLIPSIS, clean, spoken, width_of, wrap
from falseflag.wording import interval, number, number_range, percent

NAN = float("nan")


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (0, "<0.1"), (0.00049, "<0.1"), (0.0005, "0.1"), (0.0133, "1.3"), (0.0994, "9.9"), (0.0996, "10"),
        (0.57, "57"), (0.984, "98"), (0.985, "98.5"), (0.9994, "99.9"), (0.9996, ">99.9"), (1, ">99.9"), (NAN, "?"),
    ],
)  # fmt: skip
def test_numbers_have_a_decimal_where_it_matters(probability: float, shown: str) -> None:
    assert number(probability) == shown
    assert percent(probability) == f"{shown} %"


def test_no_number_is_rounded_to_certainty() -> None:
    shown = {number(k / 100_000) for k in range(100_001)}
    assert not {"0", "0.0", "100", "100.0"} & shown


def test_intervals() -> None:
    assert interval(0.19, 0.88) == "19–88 %"
    assert interval(0.0001, 0.04) == "<0.1–4.0 %"
    assert number_range(NAN, NAN) == "?"


def test_clean_leaves_one_line_that_xml_can_hold() -> None:
    assert clean("a\x00b\x07\n c\ud800\u202ed \ufffe") == "ab cd"
    assert clean("שלום 日本") == "שלום 日本"


@pytest.mark.parametrize("size", [6.8, 8.0, 10.0])
@pytest.mark.parametrize("weight", ["normal", "bold"])
@pytest.mark.parametrize("text", ["word " * 60, "W" * 300, "one long-word " + "x" * 200 + " end", "日本語" * 30])
def test_wrapped_lines_fit(text: str, size: float, weight: str) -> None:
    found = wrap(text, 1.7, size=size, weight=weight, lines=2).split("\n")
    assert len(found) == 2
    assert all(width_of(line, size, weight) <= 1.7 for line in found)
    assert found[-1].endswith(ELLIPSIS)


def test_wrapping_keeps_whole_words_and_all_of_them_if_they_fit() -> None:
    text = "to unleash heavier attacks on Ukraine"
    found = wrap(text, 1.9)
    assert found.split("\n") == ["to unleash heavier attacks on", "Ukraine"]
    assert wrap("short", 1.9) == "short"
    assert not wrap("", 1.9)


def test_no_room_at_all_still_ends() -> None:
    assert wrap("word and word", 0.01, lines=3).count("\n") == 2


def test_a_label_in_a_sentence_is_cut_and_cannot_turn_the_sentence_round() -> None:
    assert len(spoken("x" * 300)) == 80
    assert spoken("plain") == "plain"
    assert spoken("שלום") == "\u2068שלום\u2069"
    assert spoken("\u202eשלום\u202c") == "\u2068שלום\u2069"
