"""The same seed gives the same draws, whether machine code was compiled just now, was kept, or was kept and spoilt."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import pytest
from making import judged, random_case
from numba import types
from numba.core.ccallback import CFunc

from falseflag.case.model import Case
from falseflag.distributions import Beta
from falseflag.errors import RequestError
from falseflag.nuts import machine_code
from falseflag.nuts.layout import digest_of
from falseflag.nuts.machine_code import Kept
from falseflag.problem import Problem, problem_of

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
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}

    def run() -> list[str]:
        command = [sys.executable, "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()

    digest, imported = run()
    assert imported == "True"
    assert run() == [digest, "False"]
    for kept in (tmp_path / "falseflag" / "machine_code").iterdir():
        kept.write_bytes(kept.read_bytes()[:1000])
    assert run() == [digest, "True"]
    assert run() == [digest, "False"]


def test_structures_have_keys_of_their_own_and_numbers_have_not() -> None:
    problems = [problem_of(random_case(seed)) for seed in range(20)]
    keys = {machine_code._key_of(problem) for problem in problems}
    assert len(keys) == len({digest_of(problem) for problem in problems}) == 20
    assert {machine_code._key_of(problem_of(_renumbered(seed))) for seed in range(20)} == keys


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


def _kept(problem: Problem, folder: Path) -> list[Path]:
    key = machine_code._key_of(problem)
    files = [machine_code.file_of(key, name, folder) for name in machine_code.SIGNATURES]
    files[0].parent.mkdir(parents=True)
    for file in files:
        file.write_bytes(machine_code.sealed(b"machine code"))
    return files


def _from_scratch(problem: Problem, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether kernels are made, to compile from, or what is kept is loaded."""
    monkeypatch.setattr(machine_code, "_compile", lambda _problem, kernels, _kept: kernels)
    return machine_code.functions_of(problem, lambda: {"log_density": int}) == {"log_density": int}


def test_what_is_kept_is_loaded_only_if_every_bit_is_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    problem = problem_of(random_case(1))
    file, _ = _kept(problem, tmp_path / "falseflag")
    assert not _from_scratch(problem, monkeypatch)
    whole = file.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        assert machine_code.unsealed(file) is None
    assert _from_scratch(problem, monkeypatch)
    file.unlink()
    assert _from_scratch(problem, monkeypatch)
    os.mkfifo(file)  # opened, it would wait for a writer for ever
    assert _from_scratch(problem, monkeypatch)


def test_a_kept_function_computes_what_a_fresh_one_does(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new" / "f.bin")
    assert [_compiled(kept).ctypes(20) for _ in range(2)] == [41, 41]
    assert (tmp_path / "new" / "f.bin").is_file()
    loaded = _compiled(kept)
    assert (loaded.ctypes(20), loaded.cache_hits) == (41, 1)
    unwritable = Kept(tmp_path / "new" / "f.bin" / "below.bin")
    assert _compiled(unwritable).ctypes(20) == 41


def _compiled(kept: Kept) -> Any:  # noqa: ANN401
    made: Any = CFunc(lambda x: 2 * x + 1, ((types.int64,), types.int64), locals={}, options={})
    made._cache = kept
    made.compile()
    return made


def test_damaged_files_of_a_library_are_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "twice.py"
    source.write_text("def twice(x):\n    return 2 * x\n")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    twice = runpy.run_path(str(source))["twice"]

    def misses() -> int:
        with machine_code.libraries_checked():
            made = numba.njit(cache=True)(twice)
        assert made(21) == 42
        return sum(made.stats.cache_misses.values())

    assert [misses(), misses()] == [1, 0]
    for suffix in ("nbc", "nbi"):
        (file,) = tmp_path.rglob(f"*.{suffix}")
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 4
        file.write_bytes(content)
        assert [misses(), misses()] == [1, 0]


def test_without_a_compiler_the_sampler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    with pytest.raises(RequestError, match="NUMBA_DISABLE_JIT is set"):
        machine_code.functions_of(problem_of(random_case(1)), dict)
