"""What the project aims at, beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from stopwatch import Ratio


@dataclass(frozen=True)
class Aim:
    """A ratio and what it should be, at most or at least; if it may fall short, what was tried."""

    what: str
    measured: Ratio
    limit: float
    at_most: bool = False
    tried: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the median meets the aim, or by how much it falls short."""
        value = self.measured.median
        if value <= self.limit if self.at_most else value >= self.limit:
            return "met"
        short = f"short by a factor of {max(value / self.limit, self.limit / value):.2f}"
        return f"{short}; {self.tried}" if self.tried else short

    def row(self) -> list[str]:
        """Return the aim as a row of a table."""
        return [self.what, str(self.measured), f"{'≤' if self.at_most else '≥'} {self.limit:g}", self.verdict]
