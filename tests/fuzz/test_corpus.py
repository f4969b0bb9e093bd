"""What fuzzing found worth keeping, each as a test; a finding goes to ``tests/case/negative`` as well."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from commands import GUARD
from hostile.loading import answers

from fuzz.loader import CORPUS, fuzz_for


@pytest.mark.parametrize("path", sorted(CORPUS.iterdir()), ids=lambda path: path.name[:8])
def test_a_kept_input_is_answered(path: Path) -> None:
    assert answers(path.read_bytes())


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is in the dependency group fuzz")
def test_two_thousand_inputs_of_the_fuzzer_find_nothing(tmp_path: Path) -> None:
    figures = fuzz_for(0, tmp_path, "-runs=2000", f"-timeout={GUARD:.0f}")  # `make fuzz` bounds the seconds of each
    assert figures.findings == 0
    assert figures.runs >= 2000
    assert list(tmp_path.iterdir()) == []
