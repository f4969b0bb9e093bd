"""Counts by class and grade, against counting by hand."""

from __future__ import annotations

import numpy as np
import pytest

from falseflag.distributions import Beta
from falseflag.record import CLASSES, GRADE_WEIGHTS, INDICATORS, Incident, Record
from falseflag.record.model import counts_of
from falseflag.record.rates import as_json, path_beside, read_fitted


def incident(name: str, author: str, grade: str = "A", **cells: bool | None) -> Incident:
    return Incident(name, name, "2000-01-01", "x", "y", author, grade, dict.fromkeys(INDICATORS) | cells)


RECORD = Record(
    (
        incident("a", "false_flag", "A", mass_casualties=True),
        incident("b", "false_flag", "C", mass_casualties=True),
        incident("c", "false_flag", "B", mass_casualties=False),
        incident("d", "false_flag", "B"),
        incident("e", "adversary", "C", mass_casualties=False),
    ),
    sha256="abc",
)


def test_counts_are_weighted_by_grade_and_pass_over_blanks() -> None:
    counts, i = counts_of(RECORD), list(INDICATORS).index("mass_casualties")
    of = {name: k for k, name in enumerate(CLASSES)}
    assert counts.present[i, of["false_flag"]] == pytest.approx(GRADE_WEIGHTS["A"] + GRADE_WEIGHTS["C"])
    assert counts.absent[i, of["false_flag"]] == pytest.approx(GRADE_WEIGHTS["B"])
    assert (counts.seen_present[i, of["false_flag"]], counts.seen_absent[i, of["false_flag"]]) == (2, 1)
    assert (counts.present[i, of["adversary"]], counts.absent[i, of["adversary"]]) == (0, GRADE_WEIGHTS["C"])
    assert counts.present.sum() == pytest.approx(counts.present[i].sum())
    total = 2 * GRADE_WEIGHTS["C"] + GRADE_WEIGHTS["A"] + GRADE_WEIGHTS["B"]
    assert counts.overall[i] == pytest.approx((0.5 + GRADE_WEIGHTS["A"] + GRADE_WEIGHTS["C"]) / (1 + total))
    assert np.delete(counts.overall, i).tolist() == [0.5] * (len(INDICATORS) - 1)


def test_fitted_rates_come_back_and_know_their_record() -> None:
    rates = {(name, of): Beta(1.5 + k, 2.5) for name in INDICATORS for k, of in enumerate(CLASSES)}
    found = read_fitted(as_json(RECORD, rates, {"seed": 1}).encode())
    assert found.rates == rates
    assert found.is_of(RECORD)
    assert not found.is_of(RECORD.only(np.arange(len(RECORD)) > 0))
    assert path_beside("priors/resolved_cases.csv") == "priors/resolved_cases.hierarchical.json"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"rates": {}, "record_sha256": "a"}', b"\xff", b"[" * 100000])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        read_fitted(content)


def test_rates_are_above_zero() -> None:
    rates = {(name, of): Beta(0.0, 2.5) for name in INDICATORS for of in CLASSES}
    with pytest.raises(ValueError, match="above 0"):
        read_fitted(as_json(RECORD, rates).encode())
