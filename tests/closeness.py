"""Equality up to rounding, of whatever holds numbers: another processor may round the last digits differently."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


class close_to:  # noqa: N801  (reads as pytest.approx does, for nested mappings, sequences and dataclasses)
    """Equals what is the same but for numbers that differ by rounding.

    >>> {"a": (0.1 + 0.2, "b")} == close_to({"a": (0.3, "b")})
    True
    """

    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None  # an array on the left leaves the comparison to us

    def __init__(self, expected: object, rel: float = 1e-9, absolute: float = 1e-12) -> None:
        self.expected, self.rel, self.absolute = expected, rel, absolute

    def __eq__(self, other: object) -> bool:
        return self._same(other, self.expected)

    def __repr__(self) -> str:
        return f"{self.expected!r} but for rounding"

    def _same(self, one: Any, other: Any) -> bool:  # noqa: ANN401  (whatever a test compares)
        if isinstance(one, float | np.floating) or isinstance(other, float | np.floating):
            return self._same_number(one, other)
        one, other = (x.tolist() if isinstance(x, np.ndarray) else x for x in (one, other))
        return type(one) is type(other) and self._same_parts(one, other)

    def _same_parts(self, one: Any, other: Any) -> bool:  # noqa: ANN401
        if dataclasses.is_dataclass(one):
            return all(self._same(getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(one))
        if isinstance(one, Mapping):
            return list(one) == list(other) and all(self._same(one[key], other[key]) for key in one)
        if isinstance(one, list | tuple):
            return len(one) == len(other) and all(map(self._same, one, other))
        return bool(one == other)

    def _same_number(self, one: Any, other: Any) -> bool:  # noqa: ANN401
        numbers = (int, float, np.integer, np.floating)
        if not isinstance(one, numbers) or not isinstance(other, numbers):
            return False
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=self.rel, abs_tol=self.absolute)
