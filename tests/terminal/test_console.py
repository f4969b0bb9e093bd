"""Tables and lists: nothing of a label or a figure is lost, however narrow the terminal is."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from falseflag.terminal import console
from falseflag.terminal.console import Figures, progress

WIDTHS = st.integers(40, 200)
LETTERS = st.text("abcdefgh", min_size=1, max_size=26)
LABELS = st.lists(LETTERS, min_size=1, max_size=9).map(" ".join)
FIGURES = st.sampled_from(["", "<0.1 %", "100 %", "12.3 (0.4–56)", "-12.3 to +4.5"])
ROWS = st.lists(st.tuples(LABELS, FIGURES, FIGURES, LABELS, st.integers(0, 2)), min_size=1, max_size=5)


def made(rows: list[tuple[str, str, str, str, int]]) -> Figures:
    table = Figures("", "hypothesis", ("posterior", "leads in"), "in words")
    for label, first, second, last, depth in rows:
        table.add(label, first, second, last=last, depth=depth)
    return table


def printed(table: Figures, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(table)
    return file.getvalue().split("\n")


def bare(*texts: str) -> str:
    return "".join("".join(texts).split())


@given(ROWS, WIDTHS)
def test_every_word_is_printed_whole_and_no_line_is_too_long(
    rows: list[tuple[str, str, str, str, int]], width: int
) -> None:
    lines = printed(made(rows), width)
    assert max(map(cell_len, lines)) <= width
    words = {word.strip(";:") for line in lines for word in line.split()}
    wanted = {
        word for label, first, second, last, _ in rows for text in (label, first, second, last) for word in text.split()
    }
    assert wanted <= words


@given(ROWS, WIDTHS)
def test_labels_and_figures_can_be_read_down_their_columns_or_along_the_list(
    rows: list[tuple[str, str, str, str, int]], width: int
) -> None:
    table = made(rows)
    lines, widths = printed(table, width), table._widths(width)
    if widths is None:
        names, entries = bare(*lines), ""
        for label, first, second, last, _ in rows:
            figures = [f"{head}: {text}" for head, text in (("posterior", first), ("leads in", second)) if text]
            entries += bare(label, "; ".join(figures), f"in words: {last}")
        assert names == entries
        return
    start, heads = 0, ("hypothesis", "posterior", "leads in", "in words")
    for column, size in enumerate(widths):
        cells = [line[start : start + size].replace("─", "") for line in lines]
        assert bare(*cells) == bare(heads[column], *(str(row[column]) for row in rows))
        start += size + console.GAP


@pytest.mark.parametrize("width", [40, 80, 200])
def test_words_longer_than_a_line_and_wide_characters_keep_every_letter(width: int) -> None:
    labels = ["x" * 300, "克里姆林宫无人机袭击事件" * 8, "🚁" * 90]
    lines = printed(made([(label, "12 %", "1 %", "", 0) for label in labels]), width)
    assert max(map(cell_len, lines)) <= width
    text = bare(*lines)
    for letter in "x克里姆林宫无人机袭击事件🚁":
        assert text.replace("hypothesis", "").count(letter) >= "".join(labels).count(letter)


def test_there_is_a_table_where_there_is_room() -> None:
    rows = [("Ukraine: to send a message", "12 %", "3 %", "unlikely", 0)]
    assert made(rows)._widths(80) is not None
    assert made(rows)._widths(40) is None


def test_markup_is_printed_as_it_is() -> None:
    assert "[bold]red[/bold] :smile:" in "\n".join(printed(made([("[bold]red[/bold] :smile:", "", "", "", 0)]), 100))


def test_without_a_terminal_progress_is_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setenv("FORCE_COLOR", "1")  # colours, maybe, but no cursor to be moved
    with progress() as tell:
        tell("compiling", 0.0)
        tell("compiling", 1.0)
        for done in range(101):
            tell("sampling", done, 100)
    lines = errors.getvalue().splitlines()
    assert lines[:2] == ["compiling …", "compiling: 100 %"]
    assert lines[2:] == ["sampling …", *(f"sampling: {share} %" for share in (25, 50, 75, 100))]
    with progress(quiet=True) as tell:
        tell("compiling", 0.0)
    assert errors.getvalue().splitlines() == lines


def test_on_a_terminal_progress_is_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    errors.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as tell:
        tell("sampling", 0, 8)
        tell("sampling", 4, 8)
    assert "sampling 4 of 8" in errors.getvalue()
