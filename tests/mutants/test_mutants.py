"""Every wrong version is noticed by all that is to notice it; the right one passes the same."""

from __future__ import annotations

import pytest

from mutants.detectors import DETECTORS
from mutants.registry import MUTANTS, Mutant

PAIRS = [
    pytest.param(mutant, name, id=f"{mutant.name}-{name}", marks=[pytest.mark.slow] if DETECTORS[name].slow else [])
    for mutant in MUTANTS
    for name in mutant.detectors
]


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if d.slow else []) for n, d in DETECTORS.items()]
)
def test_the_right_version_passes(name: str) -> None:
    assert not DETECTORS[name].flags()


@pytest.mark.parametrize(("mutant", "name"), PAIRS)
def test_a_wrong_version_is_noticed(mutant: Mutant, name: str) -> None:
    with mutant.applied():
        assert DETECTORS[name].flags(), f"{mutant.name} ({mutant.what}) went unnoticed by {DETECTORS[name].about}"


def test_each_has_a_name_and_something_that_notices() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 47
    assert all(mutant.detectors for mutant in MUTANTS)
