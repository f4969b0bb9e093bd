"""Judgement, record and both as intervals."""

from __future__ import annotations

import numpy as np
import pytest
from closeness import close_to
from matplotlib.figure import Figure

from falseflag.explain.learned import Blend, blends
from falseflag.inference.result import Answer
from falseflag.plots.record import MOST, learned, learned_text, most_contradicted

from .explaining import updated
from .watching import texts


def drawn(figure: Figure, label: str) -> list[list[float]]:
    """Return x of the marks with a label, from the top row to the lowest."""
    lines = [line for axes in figure.axes for line in axes.lines if line.get_label() == label]
    lines.sort(key=lambda line: -np.asarray(line.get_ydata())[0])
    return [np.asarray(line.get_xdata(), float).tolist() for line in lines]


@pytest.fixture
def rows(large: Answer) -> tuple[Blend, ...]:
    return blends(updated(large.case))


def test_the_most_contradicted_are_drawn_with_their_intervals(rows: tuple[Blend, ...], large: Answer) -> None:
    figure, shown = learned(rows, large.case), most_contradicted(rows)[:MOST]
    for name in ("judgement", "record", "both"):
        assert drawn(figure, f"{name}-mean") == close_to([[getattr(row, name).mean] for row in shown])
        assert drawn(figure, f"{name}-interval") == close_to([list(getattr(row, name).interval) for row in shown])
    assert [row.conflict for row in shown] == close_to(sorted(row.conflict for row in rows)[:MOST])


def test_conflicts_are_marked_and_those_left_out_are_counted(rows: tuple[Blend, ...], large: Answer) -> None:
    written = " ".join(texts(learned(rows, large.case))).replace("\n", " ")
    shown = most_contradicted(rows)[:MOST]
    assert sum(text.startswith("conflict;") for text in texts(learned(rows, large.case))) == len(
        [row for row in shown if row.is_conflict]
    )
    assert f"{len(rows) - MOST} left out" in written
    assert f"in {sum(row.is_conflict for row in rows)} they conflict" in learned_text(rows, large.case)
