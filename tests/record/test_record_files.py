"""Every file in positive/ reads; every file in negative/ has the errors that the text beside it lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from falseflag.cli.app import app_for
from falseflag.errors import CaseError
from falseflag.record import read_record

HERE = Path(__file__).parent
POSITIVE = sorted((HERE / "positive").glob("*.csv"))
NEGATIVE = sorted((HERE / "negative").glob("*.csv"))


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_a_valid_record_is_read(path: Path) -> None:
    assert len(read_record(path)) >= 1


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_a_record_has_the_expected_errors_and_no_others(path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        read_record(path)
    told = [f"{m.line}:{m.column}: {m.path}: {m.message}" for m in caught.value.diagnostics]
    assert told == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert list(caught.value.diagnostics) == sorted(caught.value.diagnostics)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"," * (1 << 20), "at most 5,000 incidents in 100 columns"),
        (b"a\n" * (1 << 19), "at most 5,000 incidents in 100 columns"),
        (b'"' + b"a\n" * ((1 << 19) - 1), "not closed"),
        (b'""' * (1 << 19), "Unknown column"),
        (b"a" * ((1 << 20) + 1), "at most 1 MiB"),
        (b"\x00" * 1000, "UTF-8"),
    ],
    ids=["commas", "rows", "quote", "quotes", "large", "zeros"],
)
def test_hostile_records_are_refused_soon(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_bytes(content)
    with pytest.raises(CaseError, match=told):
        read_record(path)


def test_check_tells_of_records_too() -> None:
    good, bad = HERE / "positive" / "smallest.csv", HERE / "negative" / "date.csv"
    found = CliRunner().invoke(app_for([]), ["check", str(good)])
    assert (found.exit_code, found.output) == (0, f"{good}: fine (1 incident, 15 indicators)\n")
    found = CliRunner().invoke(app_for([]), ["check", str(good), str(bad)])
    assert found.exit_code == CaseError.exit_code
    assert f"{bad}:2: a.date: Should be the day" in found.output
