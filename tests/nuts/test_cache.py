"""The same seed gives the same draws, whether machine code was compiled just now, was kept, or was kept and spoilt."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from making import judged, random_case

from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.nuts import machine_code
from falseflag.nuts.layout import digest_of
from falseflag.problem import problem_of

PROGRAM = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from falseflag.distributions import Beta
from falseflag.sampling import sample
from falseflag.settings import Settings
from making import case_of, indicator, leaf
x, y = indicator("x", {{"a": Beta(2, 5), "others": 0.6}}), indicator("y", {{"others": Beta(3, 2)}}, reliability=0.9)
case = case_of([leaf("a"), leaf("b")], [x, y], {{"g": (("x", "y"), Beta(6, 4))}})
draws = sample(case, "nuts", Settings(draws=200, tune=200)).draws
print(hashlib.sha256(draws.probability.tobytes() + draws.theta.tobytes()).hexdigest(), "pymc" in sys.modules)
"""


@pytest.mark.slow
def test_fresh_kept_and_spoilt_machine_code_give_identical_draws(tmp_path: Path) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parents[1]))
    environment = os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={tmp_path}", "XDG_CACHE_HOME": str(tmp_path)}

    def run() -> list[str]:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()

    digest, imported = run()
    assert imported == "True"
    assert run() == [digest, "False"]
    for kept in (tmp_path / "falseflag").rglob("*.nbc"):
        kept.write_bytes(kept.read_bytes()[:1000])
    assert run() == [digest, "True"]
    assert run() == [digest, "False"]


def test_no_folder_to_write_in_only_means_that_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "falseflag").write_text("a file stands in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert machine_code.file_of(problem_of(random_case(1))) is None


def test_structures_have_files_of_their_own_and_numbers_have_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    problems = [problem_of(random_case(seed)) for seed in range(20)]
    files = {machine_code.file_of(problem) for problem in problems}
    assert len(files) == len({digest_of(problem) for problem in problems}) == 20
    changed = [problem_of(_renumbered(seed)) for seed in range(20)]
    assert {machine_code.file_of(problem) for problem in changed} == files


def _renumbered(seed: int) -> Case:
    """Other prior weights' strength, other reports, another correlation: the grid in z may change its length too."""
    case = random_case(seed)
    turned = {
        name: replace(found, observed=None if found.observed else True) for name, found in case.indicators.items()
    }
    groups = {
        name: replace(
            group, correlation=judged(Beta(20, 1)) if isinstance(group.correlation.distribution, Beta) else judged(0.5)
        )
        for name, group in case.groups.items()
    }
    return replace(case, prior_strength=3.0, indicators=turned, groups=groups)


def test_machine_code_that_cannot_be_read_or_kept_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    problem = problem_of(random_case(1))
    asked: list[tuple[bool, bool]] = []

    def compiling(_problem: object, kernels: dict[str, object], path: Path | None) -> dict[str, object]:
        asked.append((None in kernels.values(), path is not None))
        if None in kernels.values():
            raise SystemError("deallocated bytearray object has exported buffers")
        if path is not None:
            raise OSError("File too large")
        return {"made": True}

    monkeypatch.setattr(machine_code, "_compile", compiling)
    assert machine_code.functions_of(problem, dict) == {"made": True}
    assert asked == [(True, True), (False, True), (False, False)]
