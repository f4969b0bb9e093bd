"""The headline picture shows every node, with the right numbers in the right places."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from closeness import close_to
from making import case_of, indicator, leaf
from matplotlib.axes import Axes

from falseflag.inference.result import Answer
from falseflag.plots.hypotheses import (
    NOTHING_FURTHER,
    bars,
    further,
    further_text,
    hypotheses,
    hypotheses_text,
    why_nothing_further,
)
from falseflag.plots.text import clean
from falseflag.sampling import sample
from falseflag.scales import BANDS
from falseflag.settings import Settings
from falseflag.wording import number, percent

from .conftest import HOSTILE
from .watching import texts


def scale_of(answer: Answer) -> Axes:
    return next(axes for axes in hypotheses(answer).axes if axes.get_xlabel() == "probability")


def marks(axes: Axes, label: str) -> list[tuple[float, ...]]:
    """Return x of each mark with a label, from the top row to the lowest."""
    lines = [line for line in axes.lines if line.get_label() == label]
    lines.sort(key=lambda line: -np.asarray(line.get_ydata())[0])
    return [tuple(np.asarray(line.get_xdata(), float)) for line in lines]


def test_rows_are_the_nodes_in_the_order_of_the_tree(answer: Answer) -> None:
    assert [(bar.label, bar.depth) for bar in bars(answer)] == [(row.label, row.depth) for row in answer.rows]


def test_prior_interval_is_of_the_prior_draws(answer: Answer) -> None:
    name = "h1"
    below = answer.problem.membership[name]
    expected = np.quantile(answer.prior_draws.prior[:, below].sum(axis=1), [0.05, 0.95])
    assert bars(answer)[answer.problem.nodes.index(name)].prior_interval == pytest.approx(tuple(expected))


def test_marks_stand_where_the_numbers_are(answer: Answer) -> None:
    axes = scale_of(answer)
    assert marks(axes, "prior-mean") == close_to([(row.prior,) for row in answer.rows])
    assert marks(axes, "posterior-mean") == close_to([(row.exact,) for row in answer.rows])
    assert marks(axes, "posterior-interval") == close_to([row.interval for row in answer.rows])
    assert marks(axes, "prior-interval") == close_to([bar.prior_interval for bar in bars(answer)])


def test_a_sampled_answer_is_drawn_where_the_exact_engine_has_it(sampled: Answer) -> None:
    other = dataclasses.replace(sampled)
    vars(other)["rows"] = tuple(dataclasses.replace(row, posterior=row.exact / 2) for row in sampled.rows)
    assert marks(scale_of(other), "posterior-mean") == close_to([(row.exact,) for row in sampled.rows])


def test_propositions_circumstances_and_staging_are_drawn_beneath(answer: Answer) -> None:
    axes = next(axes for axes in further(answer).axes if axes.get_xlabel() == "probability")
    rows = [*answer.propositions, *answer.circumstances, *(entry.attempted for entry in answer.deception)]
    assert len(rows) == 4
    assert marks(axes, "prior-mean") == close_to([(row.prior,) for row in rows])
    assert marks(axes, "posterior-mean") == close_to([(row.exact,) for row in rows])
    assert marks(axes, "posterior-interval") == close_to([row.interval for row in rows])
    assert "Red did it and staged evidence" in [text.replace("\n", " ") for text in texts(further(answer))]
    assert f"Blue, {percent(rows[0].prior)} and {percent(rows[0].exact)}" in further_text(answer)


def test_where_there_is_nothing_else_it_says_so() -> None:
    plain = sample(case_of([leaf("a"), leaf("b")], [indicator("x", {"others": 0.5})]), "exact", Settings(draws=50))
    assert why_nothing_further(plain) == NOTHING_FURTHER


def test_prior_is_hollow_and_thin_posterior_solid_and_thick(answer: Answer) -> None:
    lines = {line.get_label(): line for line in scale_of(answer).lines}
    assert lines["prior-mean"].get_markerfacecolor() == "white"
    assert lines["posterior-mean"].get_markerfacecolor() != "white"
    assert lines["posterior-interval"].get_linewidth() > 2 * lines["prior-interval"].get_linewidth()


def test_bands_lie_behind_and_their_terms_above(answer: Answer) -> None:
    axes = scale_of(answer)
    edges = sorted(round(patch.get_extents().transformed(axes.transData.inverted()).x0, 6) for patch in axes.patches)
    assert edges == [band.low for band in BANDS[::2]]
    written = {text.replace("\n", " ") for text in texts(axes.figure)}  # type: ignore[arg-type]
    assert {band.term for band in BANDS} <= written


def test_numbers_are_printed(answer: Answer) -> None:
    written = texts(hypotheses(answer))
    for row in answer.rows:
        assert number(row.prior) in written
        assert number(row.exact) in written
        assert "–".join(number(end) for end in row.interval) in written


def test_labels_are_shown_as_they_were_written(hostile: Answer) -> None:
    written = [text.replace("\n", " ") for text in texts(hypotheses(hostile))]
    for label in HOSTILE[:3]:
        assert any(text.startswith(clean(label)[:20]) for text in written)
    assert "h6" in written  # for want of a label


def test_dollars_are_no_formula(hostile: Answer) -> None:
    label = next(t for t in hypotheses(hostile).texts if t.get_text().startswith("A $x_1$"))
    assert not label.get_parse_math()


def test_text_alternative_names_the_leader_with_its_actor_and_adds_up(answer: Answer) -> None:
    text = hypotheses_text(answer)
    path = answer.leader.name.split(".")
    full = ": ".join(answer[".".join(path[: k + 1])].label for k in range(len(path)))
    assert text.startswith(f"Of 4 hypotheses the most probable are {full}, {number(answer.leader.prior)} %")
    assert "the other 1 together" in text
