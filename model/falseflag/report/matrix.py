"""The evidence as a matrix, hypotheses in rows and reports in columns: how well each report fits each hypothesis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from falseflag.case.model import Indicator
from falseflag.exact.posterior import log_report
from falseflag.explain.evidence import DECIBANS, Evidence
from falseflag.problem import Floats

COLUMNS = 14
"""Columns of one matrix: as many as A4 and a screen hold."""

WEAK_DB, STRONG_DB = 1.0, 3.0
"""Decibans from which a report speaks for or against a hypothesis, and clearly so."""

type Sign = Literal["++", "+", "·", "−", "−−"]

NAMES: dict[Sign, str] = {"++": "for2", "+": "for1", "·": "level", "−": "against1", "−−": "against2"}
"""Classes of the cells in the style sheet."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One report under one hypothesis.

    Parameters
    ----------
    probability : float
        P(what was reported | hypothesis).
    sign : {'++', '+', '·', '−', '−−'}
        Whether the report speaks for the hypothesis, against the average of all by their prior weights.
    """

    probability: float
    sign: Sign

    @property
    def css_class(self) -> str:
        """The class of the cell in the style sheet."""
        return NAMES[self.sign]


@dataclass(frozen=True, slots=True)
class Block:
    """As many columns as can be read beside each other.

    Parameters
    ----------
    columns : tuple of (int, Indicator)
        The reports, with their numbers in the list of evidence.
    rows : tuple of (str, tuple of Cell)
        Each leaf's name with its cells.
    """

    columns: tuple[tuple[int, Indicator], ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def matrix(evidence: Evidence, numbered: list[tuple[int, Indicator]]) -> Iterator[Block]:
    """Lay out the reported indicators among those numbered, block by block."""
    reported = [(number, i) for number, i in numbered if i.observed is not None]
    for start in range(0, len(reported), COLUMNS):
        yield _block(evidence, reported[start : start + COLUMNS])


def _block(evidence: Evidence, columns: list[tuple[int, Indicator]]) -> Block:
    problem = evidence.problem
    logs = log_report(problem, np.array([problem.indicators.index(i.name) for _, i in columns]))  # (columns, H)
    average = special.logsumexp(logs + problem.log_prior, axis=1, keepdims=True)
    db = DECIBANS * (logs - average)
    rows = tuple((name, _cells(*row)) for name, *row in zip(problem.leaves, logs.T, db.T, strict=True))
    return Block(tuple(columns), rows)


def _cells(logs: Floats, db: Floats) -> tuple[Cell, ...]:
    return tuple(Cell(float(np.exp(log)), _sign(float(d))) for log, d in zip(logs, db, strict=True))


def _sign(db: float) -> Sign:
    if abs(db) < WEAK_DB:
        return "·"
    if db > 0:
        return "++" if db >= STRONG_DB else "+"
    return "−−" if db <= -STRONG_DB else "−"
