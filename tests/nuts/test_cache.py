"""The same seed gives the same draws, whether machine code was compiled just now or lay in the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from falseflag.elicitation import Beta
from falseflag.sampling import sample
from falseflag.settings import Settings
from making import case_of, indicator, leaf
x, y = indicator("x", {{"a": Beta(2, 5), "others": 0.6}}), indicator("y", {{"others": Beta(3, 2)}}, reliability=0.9)
case = case_of([leaf("a"), leaf("b")], [x, y], {{"g": (("x", "y"), Beta(6, 4))}})
draws = sample(case, "nuts", Settings(draws=200, tune=200)).draws
print(hashlib.sha256(draws.probability.tobytes() + draws.theta.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_cold_and_warm_cache_give_identical_draws(tmp_path: Path) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parents[1]))
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}

    def digest() -> str:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    cold = digest()
    assert any(tmp_path.rglob("*.n*i")), "there is no cache: the test would compare nothing"
    assert digest() == cold
