"""What to find out next."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from closeness import close_to
from matplotlib.patches import Rectangle

from falseflag.inference.result import Answer
from falseflag.explain.collection import Prospect, prospects
from falseflag.explain.evidence import Evidence
from falseflag.plots.priorities import MOST, priorities, priorities_text
from falseflag.wording import number

from .watching import texts


def rows_of(answer: Answer) -> tuple[Prospect, ...]:
    return prospects(Evidence.of(answer.case))


def test_bars_are_bits_and_marks_the_leaders_probabilities(large: Answer) -> None:
    rows = rows_of(large)[:MOST]
    bits, chances = priorities(rows_of(large), large.case).axes[:2]
    assert [bar.get_width() for bar in bits.patches if isinstance(bar, Rectangle)] == close_to(
        [row.bits for row in rows]
    )
    leader = large.leader.name
    for label, values in (
        ("present", [row.if_present[leader] for row in rows]),
        ("absent", [row.if_absent[leader] for row in rows]),
        ("now", [large.leader.posterior] * 2),
    ):
        drawn = [x for line in chances.lines if line.get_label() == label for x in np.asarray(line.get_xdata())]
        assert drawn == pytest.approx(values, abs=1e-9)


def test_the_chances_of_either_outcome_are_written(large: Answer) -> None:
    written = texts(priorities(rows_of(large), large.case))
    for row in rows_of(large)[:MOST]:
        assert {number(row.p_present), f"{row.bits:.3f}"} <= set(written)


def test_title_says_how_many_are_left_out(large: Answer) -> None:
    assert len(rows_of(large)) == MOST + 4
    assert any("(4 left out)" in text for text in texts(priorities(rows_of(large), large.case)))


def test_an_outcome_that_changes_the_leader_is_told(answer: Answer) -> None:
    (row,) = rows_of(answer)
    assert not any(text.startswith("if present, ") for text in texts(priorities((row,), answer.case)))
    turned = dataclasses.replace(row, leader_if_present="h1.k0")
    assert "if present, “Blue: Blue / 0” leads" in texts(priorities((turned,), answer.case))


def test_text_alternative_names_the_leader_and_both_outcomes(answer: Answer) -> None:
    (row,) = rows_of(answer)
    text = priorities_text((row,), answer.case)
    assert "1 in all, with the probability of Somebody else, now" in text
    assert f"{row.bits:.3f} bits ({number(row.p_present)} % that it is reported present; then" in text
