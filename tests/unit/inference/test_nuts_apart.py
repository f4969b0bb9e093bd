"""The sampler in a process of its own: the same draws, its errors passed on, and an end with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from commands import GUARD
from oracle.random_cases import draw

from falseflag.errors import RequestError, SamplerError
from falseflag.inference.exact.draws import draw_posterior
from falseflag.inference.exact.posterior import ExactPosterior
from falseflag.inference.nuts import sampler
from falseflag.inference.nuts.apart import SamplerProcess
from falseflag.problem import problem_of
from falseflag.settings import Settings

SETTINGS = Settings(draws=100, tune=100, chains=2)
PROBLEM = problem_of(draw(2).case)
STARTS = draw_posterior(ExactPosterior.of(PROBLEM), np.random.default_rng(1), 50)


def test_draws_and_statistics_are_those_of_the_sampler_in_this_process() -> None:
    told: list[str] = []
    with SamplerProcess() as apart:
        apart.begin(PROBLEM, SETTINGS, STARTS)
        draws, statistics = apart.wait(lambda stage, _share: told.append(stage))
    here, about = sampler.sample(PROBLEM, SETTINGS, None, STARTS)
    assert draws.probability == pytest.approx(here.probability)
    assert draws.theta == pytest.approx(here.theta)
    assert statistics.keys() == about.keys()
    assert statistics["lp"] == pytest.approx(about["lp"])
    assert list(dict.fromkeys(told)) == ["compiling the model", "sampling"]


def test_an_error_of_the_sampler_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with SamplerProcess() as apart, pytest.raises(RequestError, match="NUMBA_DISABLE_JIT"):
        apart.begin(PROBLEM, SETTINGS, STARTS)
        apart.wait()


def test_a_process_that_was_ended_is_reported() -> None:
    with SamplerProcess() as apart:
        os.kill(apart.pid, signal.SIGKILL)
        with pytest.raises(SamplerError, match="ended by signal 9"):
            apart.begin(PROBLEM, SETTINGS, STARTS)
            apart.wait()


def test_a_defect_in_the_process_is_a_defect_here(capfd: pytest.CaptureFixture[str]) -> None:
    with SamplerProcess() as apart, pytest.raises(RuntimeError, match="its error stands above"):
        apart.begin(PROBLEM, "no settings", STARTS)  # type: ignore[arg-type]
        apart.wait()
    assert "AttributeError" in capfd.readouterr().err


KILLED = """
import os, signal, sys
sys.path[:] = {path!r}
from unit.inference.test_nuts_apart import PROBLEM, STARTS, SamplerProcess, Settings
apart = SamplerProcess().__enter__()
apart.begin(PROBLEM, Settings(draws=1_000_000), STARTS)
print(apart.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_with_a_process_that_is_killed() -> None:
    command = [sys.executable, "-c", KILLED.format(path=sys.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        started, errors = process.communicate(timeout=GUARD)  # which waits for the sampler's process too: it has stderr
    assert int(started)
    assert (process.returncode, errors) == (-signal.SIGKILL, "")
