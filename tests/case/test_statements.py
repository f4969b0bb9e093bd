"""Which combination clashes and which is left out: the arrays against the definition, condition by condition."""

from __future__ import annotations

import numpy as np
import pytest

from falseflag.case.conditions import OTHERS, Clash, Condition, narrowest
from falseflag.case.statements import Combination, Combinations
from falseflag.case.states import Branch, Outline

NODES = ["", "a", "a.x", "a.y", "a.y.p", "a.y.q", "b"]
LEAVES = ["a.x", "a.y.p", "a.y.q", "b"]
VALUES = {"c": ("x", "y"), "d": ("x", "y", "z")}
OUTLINE = Outline(LEAVES, [Branch(name, values, {OTHERS: values}) for name, values in VALUES.items()])
ALL: list[Combination] = [(leaf, (c, d)) for leaf in LEAVES for c in VALUES["c"] for d in VALUES["d"]]


def random_condition(rng: np.random.Generator) -> Condition:
    values = [(name, str(rng.choice(of))) for name, of in VALUES.items() if rng.random() < 0.4]
    return Condition(str(rng.choice(NODES)), tuple(values))


@pytest.mark.parametrize("seed", range(300))
def test_gaps_and_clashes_are_those_of_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    conditions = list(dict.fromkeys(random_condition(rng) for _ in range(rng.integers(1, 9))))
    taken = [narrowest(conditions, leaf, dict(zip(VALUES, values, strict=True))) for leaf, values in ALL]
    combinations = Combinations(OUTLINE, ALL)
    first_gap = next((at for at, row in zip(ALL, taken, strict=True) if row is None), None)
    assert combinations.gap(conditions) == first_gap
    clash = combinations.clash(conditions)
    first_clash = next((at for at, row in zip(ALL, taken, strict=True) if isinstance(row, Clash)), None)
    assert (clash[0] if clash else None) == first_clash
    positions = [conditions.index(row) for row in taken if isinstance(row, Condition)]
    assert [
        n for n, row in zip(combinations.taken(conditions), taken, strict=True) if isinstance(row, Condition)
    ] == positions
    if clash:
        at, one, other = clash
        joined = one.joined(other)
        assert joined is not None
        assert joined.holds(at[0], dict(zip(VALUES, at[1], strict=True)))
        assert joined.is_narrower(one)
        assert joined.is_narrower(other)
