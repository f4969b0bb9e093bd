"""Machine code that outlives the process, kept by structure, processor and versions, and checked before it is loaded.

A kept function needs neither PyMC nor PyTensor, and none of the seconds that they and the compiler take.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import io
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numba
import numpy as np
from numba import carray, types  # type: ignore[attr-defined]
from numba.core import caching
from numba.core.ccallback import CFunc
from numba.core.compiler import CompileResult
from numba.core.registry import cpu_target
from numba.core.serialize import dumps

from falseflag.caches import cache_folder, writable_folder
from falseflag.errors import RequestError
from falseflag.nuts.arrays import blocks_of, numbers_of
from falseflag.nuts.layout import digest_of, slices, stored_size
from falseflag.problem import Problem

type Kernels = dict[str, Callable[..., Any]]

PACKAGES = ("numba", "llvmlite", "numpy", "scipy", "pytensor", "pymc", "nutpie")
COMPILED_FROM = ("arrays.py", "compiled.py", "functions.py", "layout.py", "machine_code.py", "model.py")
DOUBLES = types.CPointer(types.float64)
SIGNATURES = {
    "log_density": (types.int64, types.uint64, DOUBLES, DOUBLES, DOUBLES, DOUBLES),
    "expand": (types.int64, types.uint64, types.uint64, DOUBLES, DOUBLES, DOUBLES),
}
"""What nutpie's sampler calls: the type of the result, then those of the arguments.

A result below 0 ends the run, one above 0 counts as a divergence.
"""

SEAL = hashlib.sha256().digest_size

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
    require_compiler()
    key = _key_of(problem)
    for folder in (cache_folder(), writable_folder()):
        kept = {name: Kept(file_of(key, name, folder)) for name in SIGNATURES} if folder else {}
        if kept and all(each.is_whole for each in kept.values()):
            return _compile(problem, dict.fromkeys(SIGNATURES), kept)
    return _compile(problem, kernels(), kept)


def require_compiler() -> None:
    """Refuse to sample without numba's compiler.

    Raises
    ------
    RequestError
        If numba was told not to compile.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        raise RequestError("NUMBA_DISABLE_JIT is set, but sampling needs compiled code: unset it, or use engine exact")


def _compile(problem: Problem, kernels: dict[str, Any], kept: dict[str, Kept]) -> dict[str, Any]:
    code = compile(source_of(problem), "<falseflag>", "exec")
    made: dict[str, Any] = {}
    for name, (result, *arguments) in SIGNATURES.items():
        scope = {"__name__": __name__, "carray": carray, "isfinite": np.isfinite, "kernel": kernels[name]}
        exec(code, scope)  # noqa: S102  (the text above with numbers put in)
        made[name] = CFunc(scope[name], (tuple(arguments), result), locals={}, options={})
        made[name]._cache = kept[name]  # noqa: SLF001  (numba's own cannot be checked beforehand)
        made[name].compile()
    return made


def _key_of(problem: Problem) -> str:
    """Return a digest of all that the machine code depends on."""
    processor = cpu_target.target_context.codegen().magic_tuple()
    versions = (f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    parts = (digest_of(problem), sys.version, str(processor), *versions, _model_text())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def file_of(key: str, name: str, folder: Path) -> Path:
    """Return the file that a function is kept in."""
    return folder / "machine_code" / f"{key[:32]}_{name}.bin"


def _model_text() -> str:
    """Return the source behind the machine code: that of another version of the model is not to be loaded.

    What counts is the files' text: a model that was changed in memory needs an ``XDG_CACHE_HOME`` of its own.
    """
    folder = Path(__file__).parent
    return "".join((folder / name).read_text(encoding="utf-8") for name in COMPILED_FROM)


class Kept:
    """One function in one file; it has the two methods that numba calls of a cache.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_whole(self) -> bool:
        """Whether there is a function to load."""
        return unsealed(self._path) is not None

    def load_overload(self, _signature: object, target: Any) -> CompileResult | None:  # noqa: ANN401
        """Load the function, if it is there and whole."""
        target.refresh()
        content = unsealed(self._path)
        return None if content is None else CompileResult._rebuild(target, *pickle.loads(content))  # noqa: S301, SLF001

    def save_overload(self, _signature: object, compiled: CompileResult) -> None:
        """Keep the function, unless there is no room for it."""
        draft = self._path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(sealed(dumps(compiled._reduce())))  # noqa: SLF001
                draft.replace(self._path)
            finally:
                draft.unlink(missing_ok=True)


def sealed(content: bytes) -> bytes:
    """Put the content's SHA-256 behind it."""
    return content + hashlib.sha256(content).digest()


def unsealed(path: str | Path) -> bytes | None:
    """Read what was sealed; None where it is not there, is no ordinary file, or is not as it was written.

    Machine code is run, and unpickling runs code: nothing damaged may get that far.
    """
    try:
        if not Path(path).is_file():  # a pipe, say, would be waited for
            return None
        content = Path(path).read_bytes()
    except OSError:
        return None
    return content[:-SEAL] if sealed(content[:-SEAL]) == content else None


@contextlib.contextmanager
def libraries_checked() -> Iterator[None]:
    """Have numba check the files of functions that are defined in the block, PyTensor's, before it loads them.

    Files without a digest, such as PyTensor wrote by itself, are written anew.
    """
    usual = caching.IndexDataCacheFile
    caching.IndexDataCacheFile = _Checked  # type: ignore[misc]
    try:
        yield
    finally:
        caching.IndexDataCacheFile = usual  # type: ignore[misc]


class _Checked(caching.IndexDataCacheFile):
    """numba's files, each with its digest, which numba itself passes over."""

    def save(self, key: object, data: object) -> None:
        with contextlib.suppress(OSError):  # no room to keep it
            super().save(key, data)

    def _load_index(self) -> Any:  # noqa: ANN401
        return {} if unsealed(self._index_path) is None else super()._load_index()

    def _load_data(self, name: str) -> Any:  # noqa: ANN401
        path = self._data_path(name)
        if unsealed(path) is None:
            raise FileNotFoundError(path)  # numba compiles anew
        return super()._load_data(name)

    @contextlib.contextmanager
    def _open_for_write(self, filepath: str) -> Iterator[IO[bytes]]:
        with super()._open_for_write(filepath) as file:
            written = io.BytesIO()
            yield written
            file.write(sealed(written.getvalue()))
