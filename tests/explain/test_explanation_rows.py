"""Weight, Shapley value and answer without each factor go together, whatever the factors are called."""

from __future__ import annotations

import math

from making import case_of, indicator, leaf

from falseflag.case.model import Case
from falseflag.explain.evidence import Evidence
from falseflag.explain.explanation import explain
from falseflag.tables import explanations


def same_name() -> Case:
    """Return a case with a group that is called like an indicator outside of it."""
    indicators = [
        indicator("x", {"a": 0.8, "others": 0.3}),
        indicator("y", {"b": 0.8, "others": 0.3}),
        indicator("z", {"b": 0.7, "others": 0.2}),
    ]
    return case_of([leaf("a"), leaf("b")], indicators, {"x": (("y", "z"), 0.5)})


def test_a_group_called_like_an_indicator_keeps_its_own_figures() -> None:
    case = same_name()
    found = explain(Evidence.of(case), case, "a", "b")
    rows = {row.is_group: (row, share, without) for row, share, without in found.factors}
    weight, share, without = rows[False]
    assert math.isclose(weight.db, 10 * math.log10(0.8 / 0.3))
    assert math.isclose(share.db, weight.db)  # of two hypotheses, a factor is worth the same in every order
    assert without.kind == "indicator"
    assert rows[True][1].db < 0
    table = explanations.weights(case, "a", "b").sort_values("is_group")
    assert math.isclose(table["shapley"].iloc[0], share.db)
    assert math.isclose(table["without"].iloc[1], 0.8 / 1.1)
