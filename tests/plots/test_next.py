"""What to find out next."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from closeness import close_to
from matplotlib.patches import Rectangle

from falseflag.explain.analysis import Analysis
from falseflag.explain.value_of_information import ExpectedInformation, Outcome, value_of_information
from falseflag.inference.result import Answer
from falseflag.plots.next_ import MOST, priorities, priorities_text
from falseflag.wording import percent

from .watching import texts


def rows_of(answer: Answer) -> tuple[ExpectedInformation, ...]:
    return value_of_information(Analysis.of(answer.case))


def test_bars_are_bits_and_marks_the_leaders_probabilities(large: Answer) -> None:
    rows = rows_of(large)[:MOST]
    bits, chances = priorities(rows_of(large), large.case).axes[:2]
    assert [bar.get_width() for bar in bits.patches if isinstance(bar, Rectangle)] == close_to(
        [row.bits for row in rows]
    )
    leader = Analysis.of(large.case).leader
    for label, values in (
        ("outcome-0", [row.outcomes[0].posterior[leader] for row in rows]),
        ("outcome-1", [row.outcomes[1].posterior[leader] for row in rows]),
        ("now", [large[leader].exact] * 2),
    ):
        drawn = [x for line in chances.lines if line.get_label() == label for x in np.asarray(line.get_xdata())]
        assert drawn == pytest.approx(values, abs=1e-9)


def test_what_is_expected_is_written(large: Answer) -> None:
    written = texts(priorities(rows_of(large), large.case))
    assert {f"{row.bits:.3f}" for row in rows_of(large)[:MOST]} <= set(written)


def test_title_says_how_many_are_left_out(large: Answer) -> None:
    assert len(rows_of(large)) == MOST + 5
    assert any("(5 left out)" in text for text in texts(priorities(rows_of(large), large.case)))


def test_an_outcome_that_changes_the_leader_is_said(answer: Answer) -> None:
    row = next(row for row in rows_of(answer) if not row.is_circumstance)
    leader = Analysis.of(answer.case).leader
    first, *rest = (dataclasses.replace(outcome, leader=leader) for outcome in row.outcomes)
    assert not any("leads" in text for text in texts(priorities((row_of(row, first, *rest),), answer.case)))
    turned = row_of(row, dataclasses.replace(first, leader="h1"), *rest)
    assert "present: “Blue” leads" in texts(priorities((turned,), answer.case))


def row_of(row: ExpectedInformation, *outcomes: Outcome) -> ExpectedInformation:
    return dataclasses.replace(row, outcomes=outcomes)


def test_circumstances_stand_among_what_is_unknown(answer: Answer) -> None:
    rows = rows_of(answer)
    assert {row.name for row in rows if row.is_circumstance} == {"place"}
    assert answer.case.circumstances["place"].label in texts(priorities(rows, answer.case))


def test_text_alternative_names_the_leader_and_the_outcomes(answer: Answer) -> None:
    row = next(row for row in rows_of(answer) if not row.is_circumstance)
    leader = Analysis.of(answer.case).leader
    text = priorities_text((row,), answer.case)
    assert f"1 in all, with the probability of {answer[leader].label}, now {percent(answer[leader].exact)}" in text
    first = row.outcomes[0]
    assert f"{row.bits:.3f} bits (present {percent(first.p)}, then {percent(first.posterior[leader])}" in text
