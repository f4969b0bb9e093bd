"""What the functions of the package return: immutable records that show themselves as a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

NOT_SOUND = "A check failed: this answer is not to be relied on."
"""Stands wherever an answer is shown that failed a check."""


class Result(ABC):
    """A result: its sentences, its table, and a dictionary of all that it holds."""

    __slots__ = ()

    @property
    def title(self) -> str:
        """What it is about: the title of its case."""
        return str(self.case.title)  # type: ignore[attr-defined] # all but a few are about one case

    @property
    def is_sound(self) -> bool:
        """Whether every check passed."""
        return True

    @property
    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Its main table; `falseflag.tables` has others."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""

    def in_words(self) -> Sequence[str]:
        """Return what there is to say, the most important sentence first."""
        return ()

    def __repr__(self) -> str:
        """Say what it is, and whether it can be relied on."""
        return f"<{type(self).__name__} of {self.title!r}{'' if self.is_sound else '; a check failed'}>"

    def _repr_html_(self) -> str:
        """Show it in a notebook: the sentences, then the table, with a warning above if a check failed."""
        warning = "" if self.is_sound else f"<p><strong>{NOT_SOUND}</strong></p>"
        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.in_words())
        return f"<p>{escape(self.title)}</p>{warning}{sentences}{self.frame.to_html()}"
