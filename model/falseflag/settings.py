"""How a case is to be sampled, and the version of what a run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from falseflag.errors import RequestError

FORMAT = 2
"""Of ``posterior.json`` and of the stored draws; goes up when a reader of the old form would misread the new one."""

type Engine = Literal["exact", "nuts"]


def check_engine(engine: str) -> None:
    """Refuse what is no engine.

    Raises
    ------
    RequestError
        With the choices.
    """
    choices = get_args(Engine.__value__)
    if engine not in choices:
        raise RequestError(f"engine should be {' or '.join(map(repr, choices))} but got {engine!r}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers that a run is asked with; together with the case they determine its draws.

    Parameters
    ----------
    draws, tune : int
        Draws kept and discarded in each chain. Chains start from exact draws, so that few have to be discarded.
    chains : int
        Chains; the exact engine makes ``draws * chains`` independent draws.
    seed : int
        The same seed gives the same draws on the same machine.
    """

    draws: int = 1000
    tune: int = 300
    chains: int = 4
    seed: int = 20230503


DEFAULTS = Settings()
