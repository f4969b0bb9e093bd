"""Machine code that is kept: the same draws from it, checked before it is loaded; and numba's own files checked too."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba import types
from numba.core.ccallback import CFunc
from oracle.random_cases import draw

from falseflag.errors import RequestError
from falseflag.inference.nuts import compile as compiling
from falseflag.inference.nuts.compile import Kept
from falseflag.inference.nuts.model import Layout, layout_of, numbers_of
from falseflag.problem import problem_of

PROGRAM = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from oracle.random_cases import draw
from falseflag.inference.nuts import sampler
from falseflag.problem import problem_of
from falseflag.settings import Settings
draws, _ = sampler.sample(problem_of(draw(2).case), Settings(draws=200, tune=200))
print(hashlib.sha256(draws.probability.tobytes() + draws.theta.tobytes()).hexdigest(), "pymc" in sys.modules)
"""


@pytest.mark.slow
def test_fresh_kept_and_spoilt_machine_code_give_identical_draws(tmp_path: Path) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parents[2]))
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


def test_structures_have_keys_of_their_own() -> None:
    layouts = [layout_of(problem_of(draw(seed).case)) for seed in range(8)]
    assert len({compiling.key_of(layout) for layout in layouts}) == 8


def _kept(layout: Layout, folder: Path) -> list[Path]:
    key = compiling.key_of(layout)
    files = [compiling.file_of(key, name, folder) for name in compiling.SIGNATURES]
    files[0].parent.mkdir(parents=True)
    for file in files:
        file.write_bytes(compiling.sealed(b"machine code"))
    return files


def _from_scratch(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a kernel is made, to compile from, or what is kept is loaded."""
    monkeypatch.setattr(compiling, "kernel_of", lambda _layout, _numbers: int)
    monkeypatch.setattr(compiling, "_functions", lambda _layout, _numbers, kernel, _kept: {"kernel": kernel})
    return compiling.load_or_compile(layout, {}) == {"kernel": int}


def test_what_is_kept_is_loaded_only_if_every_bit_is_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    layout = layout_of(problem_of(draw(1).case))
    file, _ = _kept(layout, tmp_path / "falseflag")
    assert not _from_scratch(layout, monkeypatch)
    whole = file.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        file.write_bytes(damaged)
        assert compiling.unsealed(file) is None
    assert _from_scratch(layout, monkeypatch)
    file.unlink()
    assert _from_scratch(layout, monkeypatch)
    os.mkfifo(file)  # opened, it would wait for a writer for ever
    assert _from_scratch(layout, monkeypatch)


def test_a_kept_function_computes_what_a_fresh_one_does(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new" / "f.bin")
    assert [_compiled(kept).ctypes(20) for _ in range(2)] == [41, 41]
    assert (tmp_path / "new" / "f.bin").is_file()
    loaded = _compiled(kept)
    assert (loaded.ctypes(20), loaded.cache_hits) == (41, 1)
    unwritable = Kept(tmp_path / "new" / "f.bin" / "below.bin")
    assert _compiled(unwritable).ctypes(20) == 41


def _compiled(kept: Kept) -> CFunc:
    made = CFunc(lambda x: 2 * x + 1, ((types.int64,), types.int64), locals={}, options={})
    made._cache = kept  # type: ignore[attr-defined]
    made.compile()
    return made


def test_damaged_files_of_a_library_are_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "twice.py"
    source.write_text("def twice(x):\n    return 2 * x\n")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    twice = runpy.run_path(str(source))["twice"]

    def misses() -> int:
        with compiling.libraries_checked():
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
    problem = problem_of(draw(1).case)
    layout = layout_of(problem)
    with pytest.raises(RequestError, match="NUMBA_DISABLE_JIT is set"):
        compiling.functions_of(layout, numbers_of(problem, layout))
