"""Counts by class and grade, against counting by hand."""

from __future__ import annotations

from dataclasses import replace

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


def test_counts_share_incidents_by_grade_and_pass_over_blanks() -> None:
    counts, i = counts_of(RECORD), list(INDICATORS).index("mass_casualties")
    of = {name: k for k, name in enumerate(CLASSES)}
    other = {grade: (1 - weight) / 3 for grade, weight in GRADE_WEIGHTS.items()}
    assert counts.present[i, of["false_flag"]] == pytest.approx(GRADE_WEIGHTS["A"] + GRADE_WEIGHTS["C"])
    assert counts.absent[i, of["false_flag"]] == pytest.approx(GRADE_WEIGHTS["B"] + other["C"])
    assert (counts.seen_present[i, of["false_flag"]], counts.seen_absent[i, of["false_flag"]]) == (2, 1)
    assert counts.present[i, of["adversary"]] == pytest.approx(other["A"] + other["C"])
    assert counts.absent[i, of["adversary"]] == pytest.approx(GRADE_WEIGHTS["C"] + other["B"])
    assert (counts.present.sum(), counts.present[i].sum()) == pytest.approx((2, 2))
    assert counts.overall[i] == pytest.approx((0.5 + 2) / (1 + 4))
    assert np.delete(counts.overall, i).tolist() == [0.5] * (len(INDICATORS) - 1)


def test_an_author_of_two_classes_counts_under_both() -> None:
    said = {"nonstate": 0.7, "false_flag": 0.3}
    one = replace(incident("f", "nonstate", mass_casualties=True), author_probabilities=said)
    counts, i = counts_of(Record((one,))), list(INDICATORS).index("mass_casualties")
    assert counts.present[i] == pytest.approx([0, 0.7, 0.3, 0])
    assert counts.seen_present[i].tolist() == [0, 1, 0, 0]
    assert Record((one,)).y.tolist() == [1]


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
