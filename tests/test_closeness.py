"""`close_to` lets rounding pass and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from closeness import close_to
from steps import calls_of


@dataclass(frozen=True)
class Made:
    name: str
    values: tuple[float, ...]


THIRD = 0.1 + 0.2  # one unit in the last place above 0.3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, THIRD),
        ([0.3, "a", None], [THIRD, "a", None]),
        ({"a": (1, 0.3)}, {"a": (1, THIRD)}),
        (Made("x", (0.3,)), Made("x", (THIRD,))),
        (np.array([[0.3, 1.0]]), np.array([[THIRD, 1.0]])),
        (float("nan"), float("nan")),
    ],
)
def test_rounding_passes(one: object, other: object) -> None:
    assert one == close_to(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.3, 0.3001),
        (0.3, "0.3"),
        (float("nan"), 0.3),
        ([0.3], [0.3, 0.3]),
        ([0.3], (0.3,)),
        ({"a": 0.3}, {"b": 0.3}),
        (Made("x", (0.3,)), Made("y", (0.3,))),
        (Made("x", (0.3,)), Made("x", (0.31,))),
        (np.array([0.3, 1.0]), np.array([[0.3, 1.0]])),
        (1, True),
    ],
)
def test_anything_else_does_not(one: object, other: object) -> None:
    assert not one == close_to(other)  # noqa: SIM201  (it is `==` that is used)


def test_calls_are_counted() -> None:
    assert calls_of(lambda: [abs(x) for x in range(1000)]) == pytest.approx(1000, abs=5)
