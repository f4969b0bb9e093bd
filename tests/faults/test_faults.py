"""Whatever happens to a run, what is on disk is one whole run, or nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faults.kills import kill_runs
from faults.rig import Rig, warm_up
from faults.stages import interrupt_runs


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    rig = Rig.at(tmp_path_factory.mktemp("rig"))
    warm_up(rig)
    return rig


def test_a_torn_run_is_seen(rig: Rig) -> None:
    assert rig.found() == "one"
    for name in ("hypotheses.csv", "plots/hypotheses.svg", "case/one.yaml"):
        path = rig.out / name
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        assert rig.found().startswith("torn")
        path.unlink()
        assert rig.found().startswith("torn")
        path.write_bytes(content)
    (rig.out / "plots" / "another.png").write_bytes(b"")
    assert rig.found().startswith("torn")
    (rig.out / "plots" / "another.png").unlink()
    assert rig.found() == "one"


@pytest.mark.slow
def test_killed_at_random_moments_one_whole_run_stands(tmp_path: Path) -> None:
    counts = kill_runs(tmp_path, 20)
    assert (counts["torn"], counts["left"]) == (0, 0)
    assert counts["earlier"] > 0
    assert counts["earlier"] + counts["later"] == counts["kills"] + counts["finished"]


@pytest.mark.slow
def test_interrupted_at_any_stage_the_earlier_run_stands(tmp_path: Path) -> None:
    assert interrupt_runs(tmp_path) == []


def can_mount() -> bool:
    try:
        return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not can_mount() and "CI" not in os.environ, reason="needs a mount namespace of its own")
def test_a_spoilt_disk_leaves_the_earlier_run(tmp_path: Path) -> None:
    program = ["unshare", "--mount", sys.executable, "-m", "faults.disk", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    result = subprocess.run(program, check=False, capture_output=True, text=True, env=environment)
    assert (result.returncode, result.stdout) == (0, "\n"), result.stdout + result.stderr
