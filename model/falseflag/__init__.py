"""Who did it? A Bayesian model of actor hypotheses for contested attacks.

>>> import falseflag
>>> case = falseflag.load("kremlin")  # doctest: +SKIP
>>> answer = falseflag.sample(case)  # doctest: +SKIP
>>> falseflag.sweep(case, ["all"], random=1000)  # doctest: +SKIP
>>> answer.frame, answer.tree  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from falseflag.case.model import Case
    from falseflag.inference.result import Answer
    from falseflag.settings import Engine
    from falseflag.sweep.record import Sweep

__all__ = ["batch", "load", "read_draws", "sample", "sweep", "write"]


def load(path: str | os.PathLike[str]) -> Case:
    """Load and check a case file, or a case that comes with falseflag by its name.

    Raises
    ------
    falseflag.errors.CaseError
        With every error in the file and in what it extends.
    """
    from falseflag.case.loader import load as load_case  # noqa: PLC0415

    return load_case(path)


def sample(case: Case | str | os.PathLike[str], *, engine: Engine = "nuts", **settings: int) -> Answer:
    """Answer a case.

    Parameters
    ----------
    case : Case or path
        What `load` returned, or a file to load.
    engine : {'nuts', 'exact'}
        ``nuts`` samples a PyMC model and holds it against the exact answer; ``exact`` does without PyMC.
    **settings : int
        ``draws``, ``tune``, ``chains``, ``seed``: see `falseflag.settings.Settings`.

    Returns
    -------
    Answer
        Shows itself in a notebook; ``.frame`` is a pandas table, ``.tree`` an ArviZ DataTree, ``.checks`` the verdicts.

    Raises
    ------
    falseflag.errors.CaseError
        If the file has errors.
    falseflag.errors.RequestError
        If there is no such engine, or the case is too large.
    falseflag.errors.SamplerError
        If the sampler could not finish.
    """
    from falseflag import sampling  # noqa: PLC0415
    from falseflag.settings import Settings  # noqa: PLC0415

    return sampling.sample(_loaded(case), engine, Settings(**settings))


def sweep(
    case: Case | str | os.PathLike[str],
    vary: Sequence[str],
    *,
    random: int | None = None,
    engine: Engine = "exact",
    progress: Callable[[int, int], None] | None = None,
    **settings: int,
) -> Sweep:
    """Answer a case over a grid, or a random sample, of its priors and judgements, as ``falseflag sweep`` does.

    Parameters
    ----------
    case : Case or path
    vary : sequence of str
        As given to ``--vary``, such as ``"hypotheses.ukraine.prior=1:10:20"``; with `random` also ``all``, ``priors``
        and ``judgements``.
    random : int, optional
        Draw so many runs; without it, every combination is answered.
    engine : {'exact', 'nuts'}
    progress : callable, optional
        Called with how many pieces of work are done, and how many there are.
    **settings : int
        ``draws``, ``tune``, ``chains`` for NUTS; ``seed`` for a random sample too.

    Returns
    -------
    Sweep
        ``.sentences`` says what was found, ``.leaves`` holds every run's posterior.

    Raises
    ------
    falseflag.errors.RequestError
        If something cannot be varied so; the message says why.
    """
    from falseflag.settings import Settings  # noqa: PLC0415
    from falseflag.sweep.run import sweep as answer_sweep  # noqa: PLC0415

    chosen = Settings(**settings)
    return answer_sweep(_loaded(case), vary, random=random, engine=engine, settings=chosen, progress=progress)


def batch(
    cases: Sequence[str | os.PathLike[str]] | Mapping[str, Case],
    *,
    engine: Engine = "nuts",
    dask: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    **settings: int,
) -> dict[str, dict[str, Any]]:
    """Answer many cases, as ``falseflag batch`` does.

    Parameters
    ----------
    cases : sequence of paths, or mapping from str to Case
    engine : {'nuts', 'exact'}
    dask : str, optional
        ``local``, or the address of a scheduler whose workers are to be used.
    progress : callable, optional
        Called with how many cases are answered, and how many there are.
    **settings : int
        See `sample`.

    Returns
    -------
    dict
        By path or name, the content of each case's ``posterior.json``, with ``leader`` and ``sound``.
    """
    from falseflag.settings import Settings  # noqa: PLC0415
    from falseflag.sweep.many import answer_cases  # noqa: PLC0415

    loaded = cases if isinstance(cases, Mapping) else {os.fspath(path): load(path) for path in cases}
    return answer_cases(loaded, engine, Settings(**settings), dask=dask, progress=progress)


def _loaded(case: Case | str | os.PathLike[str]) -> Case:
    return load(case) if isinstance(case, str | os.PathLike) else case


def write(answer: Answer, folder: str | os.PathLike[str]) -> None:
    """Write all files of a run, as ``falseflag sample --out`` does.

    Raises
    ------
    falseflag.errors.RequestError
        If something else than an earlier run is there, or it cannot be written; what was there is then as it was.
    """
    from pathlib import Path  # noqa: PLC0415

    from falseflag.run_folder.write import write_run  # noqa: PLC0415

    write_run(answer, Path(folder))


def read_draws(path: str | os.PathLike[str]) -> xr.DataTree:
    """Read the draws of a run, ``posterior.zarr.zip``.

    Raises
    ------
    falseflag.errors.RequestError
        If the file is missing or damaged.
    """
    from falseflag.run_folder import draws  # noqa: PLC0415

    return draws.read_draws(os.fspath(path))


def __getattr__(name: str) -> ModuleType:
    """Import `plots` and `tables` when they are first asked for: matplotlib and pandas take a second each."""
    if name in {"plots", "tables"}:
        return importlib.import_module(f"falseflag.{name}")
    raise AttributeError(f"module 'falseflag' has no attribute {name!r}")


class _Package(ModuleType):
    """The package itself: importing the subpackage `sweep` or `batch` leaves the function of that name in its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in {"sweep", "batch"} and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
