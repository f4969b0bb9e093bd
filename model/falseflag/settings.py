"""How a case is to be sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Engine = Literal["exact", "nuts"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers that a run is asked with; together with the case they determine its draws.

    Parameters
    ----------
    draws, tune : int
        Draws kept and discarded in each chain.
    chains : int
        Chains; the exact engine makes ``draws * chains`` independent draws.
    seed : int
        The same seed gives the same draws on the same machine.
    """

    draws: int = 1000
    tune: int = 1000
    chains: int = 4
    seed: int = 20230503


DEFAULTS = Settings()
