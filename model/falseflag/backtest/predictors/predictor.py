"""What a predictor is: incidents with authors in, probabilities of the classes for others out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from falseflag.backtest.material import Reports, Training
from falseflag.problem import Floats

type Predict = Callable[[Training, Reports, Floats], Floats]
"""From what may be learned from, n reports and the classes' prior, shape (C,), to probabilities, shape (n, C)."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A rule that answers incidents it has not seen.

    Parameters
    ----------
    name, label : str
    predict : Predict
    is_baseline : bool
        Whether it looks at no indicator but the accusation.
    uses_prior : bool
        Whether its answers depend on the classes' prior, and on more.
    """

    name: str
    label: str
    predict: Predict
    is_baseline: bool = False
    uses_prior: bool = True
