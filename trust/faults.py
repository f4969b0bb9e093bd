"""Killed, interrupted and out of room: what is left of the earlier run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from faults.disk import STAGES as DISK_STAGES
from faults.flips import flip_bits
from faults.kills import kill_runs
from faults.stages import SIGNALS, STAGES, interrupt_runs

from falseflag.case.loader import load
from falseflag.run_folder.stored import write_draws
from falseflag.sampling import sample
from falseflag.settings import Settings
from trust.figures import ROOT, Figure, Section, zero


def faults(quick: bool) -> Sequence[Figure]:  # noqa: FBT001  (what a section is asked)
    """Kill, interrupt and spoil runs, and flip bits in what they stored."""
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        return [
            *_kills(home / "kills", 10 if quick else 200),
            *_signals(home / "signals", quick),
            *_flips(home),
            *_disk(home / "disk"),
        ]


def _kills(home: Path, count: int) -> list[Figure]:
    counts = kill_runs(home, count)
    return [
        Figure(
            "runs killed (kill -9) at random moments", f"{counts['kills']:,}", f"{count:,}", counts["kills"] >= count
        ),
        Figure("… after which the earlier run stood whole", f"{counts['earlier']:,}"),
        Figure("… after which the later run stood whole (some had ended in time)", f"{counts['later']:,}"),
        zero("… results lost or torn", counts["torn"]),
        zero("… folders left behind after the next run", counts["left"]),
    ]


def _signals(home: Path, quick: bool) -> list[Figure]:  # noqa: FBT001
    stages = STAGES[::6] if quick else STAGES
    wrong = interrupt_runs(home, stages)
    tried = len(stages) * len(SIGNALS) * 2
    return [
        Figure("runs interrupted (SIGINT, SIGTERM), entering and leaving each stage", f"{tried}"),
        zero("… not ended with 130, earlier run not whole, or something left behind", len(wrong)),
    ]


def _flips(home: Path) -> list[Figure]:
    tree = sample(load(ROOT / "priors" / "kremlin.yaml"), "exact", Settings(draws=200)).tree
    stored = home / "stored.zip"
    write_draws(tree, stored)
    counts = flip_bits(tree, stored, home / "damaged.zip", 150)
    return [
        Figure("bits flipped in stored draws", f"{counts['flips']}", "150", counts["flips"] >= 150),
        Figure("… refused with a message", f"{counts['refused']}"),
        zero("… read back silently wrong", counts["wrong"]),
    ]


def _disk(home: Path) -> list[Figure]:
    program = ["unshare", "--mount", sys.executable, "-m", "faults.disk", str(home)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    what = "runs on disks that become full, read-only, or vanish, at each stage; two runs into one folder at once"
    tried = f"{4 * len(DISK_STAGES)} + 5"
    try:
        result = subprocess.run(program, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        return [Figure(what, "needs Linux's unshare")]
    if "unshare" in result.stderr:
        return [Figure(what, "file systems cannot be mounted here")]
    wrong = [line for line in result.stdout.splitlines() if line]
    return [
        Figure(what, tried),
        Figure("… that lost or tore the earlier run, or gave no message", f"{len(wrong)}", "0", result.returncode == 0),
    ]


SECTION = Section(
    "faults",
    "Killed, interrupted, out of room",
    faults,
    "Whole runs of `falseflag sample … --out` in processes of their own, into a folder that holds an earlier run; the"
    " folder is whole if every file has the checksum that `posterior.json` gives, and none is too many.",
)
