"""Every file in positive/ reads; every file in negative/ has the mistakes that the text beside it lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from falseflag.errors import CaseError
from falseflag.record import read_record

HERE = Path(__file__).parent
POSITIVE = sorted((HERE / "positive").glob("*.csv"))
NEGATIVE = sorted((HERE / "negative").glob("*.csv"))


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_a_valid_record_is_read(path: Path) -> None:
    assert len(read_record(path)) >= 1


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_a_record_has_the_expected_mistakes_and_no_others(path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        read_record(path)
    told = [f"{m.line}:{m.column}: {m.path}: {m.message}" for m in caught.value.mistakes]
    assert told == path.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert list(caught.value.mistakes) == sorted(caught.value.mistakes)
