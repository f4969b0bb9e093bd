"""Machine code of a model: compiled once for a structure, kept on disk, and given numbers.

A kept function needs neither PyMC nor PyTensor, and none of the seconds that they and the compiler take. Files are kept
by structure, processor and versions, and checked before they are loaded.
"""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.metadata
import io
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
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

from falseflag.arrays import Floats
from falseflag.caches import cache_folder, writable_folder
from falseflag.errors import RequestError
from falseflag.inference.nuts.model import Layout, Numbers, build_model

type Kernel = Callable[..., Any]

PACKAGES = ("numba", "llvmlite", "numpy", "scipy", "pytensor", "pymc", "nutpie")
COMPILED_FROM = ("compile.py", "model.py")
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
        gradient = carray(gradient_, (int(dim),))
        head = carray(numbers_, ({head},))
        rest = carray(numbers_, ({head} + int(head[0]),))[{head}:]
        density, slope, probability, evidence = kernel(carray(point_, ({dim},)), {vectors}, rest)
        value_[0] = density.item()
        if not isfinite(value_[0]):
            return 4
        for i in range({dim}):
            gradient[i] = slope[i]
            if not isfinite(slope[i]):
                return 3
        if dim > {dim}:
            gradient[{dim}] = evidence.item()
            for i in range({states}):
                gradient[{dim} + 1 + i] = probability[i]
    except Exception:
        return 1
    return 0


def expand(dim, size, point_, stored_, numbers_):
    point, stored = carray(point_, ({dim},)), carray(stored_, ({dim},))
    for i in range({dim}):
        stored[i] = point[i]
    return 0
"""
"""`expand` keeps the point alone: to link the kernel a second time would take as long as all else. What else is wanted
of a draw `at_points` asks `log_density` for, which by a larger `dim` knows that there is room for it.
"""


def pack(numbers: Numbers) -> Floats:
    """Put numbers one behind the other, after the length of the last, the only one that may change."""
    *_, last = numbers.values()
    return np.concatenate([[float(len(last))], *numbers.values()])


def slices(numbers: Numbers) -> list[slice]:
    """Return where each vector but the last stands in what `pack` made; the last takes the rest."""
    ends = np.cumsum([1, *(len(values) for values in numbers.values())])
    return [slice(int(low), int(high)) for low, high in pairwise(ends[:-1])]


def source_of(layout: Layout, numbers: Numbers) -> str:
    """Write the functions that take numbers apart for the kernel and put results where the sampler wants them."""
    taken = slices(numbers)
    vectors = ", ".join(f"head[{part.start}:{part.stop}]" for part in taken)
    return SOURCE.format(dim=layout.size, states=layout.of_state.shape[1], head=taken[-1].stop, vectors=vectors)


_compiled: dict[str, dict[str, Any]] = {}
MOST_STRUCTURES = 8
"""Structures whose functions a process holds on to."""


def compiled_digests() -> frozenset[str]:
    """Return the digests of the structures whose functions this process holds."""
    return frozenset(_compiled)


def functions_of(layout: Layout, numbers: Numbers) -> dict[str, Any]:
    """Return a structure's functions, as this process has them, as they are kept, or compiled.

    Returns
    -------
    dict of str to numba.core.ccallback.CFunc

    Raises
    ------
    RequestError
        If numba was configured not to compile.
    """
    if layout.digest not in _compiled:
        require_compiler()
        made = load_or_compile(layout, numbers)
        while len(_compiled) >= MOST_STRUCTURES:
            _compiled.pop(next(iter(_compiled)))
        _compiled[layout.digest] = made
    return _compiled[layout.digest]


def require_compiler() -> None:
    """Refuse to sample without numba's compiler.

    Raises
    ------
    RequestError
        If numba was configured not to compile.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        raise RequestError("NUMBA_DISABLE_JIT is set, but sampling needs compiled code: unset it, or use engine exact")


def load_or_compile(layout: Layout, numbers: Numbers) -> dict[str, Any]:
    """Load a structure's functions, or compile and keep them."""
    key = key_of(layout)
    for folder in (cache_folder(), writable_folder()):
        kept = {name: Kept(file_of(key, name, folder)) for name in SIGNATURES} if folder else {}
        if kept and all(each.is_whole for each in kept.values()):
            return _functions(layout, numbers, None, kept)
    return _functions(layout, numbers, kernel_of(layout, numbers), kept)


def kernel_of(layout: Layout, numbers: Numbers) -> Kernel:
    """Translate the model to one function that numba can compile.

    Returns
    -------
    callable
        Takes a point and all numbers, in their order; returns the log density, its gradient, P_s(φ), and the log
        likelihood.
    """
    import pytensor  # noqa: PLC0415  (PyMC and PyTensor take seconds; what is kept does without)
    import pytensor.tensor as pt  # noqa: PLC0415
    from pytensor.graph.replace import clone_replace  # noqa: PLC0415
    from pytensor.graph.rewriting.utils import rewrite_graph  # noqa: PLC0415

    model = build_model(layout, numbers)
    values = [model.rvs_to_values[variable] for variable in model.free_RVs]
    point = pt.tensor("point", dtype="float64", shape=(layout.size,))
    inputs = [
        pt.tensor(name, dtype="float64", shape=(None if name == "z" else len(given),))
        for name, given in numbers.items()
    ]
    replacements = dict(zip((model[name] for name in numbers), inputs, strict=True))
    replacements |= {value: point[part] for value, part in zip(values, layout.parts.values(), strict=True)}
    density = rewrite_graph(model.logp(), include=["canonicalize", "stabilize"])
    stored = model.replace_rvs_by_values([model["probability"], model["log_likelihood"]])
    outputs = clone_replace([density, pt.concatenate(pt.grad(density, values)), *stored], replacements)
    # Fused multiply-adds differ between fresh and cached machine code: without them the same seed gives the same draws.
    with libraries_checked(), pytensor.config.change_flags(numba__fastmath=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba will use object mode")
        made = pytensor.function([point, *inputs], outputs, mode="NUMBA", on_unused_input="ignore")
    kernel: Kernel = made.vm.jit_fn
    return kernel


def _functions(layout: Layout, numbers: Numbers, kernel: Kernel | None, kept: dict[str, Kept]) -> dict[str, Any]:
    code = compile(source_of(layout, numbers), "<falseflag>", "exec")
    made: dict[str, Any] = {}
    for name, (result, *arguments) in SIGNATURES.items():
        scope = {"__name__": __name__, "carray": carray, "isfinite": np.isfinite, "kernel": kernel}
        exec(code, scope)  # noqa: S102  (the text above with numbers put in)
        made[name] = CFunc(scope[name], (tuple(arguments), result), locals={}, options={})
        made[name]._cache = kept[name]  # noqa: SLF001  (numba's own cannot be checked before it is loaded)
        made[name].compile()
    return made


def at_points(layout: Layout, numbers: Numbers, points: Floats) -> tuple[Floats, Floats, Floats]:
    """Evaluate a compiled model.

    Parameters
    ----------
    points : ndarray, shape (n, D)

    Returns
    -------
    log_density, log_likelihood : ndarray, shape (n,)
        NaN where the density is not finite.
    probability : ndarray, shape (n, S)
        P_s(φ).
    """
    function = functions_of(layout, numbers)["log_density"].ctypes
    packed, size = pack(numbers), layout.size + 1 + layout.of_state.shape[1]
    pointer = np.ctypeslib.ndpointer(float, flags="C")
    function.argtypes = [ctypes.c_uint64, *[pointer] * 4]
    value, out = np.empty((len(points), 1)), np.full((len(points), size), np.nan)
    for k, point in enumerate(np.ascontiguousarray(points)):
        function(size, point, out[k], value[k], packed)
    return value[:, 0], out[:, layout.size], out[:, layout.size + 1 :]


def key_of(layout: Layout) -> str:
    """Return a digest of all that the machine code depends on."""
    processor = cpu_target.target_context.codegen().magic_tuple()
    versions = (f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    parts = (layout.digest, sys.version, str(processor), *versions, _model_text())
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
