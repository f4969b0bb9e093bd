"""Cases that class their hypotheses differently are compared judgement by judgement all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from making import case_of, indicator, leaf

from falseflag.case.learning import RecordPrior
from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.exact.posterior import answer_exactly
from falseflag.explain.alignment import aligned
from falseflag.explain.compare import disagreement
from falseflag.explain.evidence import DECIBANS
from falseflag.problem import problem_of
from falseflag.record import INDICATORS, Incident, Record

RECORD = Record(
    tuple(
        Incident(f"i{k}", "t", "2000-01-01", "x", "y", author, "A", dict.fromkeys(INDICATORS) | {"precedent": cell})
        for k, (author, cell) in enumerate([("adversary", True), ("nonstate", False), ("false_flag", False)] * 4)
    )
)


def learned(**classes: str) -> Case:
    """A case of four leaves, learned with the classes given to some of them."""
    case = unlearned(**classes)
    return RecordPrior(RECORD, 1.0).updated(case) if classes else case


def unlearned(**classes: str) -> Case:
    tree = [replace(leaf(name), author_class=classes.get(name, "")) for name in "abcd"]
    one = replace(indicator("i", {"a": Beta(3.0, 4.0), "others": Beta(2.0, 5.0)}), like="precedent")
    two = replace(indicator("j", {"others": Beta(2.0, 2.0)}, observed=False), like="precedent")
    return case_of(tree, [one, two], {"g": (("i", "j"), 0.5)})


CLASSED = {"a": "adversary", "b": "adversary", "c": "nonstate"}
PAIRS = [
    (learned(), learned(a="adversary", b="adversary", c="nonstate")),
    (learned(a="adversary", b="adversary"), learned(a="nonstate", b="false_flag", d="adversary")),
    (learned(a="adversary", b="adversary", c="adversary"), learned(c="adversary", d="nonstate")),
    (unlearned(**CLASSED), learned(**CLASSED)),
    (learned(**CLASSED, d="accident"), unlearned(**CLASSED, d="accident")),
]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_alignment_changes_no_answer(first: Case, second: Case) -> None:
    for before, after in zip((first, second), aligned(first, second), strict=True):
        assert np.allclose(
            answer_exactly(problem_of(after)).leaves, answer_exactly(problem_of(before)).leaves, atol=1e-12
        )


@pytest.mark.parametrize(("first", "second"), PAIRS)
@pytest.mark.parametrize("node", "abcd")
def test_shares_add_up_to_the_whole_difference(first: Case, second: Case, node: str) -> None:
    found = disagreement(first, second, node)
    assert found is not None
    ends = [answer_exactly(problem_of(case)).leaves["abcd".index(node)] for case in (first, second)]
    odds = [DECIBANS * np.log(p / (1 - p)) for p in ends]
    assert found.first_db == pytest.approx(odds[0], abs=1e-6)
    assert found.second_db == pytest.approx(odds[1], abs=1e-6)
    assert sum(share.db for share in found.shares) == pytest.approx(odds[1] - odds[0], abs=1e-6)


def test_keys_lead_into_the_file_and_the_class_stands_beside() -> None:
    found = disagreement(*PAIRS[0], "a")
    assert found is not None
    rows = [share.as_dict() for share in found.shares]
    assert {row["class"] for row in rows} == {None, "adversary", "nonstate"}
    assert all("@" not in key for row in rows for key in row["what"])
