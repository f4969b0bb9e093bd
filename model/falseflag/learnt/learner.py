"""The case that a back-test shows with its record and without: it has to learn from that very record."""

from __future__ import annotations

from pathlib import Path

from falseflag.case.loader import load
from falseflag.case.model import Case
from falseflag.errors import RequestError
from falseflag.record import Record


def load_learner(path: Path, record: Record) -> Case:
    """Load a case that learns from a record.

    Raises
    ------
    CaseError
        If the case cannot be read.
    RequestError
        If it learns from nothing, or from another record, or from this one as it was before.
    """
    case = load(path)
    name = Path(record.path).name
    if case.learning is None:
        raise RequestError(
            f"{path}: it learns from no record: write `learn: {{from: {name}}}` in it, with links of its indicators, "
            "or leave out --case"
        )
    if case.learning.sha256 != record.sha256:
        raise RequestError(
            f"{path}: it learns from {case.learning.path}, whose content is not that of {record.path}: let `from` "
            f"under `learn` name the record under test, or give `falseflag backtest` the record of the case"
        )
    return case
