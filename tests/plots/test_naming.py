"""What things are called in figures."""

from __future__ import annotations

import dataclasses

from making import case_of, indicator, inner, leaf

from falseflag.plots.text import ANY_OTHER, Names

CASE = case_of(
    [leaf("a"), inner("b", [leaf("b.c"), leaf("b.d")])],
    [indicator("x", {"others": 0.5}), indicator("y", {"others": 0.5}, observed=None)],
    {"g": (("x", "y"), 0.5)},
)


def test_nodes_are_named_by_their_path_and_blanks_by_their_name() -> None:
    tops = (CASE.hypotheses[0], dataclasses.replace(CASE.hypotheses[1], label=" Be \n it "))
    names = Names.of(dataclasses.replace(CASE, hypotheses=tops))
    assert names.node("b.c") == "Be it: b.c"
    assert (
        Names.of(dataclasses.replace(CASE, hypotheses=(leaf("a"), dataclasses.replace(leaf("b"), label="\x00")))).node(
            "b"
        )
        == "b"
    )
    assert names.node("not.there") == "not: there"


def test_places_of_statements() -> None:
    assert Names.of(CASE).place("others") == ANY_OTHER
    assert Names.of(CASE).place("a & sea=calm") == "a, sea: calm"


def test_groups_say_how_many_reports_they_hold() -> None:
    assert Names.of(CASE).counted("g", is_group=True) == "g (1 indicator)"
    assert Names.of(CASE).counted("x", is_group=False) == "x"
    assert Names.of(CASE).item("g", is_group=True) == "g"


def test_of_several_cases_the_first_counts() -> None:
    other = dataclasses.replace(CASE, title="other", hypotheses=(dataclasses.replace(leaf("a"), label="A"), leaf("z")))
    names = Names.of(CASE, other)
    assert (names.title, names.node("a"), names.node("z")) == ("made", "a", "z")
