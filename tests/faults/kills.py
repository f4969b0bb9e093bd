"""kill -9 at random moments of a run: what is on disk is always one whole run, the earlier or the later one."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import numpy as np

from faults.rig import Rig, command, fork, wait, warm_up

BEYOND = 1.1
"""Moments run to this many lengths of a run, so that some runs finish."""


def kill_runs(home: Path, count: int, seed: int = 1) -> dict[str, int]:
    """Kill `count` runs into a folder that holds an earlier one; return how many did what.

    ``finished``: further runs, which ended before the signal came. ``earlier`` and ``later``: the folder then held that
    run whole. ``torn``: neither; there must be none. ``left``: folders that a last, undisturbed run did not clear away.
    """
    rig = Rig.at(home)
    warm_up(rig)
    length = _length(rig)
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter(kills=0, finished=0, earlier=0, later=0, torn=0)
    while counts["kills"] < count:
        before = rig.found()
        child = fork(command(rig.arguments(int(before == "one"))))  # the case that is not there yet
        time.sleep(rng.uniform(0, BEYOND * length))
        os.kill(child, signal.SIGKILL)
        counts["finished" if wait(child) == 0 else "kills"] += 1
        after = rig.found()
        counts["torn" if after not in {"one", "two"} else "earlier" if after == before else "later"] += 1
    assert wait(fork(command(rig.arguments(0)))) == 0
    counts["left"] = len(list(home.glob(".*.partial")))
    return dict(counts)


def _length(rig: Rig) -> float:
    start = time.monotonic()
    assert wait(fork(command(rig.arguments(0)))) == 0
    return time.monotonic() - start
