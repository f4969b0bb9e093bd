"""Machine code that outlives the process: numba keeps it beside a source file, by structure and versions.

A kept function needs neither PyMC nor PyTensor, and none of the seconds that they and the compiler take.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba import carray, types  # type: ignore[attr-defined]

from falseflag.nuts.arrays import blocks_of, numbers_of
from falseflag.nuts.layout import digest_of, slices, stored_size
from falseflag.problem import Problem

type Kernels = dict[str, Callable[..., Any]]

PACKAGES = ("numba", "llvmlite", "numpy", "scipy", "pytensor", "pymc", "nutpie")
COMPILED_FROM = ("arrays.py", "compiled.py", "functions.py", "layout.py", "machine_code.py", "model.py")
DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    ValueError,
    TypeError,
    LookupError,
    MemoryError,
    SystemError,
)
"""What unpickling an index that was cut short, by a full disk for instance, or has a flipped bit may raise."""

DOUBLES = types.CPointer(types.float64)  # type: ignore[no-untyped-call]
SIGNATURES = {
    "log_density": types.int64(types.uint64, DOUBLES, DOUBLES, DOUBLES, DOUBLES),
    "expand": types.int64(types.uint64, types.uint64, DOUBLES, DOUBLES, DOUBLES),
}
"""What nutpie's sampler calls. Less than 0 ends the run, above 0 counts as a divergence."""

SOURCE = """\
def log_density(dim, point_, gradient_, value_, numbers_):
    try:
        gradient = carray(gradient_, ({dim},))
        head = carray(numbers_, ({head},))
        rest = carray(numbers_, ({head} + int(head[0]),))[{head}:]
        value, slope = kernel(carray(point_, ({dim},)), {vectors}, rest)
        density = value.item()
        value_[0] = density
        if not isfinite(density):
            return 4
        for i in range({dim}):
            gradient[i] = slope[i]
            if not isfinite(slope[i]):
                return 3
    except Exception:
        return 1
    return 0


def expand(dim, size, point_, stored_, numbers_):
    try:
        stored = carray(stored_, ({size},))
        head = carray(numbers_, ({head},))
        rest = carray(numbers_, ({head} + int(head[0]),))[{head}:]
        (values,) = kernel(carray(point_, ({dim},)), {vectors}, rest)
        for i in range({size}):
            stored[i] = values[i]
    except Exception:
        return -2
    return 0
"""


def source_of(problem: Problem) -> str:
    """Write the functions that take numbers apart for the kernels and put results where the sampler wants them."""
    taken = slices(numbers_of(problem))
    vectors = ", ".join(f"head[{part.start}:{part.stop}]" for part in taken)
    return SOURCE.format(dim=blocks_of(problem).size, head=taken[-1].stop, size=stored_size(problem), vectors=vectors)


def functions_of(problem: Problem, kernels: Callable[[], Kernels]) -> dict[str, Any]:
    """Load a structure's functions, or compile and keep them.

    Parameters
    ----------
    problem : Problem
    kernels : callable
        Makes what is to be compiled; called only if there is nothing to load.

    Returns
    -------
    dict of str to numba.core.ccallback.CFunc
    """
    path = file_of(problem)
    if path is None:
        return _compile(problem, kernels(), path)
    with contextlib.suppress(numba.core.errors.NumbaError):  # nothing kept: there is no kernel to compile
        try:
            return _compile(problem, dict.fromkeys(SIGNATURES), path)
        except DAMAGED:
            for file in path.parent.rglob(f"{path.stem}*.nb?"):
                file.unlink(missing_ok=True)
    made = kernels()
    try:
        return _compile(problem, made, path)
    except OSError:  # there is no room to keep it
        return _compile(problem, made, None)


def _compile(problem: Problem, kernels: dict[str, Any], path: Path | None) -> dict[str, Any]:
    code = compile(source_of(problem), str(path or "<falseflag>"), "exec")
    made = {}
    for name, signature in SIGNATURES.items():
        scope = {"__name__": __name__, "carray": carray, "isfinite": np.isfinite, "kernel": kernels[name]}
        exec(code, scope)  # noqa: S102  (the text above with numbers put in)
        made[name] = numba.cfunc(signature, cache=path is not None)(scope[name])
    return made


def file_of(problem: Problem) -> Path | None:
    """Return the source file that machine code is kept beside, or None where no file can be written."""
    versions = [sys.version, *(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES), _model_text()]
    key = hashlib.sha256("\n".join([digest_of(problem), *versions]).encode()).hexdigest()
    try:
        path = cache_folder() / f"model_{key[:32]}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_once(path, source_of(problem))
    except (OSError, RuntimeError):  # RuntimeError: nobody's home folder can be told
        return None
    return path if os.access(path.parent, os.W_OK) else None


def _write_once(path: Path, text: str) -> None:
    """Write a file unless it is there, whole or not at all: numba distrusts machine code older than its source."""
    if path.exists():
        return
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was faster, with the same text
    finally:
        draft.unlink()


def _model_text() -> str:
    """Return the source behind the machine code: that of another version of the model is not to be loaded.

    What counts is the files' text: a model that was changed in memory needs an ``XDG_CACHE_HOME`` of its own.
    """
    folder = Path(__file__).parent
    return "".join((folder / name).read_text(encoding="utf-8") for name in COMPILED_FROM)


def cache_folder() -> Path:
    """Return where machine code is kept: below XDG_CACHE_HOME, or below ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "falseflag", "machine_code")
