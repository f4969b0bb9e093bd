"""Random cases of the second edition: the exact engine and brute force give the same answers."""

from __future__ import annotations

import pytest

from falseflag.errors import RequestError
from oracle.agreement import coalition_disagreements, disagreements
from oracle.brute_force import BruteForce
from oracle.random_cases import draw

FAST, SLOW = range(1000, 1012), range(2000, 2200)
EVERY = [*FAST, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW)]


@pytest.mark.parametrize("seed", EVERY)
def test_answers(seed: int) -> None:
    case = draw(seed).case
    if sum(BruteForce(case).weights) == 0:
        with pytest.raises(RequestError, match="has probability 0 under every hypothesis"):
            disagreements(case)
    else:
        assert disagreements(case, tolerance=1e-6) == {}


@pytest.mark.parametrize("seed", [*range(1020, 1023), *(pytest.param(s, marks=pytest.mark.slow) for s in SLOW[:40])])
def test_answers_on_a_part_of_the_evidence(seed: int) -> None:
    case = draw(seed).case
    if sum(BruteForce(case).weights) > 0:
        assert coalition_disagreements(case, tolerance=1e-6) == {}
