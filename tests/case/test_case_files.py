"""Every file in positive/ loads; every file in negative/ has the errors that its ``# expect:`` lines name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from falseflag.case import load
from falseflag.errors import CaseError, Diagnostic

HERE = Path(__file__).parent
POSITIVE = sorted((HERE / "positive").glob("*.yaml"))
NEGATIVE = sorted((HERE / "negative").glob("*.yaml"))
MARK = "# expect: "


@pytest.mark.parametrize("path", POSITIVE, ids=lambda path: path.stem)
def test_a_valid_file_loads(path: Path) -> None:
    assert load(path).title


@pytest.mark.parametrize("path", NEGATIVE, ids=lambda path: path.stem)
def test_a_file_has_the_expected_errors_and_no_others(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    expected = [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]
    with pytest.raises(CaseError) as caught:
        load(path)
    assert [_told(error, path) for error in caught.value.diagnostics] == expected
    assert not caught.value.omitted


def _told(error: Diagnostic, path: Path) -> str:
    """Format a error without the name of the file, where it is the file under test."""
    name = Path(os.path.relpath(error.file, path.parent)).as_posix()
    text = str(error).removeprefix(f"{error.file}:")
    return text if name == path.name else f"{name}:{text}"


def test_errors_are_in_the_order_of_the_lines() -> None:
    for path in NEGATIVE:
        with pytest.raises(CaseError) as caught:
            load(path)
        assert list(caught.value.diagnostics) == sorted(caught.value.diagnostics)
