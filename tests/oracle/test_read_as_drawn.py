"""Random cases of the second edition: what is read from the YAML is the case that was drawn."""

from __future__ import annotations

import pytest

from falseflag.case.loader import load_text
from oracle.agreement import differences
from oracle.random_cases import draw

EVERY = [*range(1000, 1060), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2000, 2400))]


@pytest.mark.parametrize("seed", EVERY)
def test_case_is_read_as_it_was_drawn(seed: int) -> None:
    drawn = draw(seed)
    assert list(differences(drawn.case, load_text(drawn.yaml))) == []
