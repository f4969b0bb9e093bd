"""Several cases side by side."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from closeness import close_to
from matplotlib.figure import Figure

from falseflag.case.model import Case
from falseflag.explain.compare import compare as put_side_by_side
from falseflag.inference.result import Answer
from falseflag.plots.compare import compare, compare_text, shown
from falseflag.wording import number, number_range

from .watching import cut_off, overlaps, texts


def others(case: Case, count: int) -> list[Case]:
    """Return the case with more and more weight on its first hypothesis."""
    first, *rest = case.hypotheses
    return [
        dataclasses.replace(
            case, title=f"Analyst {k}", hypotheses=(dataclasses.replace(first, weight=1.0 + 3 * k), *rest)
        )
        for k in range(count)
    ]


def marks(figure: Figure, label: str) -> list[float]:
    lines = [line for line in figure.axes[0].lines if line.get_label() == label]
    return [float(np.asarray(line.get_xdata())[0]) for line in lines]


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_every_case_and_both_pools_are_there(answer: Answer, count: int) -> None:
    cases = others(answer.case, count)
    found = put_side_by_side(cases)
    figure = compare(found, *cases)
    assert found.linear is not None
    assert found.logarithmic is not None
    assert marks(figure, "case") == close_to([value for node in shown(found) for value in found.posterior[node]])
    assert marks(figure, "linear") == close_to([found.linear[node] for node in shown(found)])
    assert marks(figure, "logarithmic") == close_to([found.logarithmic[node] for node in shown(found)])
    assert overlaps(figure) == []
    assert cut_off(figure) == []


def test_few_cases_have_a_column_and_a_line_of_the_key_each(answer: Answer) -> None:
    cases = others(answer.case, 3)
    found, written = put_side_by_side(cases), texts(compare(put_side_by_side(cases), *cases))
    assert {"A: Analyst 0", "B: Analyst 1", "C: Analyst 2"} <= set(written)
    assert {number(value or 0) for values in found.posterior.values() for value in values} <= set(written)


def test_of_many_cases_the_range_is_written(answer: Answer) -> None:
    cases = others(answer.case, 7)
    found, written = put_side_by_side(cases), texts(compare(put_side_by_side(cases), *cases))
    assert "each of 7 cases" in written
    values = [value for value in found.posterior["h0"] if value is not None]
    assert number_range(min(values), max(values)) in written


def test_signs_differ_in_more_than_colour(answer: Answer) -> None:
    cases = others(answer.case, 4)
    figure = compare(put_side_by_side(cases), *cases)
    assert len({line.get_marker() for line in figure.axes[0].lines if line.get_label() == "case"}) == 4


def test_other_hypotheses_have_no_pool_and_keep_their_labels(answer: Answer) -> None:
    first = answer.case
    new = dataclasses.replace(first.hypotheses[0], name="new", label="Nobody thought of them")
    second = dataclasses.replace(first, title="second", hypotheses=(*first.hypotheses, new))
    found = put_side_by_side((first, second))
    written = texts(compare(found, first, second))
    assert "Nobody thought of them" in [text.replace("\n", " ") for text in written]
    assert "–" in written
    assert not any("pool" in text for text in written)
    assert "Pooled" not in compare_text(found, first, second)


def test_children_stand_below_their_parents_whichever_case_they_are_from(answer: Answer) -> None:
    found = put_side_by_side(others(answer.case, 2))
    late = dict(sorted(found.posterior.items(), key=lambda item: item[0].count(".")))
    assert shown(dataclasses.replace(found, posterior=late)) == ["h0", "h1", "h1.k0", "h1.k1", "h2"]


def test_text_alternative_names_the_leaders(answer: Answer) -> None:
    cases = others(answer.case, 2)
    found = put_side_by_side(cases)
    text = compare_text(found, *cases)
    labels = {top.name: top.label for top in answer.case.hypotheses}
    for title, leader in zip(found.titles, found.leaders, strict=True):
        assert f"in “{title}” {labels[leader]} leads with" in text
    assert "(linear)" in text
