"""Labels at the ends of lines, moved apart where the lines end close together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from falseflag.problem import Floats


def apart(wanted: Sequence[float] | Floats, gap: float, low: float, high: float) -> Floats:
    """Return places as near as can be to those wanted, in the same order, `gap` apart, between two ends.

    The sum of squared moves is the least: with i gaps subtracted from the i-th place this is isotonic regression.
    """
    values = np.asarray(wanted, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = gap * np.arange(len(values))
    blocks: list[list[float]] = []
    for value in values[order] - steps:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, n) = blocks[-2:]
            blocks[-2:] = [[(a * m + b * n) / (m + n), m + n]]
    level = np.concatenate([np.full(int(count), mean) for mean, count in blocks]) if blocks else np.zeros(0)
    out = np.empty(len(values))
    out[order] = np.clip(level, low, max(low, high - gap * (len(values) - 1))) + steps
    return out
