"""Sweeps that are sampled, on Dask's workers: whatever happens to these and to the command, each run once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]  # comes with distributed
import pytest
from commands import GUARD

from falseflag.case.loader import load
from falseflag.settings import Settings
from falseflag.sweep import sweep

CASE = """
title: Two hypotheses
hypotheses: {a: {prior: 2}, b: {prior: 1}}
indicators:
  i: {observed: present, likelihood: {a: likely, b: unlikely}}
"""
VARY = ("hypotheses.a.prior=1:9:20", "indicators.i.likelihood.b=.1:.5:5", "prior_strength=5,20")
SMALL = Settings(draws=200, tune=200, chains=1)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path / "case.yaml"


def runs_in(store: Path) -> Counter[str]:
    return Counter(json.loads(line)["key"] for line in store.read_text(encoding="utf-8").splitlines()[1:])


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if "spawn_main" in " ".join(child.cmdline())]


@pytest.mark.slow
def test_two_hundred_sampled_runs_survive_a_worker_that_is_killed(case: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_one(done: int, _total: int) -> None:
        if done == 100:
            worker = workers_of(psutil.Process())[-1]
            killed.append(worker.pid)
            worker.kill()

    store, loaded = tmp_path / "store", load(case)
    found = sweep(loaded, VARY, engine="nuts", settings=SMALL, store=store, dask="local", progress=kill_one)
    assert len(killed) == 1
    assert runs_in(store) == Counter({str(run): 1 for run in range(200)})
    exact = sweep(loaded, VARY[:2])
    expected = np.repeat(exact.leaves, 2, axis=0)  # the prior strength does not move the exact answer
    assert found.sampled is not None
    width = found.sampled.high[:, 0] - found.sampled.low[:, 0]
    # a chain of 200 draws has 30 effective ones at the least, and the interval is 3.3 standard deviations wide
    assert (np.abs(found.leaves[:, 0] - expected[:, 0]) < 5 * (width / 3.3) / np.sqrt(30)).all()


@pytest.mark.slow
def test_a_sampled_sweep_that_is_interrupted_goes_on(case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    vary = [word for text in VARY for word in ("--vary", text)]
    command = [sys.executable, "-m", "falseflag", "sweep", str(case), *vary, "--engine", "nuts"]
    command += ["--draws", "200", "--tune", "200", "--chains", "1", "--dask", "--out", str(out)]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    store = out / "sweep.jsonl"
    while first.poll() is None and (not store.exists() or store.read_bytes().count(b"\n") < 50):
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGINT)
    said = first.communicate(timeout=GUARD)
    assert (first.returncode, said[0]) == (130, b"")
    assert said[1].splitlines()[-1].startswith(b"interrupted; finished results are kept")
    assert b"Traceback" not in said[1]
    begun = runs_in(store)
    assert 49 <= len(begun) < 200
    second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode in {0, 1}, second.stderr  # a single chain passes no check of convergence
    assert "200 runs" in second.stdout
    assert runs_in(store) == Counter({str(run): 1 for run in range(200)})
    assert (out / "sweep.csv").read_bytes().count(b"\n") == 201
