"""The tests' own eyes: they must see what is wrong."""

from __future__ import annotations

from matplotlib.figure import Figure

from .watching import cut_off, overlaps


def test_overlapping_text_is_seen() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "one text")
    figure.text(0.52, 0.5, "another")
    assert overlaps(figure) == [("one text", "another")]


def test_text_beyond_the_edge_is_seen() -> None:
    figure = Figure()
    figure.text(0.95, 0.5, "too long for what is left")
    assert cut_off(figure) == ["too long for what is left"]
